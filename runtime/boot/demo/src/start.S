/* Entry of every hart: a stack, floating point on, software interrupts wake WFI but are never taken. */
#include "demo.h"

        .section .text.init, "ax"
        .globl  _start
_start:
        la      t0, unexpected_trap
        csrw    mtvec, t0
        csrw    mie, zero
        li      t0, 0x2000              /* mstatus.FS = Initial, MIE stays 0 */
        csrs    mstatus, t0
        csrsi   mie, 8                  /* MSIE */
        la      sp, image_end
        addi    t1, a0, 1
        li      t2, STACK_BYTES
        mul     t1, t1, t2
        add     sp, sp, t1
        call    hart_main
1:      wfi
        j       1b

        .balign 4
unexpected_trap:
        csrr    a0, mcause
        csrr    a1, mepc
        csrr    a2, mtval
        la      sp, trap_stack_top
        call    trapped
1:      wfi
        j       1b

        .bss
        .balign 16
        .skip   512
trap_stack_top:

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
