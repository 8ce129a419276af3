/*
 * Zicboz, Zicbom, Zicbop: cbo.zero clears one naturally aligned block of 64 bytes
 * whatever address inside it is given; clean, flush and invalidate keep the data;
 * prefetches are hints that never trap.
 */
#include "guest.h"

        GUEST_BEGIN
        la      s0, blocks
        .option norvc

        .irp    off, 0, 1, 8, 63
        AT
        li      a0, -1
        mv      a1, s0
        addi    a2, s0, 192
1:      sd      a0, 0(a1)
        addi    a1, a1, 8
        bltu    a1, a2, 1b
        addi    a1, s0, 64 + \off
        cbo.zero (a1)
        mv      a1, s0
        li      a3, 0
        li      a4, 0
2:      ld      a0, 0(a1)
        addi    a0, a0, 1               /* all ones counts 0, zero counts 1 */
        add     a3, a3, a0
        addi    a1, a1, 8
        bltu    a1, a2, 2b
        must_equal a3, 8
        ld      a0, 56(s0)
        must_equal a0, -1
        ld      a0, 64(s0)
        must_equal a0, 0
        ld      a0, 120(s0)
        must_equal a0, 0
        ld      a0, 128(s0)
        must_equal a0, -1
        .endr

        li      a0, 0x1122334455667788
        sd      a0, 0(s0)
        cbo.clean (s0)
        ld      a1, 0(s0)
        EQREG(a1, a0)
        cbo.flush (s0)
        ld      a1, 0(s0)
        EQREG(a1, a0)
        sd      a0, 8(s0)
        cbo.inval (s0)
        AT

        prefetch.i 0(s0)
        prefetch.r 32(s0)
        prefetch.w -2048(s0)
        prefetch.r 0(x0)                /* nothing there: still no trap */
        prefetch.w 0(x0)
        EQ(x0, 0)

        /* unmapped addresses fault as stores do, with the address given */
        li      a1, 0x40
        TRAPS(CAUSE_STORE_ACCESS, cbo.zero (a1))
        EQ(s9, 0x40)
        TRAPS(CAUSE_STORE_ACCESS, cbo.clean (a1))

        GUEST_END

        .bss
        .balign 64
blocks: .skip   256
