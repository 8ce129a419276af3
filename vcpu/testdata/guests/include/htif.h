/* The two words through which a guest talks to its host; include once, in assembly. */
        .section .htif, "aw", @nobits
        .balign 64
        .globl  tohost
        .type   tohost, @object
        .size   tohost, 8
tohost: .skip   8
        .globl  fromhost
        .type   fromhost, @object
        .size   fromhost, 8
fromhost:
        .skip   8
        .text
