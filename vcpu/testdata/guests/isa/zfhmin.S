/* Zfhmin: loads, stores and moves of half-precision numbers. */
#include "guest.h"

        GUEST_BEGIN
        la      s0, halves
        la      s1, scratch

        AT
        flh     fa0, 0(s0)
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffffffff3c00)
        flh     fa0, 2(s0)
        fmv.x.h a0, fa0
        EQ(a0, -0x4400)
        flh     fa0, 1(s0)
        fmv.x.h a0, fa0
        EQ(a0, 0x3c)
        li      a0, 0x123456789abcdef0
        fmv.h.x fa0, a0
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffffffffdef0)
        sd      zero, 0(s1)
        fsh     fa0, 2(s1)
        ld      a0, 0(s1)
        EQ(a0, 0xdef00000)

        /* moves and stores do not look at the box, conversions do */
        li      a0, 0x0000000000003c00
        fmv.d.x fa0, a0
        fmv.x.h a0, fa0
        EQ(a0, 0x3c00)
        fsh     fa0, 0(s1)
        lhu     a0, 0(s1)
        EQ(a0, 0x3c00)
        fcvt.s.h fa1, fa0
        fmv.x.w a0, fa1
        EQ(a0, 0x7fc00000)
        fcvt.d.h fa1, fa0
        fmv.x.d a0, fa1
        EQ(a0, 0x7ff8000000000000)

        /* FS rules hold */
        li      t0, MSTATUS_FS
        csrc    mstatus, t0
        TRAPS(CAUSE_ILLEGAL, flh fa0, 0(s0))
        TRAPS(CAUSE_ILLEGAL, fsh fa0, 0(s0))
        TRAPS(CAUSE_ILLEGAL, fmv.x.h a0, fa0)
        li      t0, 0x4000
        csrs    mstatus, t0
        flh     fa0, 0(s0)
        csrr    a0, mstatus
        li      t0, MSTATUS_FS
        and     a0, a0, t0
        EQ(a0, MSTATUS_FS)

        GUEST_END

        .data
        .balign 2
halves: .half   0x3c00, 0xbc00
        .bss
        .balign 8
scratch:
        .skip   16
