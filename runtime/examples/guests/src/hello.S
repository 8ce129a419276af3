# The smallest guest that says something: one hart writes a line to the serial port and switches the machine off.
#
#   hartwood run hello.elf
        .globl  _start
_start:
        bnez    a0, stay                # a0: the hart's number; only hart 0 goes on
        li      t0, 0x10000000          # the serial port, a 16550
        la      t1, text
next:   lbu     t2, 0(t1)
        beqz    t2, off
wait:   lbu     t3, 5(t0)               # line status:
        andi    t3, t3, 0x20            # is there room for a character?
        beqz    t3, wait
        sb      t2, 0(t0)
        addi    t1, t1, 1
        j       next
off:    li      t0, 0x100000            # the test device
        li      t1, 0x5555              # "pass": exit code 0
        sw      t1, 0(t0)
stay:   wfi
        j       stay

text:   .asciz  "Hello from a guest.\n"
