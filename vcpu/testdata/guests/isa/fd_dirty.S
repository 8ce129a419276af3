/*
 * F and D: mstatus.FS becomes Dirty when an operation changes nothing but fflags
 * (TRAPS 21). Apart from fd_ctl because some machines forget this.
 */
#include "guest.h"

#define DIRTIES(...) at_line __LINE__; csrw fcsr, zero; li t0, MSTATUS_FS; csrc mstatus, t0; \
        li t0, 0x4000; csrs mstatus, t0; __VA_ARGS__; csrr a0, mstatus; \
        li t0, MSTATUS_FS; and a0, a0, t0; must_equal a0, MSTATUS_FS; csrr a0, fflags; snez a0, a0; must_equal a0, 1

        GUEST_BEGIN
        la      s0, numbers
        fld     fa0, 0(s0)
        fld     fa4, 8(s0)
        fld     fa5, 16(s0)

        DIRTIES(feq.d a1, fa4, fa0)     /* a signalling NaN: NV */
        DIRTIES(flt.d a1, fa4, fa0)
        DIRTIES(fle.d x0, fa4, fa0)
        DIRTIES(fcvt.w.d a1, fa5)       /* inexact: NX */
        DIRTIES(fcvt.lu.d x0, fa5)
        DIRTIES(fcvt.l.d a1, fa4)       /* NaN: NV */
        DIRTIES(flt.s a1, fa0, fa0)     /* operands not boxed: NaN, NV */
        DIRTIES(fcvt.wu.s a1, fa0)

        GUEST_END

        .data
        .balign 8
numbers:
        .dword  0x3ff0000000000000, 0x7ff0000000000001, 0x3fe0000000000000
