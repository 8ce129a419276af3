/*
 * A: an SC of another width than its LR fails, writes nothing and ends the
 * reservation. The specification leaves this to the implementation; this machine
 * promises it (TRAPS 10), so that other machines may fail here.
 */
#include "guest.h"

        GUEST_BEGIN
        la      s0, cell
        li      s1, 0x1111111122222222
        sd      s1, 0(s0)
        li      a0, -1

        lr.w    a1, (s0)
        sc.d    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        sc.w    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)

        lr.d    a1, (s0)
        sc.w    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        sc.d    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)

        /* the other word of the reserved doubleword */
        addi    s2, s0, 4
        lr.d    a1, (s0)
        sc.w    a2, a0, (s2)
        snez    a2, a2
        EQ(a2, 1)
        lr.w    a1, (s0)
        sc.w    a2, a0, (s2)
        snez    a2, a2
        EQ(a2, 1)

        ld      a1, 0(s0)
        EQREG(a1, s1)

        GUEST_END

        .bss
        .balign 64
cell:   .skip   64
