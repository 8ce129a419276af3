/* Entry of every hart: a stack, floating point on, software interrupts wake WFI but are never taken. */
#ifndef STACK_BYTES
#define STACK_BYTES 1024                /* of each hart, behind the image; also in rt.c */
#endif

        .section .text.init, "ax"
        .globl  _start
_start:
        la      t0, trapped
        csrw    mtvec, t0
        csrw    mie, 8                  /* MSIE; mstatus.MIE stays 0 */
        li      t0, 0x2000              /* mstatus.FS = Initial */
        csrs    mstatus, t0
        la      sp, image_end
        addi    t1, a0, 1
        li      t2, STACK_BYTES
        mul     t1, t1, t2
        add     sp, sp, t1
        call    hart_main
        csrw    mie, zero               /* nothing wakes it any more */
1:      wfi
        j       1b

        /* No guest here expects a trap. */
        .balign 4
trapped:
        li      a0, 99
        call    finish
1:      wfi
        j       1b
