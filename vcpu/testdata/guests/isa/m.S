/* M: multiplication in every form, division with its two special cases. */
#include "guest.h"

        GUEST_BEGIN

        RR(mul, 0, 0, 0x123456789abcdef0)
        RR(mul, 1, -1, -1)
        RR(mul, 0x8000000000000000, 0x8000000000000000, -1)
        RR(mul, 0xfffffffe00000001, 0xffffffff, 0xffffffff)
        RR(mul, 0x2236d88fe5618cf0, 0x123456789abcdef, 0xfedcba987654321 * 16)
        RR(mulh, 0, -1, -1)
        RR(mulh, -1, -1, 1)
        RR(mulh, 0x4000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(mulh, 0x3fffffffffffffff, 0x7fffffffffffffff, 0x7fffffffffffffff)
        RR(mulh, 0xc000000000000000, 0x8000000000000000, 0x7fffffffffffffff)
        RR(mulhu, 0xfffffffffffffffe, -1, -1)
        RR(mulhu, 0, -1, 1)
        RR(mulhu, 0x4000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(mulhu, 0x7fffffffffffffff, 0x8000000000000000, -1)
        RR(mulhsu, -1, -1, -1)
        RR(mulhsu, 0, 1, -1)
        RR(mulhsu, 0x8000000000000000, 0x8000000000000000, -1)
        RR(mulhsu, 0x7ffffffffffffffe, 0x7fffffffffffffff, -1)
        RR(mulhsu, 0xc000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(mulw, 1, 0xffffffff, 0xffffffff)
        RR(mulw, -0x80000000, 0x80000000, 1)
        RR(mulw, 0, 0x10000, 0x10000)
        RR(mulw, 6, 0xabc00000002, 0xdef00000003)

        RR(div, 3, 20, 6)
        RR(div, -3, -20, 6)
        RR(div, -3, 20, -6)
        RR(div, 3, -20, -6)
        RR(div, -1, 20, 0)
        RR(div, -1, -20, 0)
        RR(div, -1, 0, 0)
        RR(div, 0x8000000000000000, 0x8000000000000000, -1)
        RR(div, 0x8000000000000000, 0x8000000000000000, 1)
        RR(div, 0, 1, 0x8000000000000000)
        RR(divu, 3, 20, 6)
        RR(divu, 0x2aaaaaaaaaaaaaa7, -20, 6)
        RR(divu, -1, 20, 0)
        RR(divu, -1, 0, 0)
        RR(divu, 0, 0x8000000000000000, -1)
        RR(divu, 1, -1, -1)
        RR(rem, 2, 20, 6)
        RR(rem, -2, -20, 6)
        RR(rem, 2, 20, -6)
        RR(rem, -2, -20, -6)
        RR(rem, 20, 20, 0)
        RR(rem, -20, -20, 0)
        RR(rem, 0, 0x8000000000000000, -1)
        RR(rem, 0x8000000000000000, 0x8000000000000000, 0)
        RR(remu, 2, 20, 6)
        RR(remu, 2, -20, 6)
        RR(remu, -20, -20, 0)
        RR(remu, 0x8000000000000000, 0x8000000000000000, -1)

        RR(divw, -3, -20, 6)
        RR(divw, -1, 20, 0)
        RR(divw, -1, 20, 0x100000000)
        RR(divw, -0x80000000, 0x80000000, -1)
        RR(divw, -0x80000000, 0xffffffff80000000, 0xffffffff)
        RR(divw, 5, 0xabcdef010000000a, 2)
        RR(divuw, 3, 20, 6)
        RR(divuw, 0x2aaaaaa7, -20, 6)
        RR(divuw, -1, 20, 0)
        RR(divuw, -0x80000000, 0x80000000, 1)
        RR(divuw, 0, 0x80000000, -1)
        RR(divuw, -1, 0xffffffff, 1)
        RR(remw, -2, -20, 6)
        RR(remw, 20, 20, 0)
        RR(remw, -0x80000000, 0x80000000, 0)
        RR(remw, 0, 0x80000000, -1)
        RR(remw, -1, 0xffffffff, 0x100000000)
        RR(remuw, 2, 20, 6)
        RR(remuw, 2, -20, 6)
        RR(remuw, -20, -20, 0)
        RR(remuw, -1, 0x00000000ffffffff, 0)
        RR(remuw, -0x80000000, 0x80000000, -1)

        /* sources and destination in one register */
        AT
        li      a0, 7
        mul     a0, a0, a0
        EQ(a0, 49)
        div     a0, a0, a0
        EQ(a0, 1)
        li      a0, 0
        div     a0, a0, a0
        EQ(a0, -1)
        li      a0, 9
        rem     a0, a0, a0
        EQ(a0, 0)

        GUEST_END
