/* Zcb: more compressed loads, stores, extensions, not, mul. */
#include "guest.h"

/* The assembler does not know these yet. Registers are given as numbers 8..15. */
#define C_LBU(rd, off, rs1)  .half 0x8000 | (rs1 - 8) << 7 | (off & 1) << 6 | (off & 2) << 4 | (rd - 8) << 2
#define C_LHU(rd, off, rs1)  .half 0x8400 | (rs1 - 8) << 7 | (off & 2) << 4 | (rd - 8) << 2
#define C_LH(rd, off, rs1)   .half 0x8440 | (rs1 - 8) << 7 | (off & 2) << 4 | (rd - 8) << 2
#define C_SB(rs2, off, rs1)  .half 0x8800 | (rs1 - 8) << 7 | (off & 1) << 6 | (off & 2) << 4 | (rs2 - 8) << 2
#define C_SH(rs2, off, rs1)  .half 0x8c00 | (rs1 - 8) << 7 | (off & 2) << 4 | (rs2 - 8) << 2
#define C_UNARY(code, rd)    .half 0x9c61 | (rd - 8) << 7 | code << 2
#define C_ZEXT_B(rd) C_UNARY(0, rd)
#define C_SEXT_B(rd) C_UNARY(1, rd)
#define C_ZEXT_H(rd) C_UNARY(2, rd)
#define C_SEXT_H(rd) C_UNARY(3, rd)
#define C_ZEXT_W(rd) C_UNARY(4, rd)
#define C_NOT(rd)    C_UNARY(5, rd)
#define C_MUL(rd, rs2) .half 0x9c41 | (rd - 8) << 7 | (rs2 - 8) << 2

#define A0 10
#define A1 11
#define A5 15
#define S0 8

#define UN(op, want, val) at_line __LINE__; li a0, val; op(A0); must_equal a0, want

        GUEST_BEGIN

        la      s0, bytes
        AT
        C_LBU(A0, 0, S0)
        EQ(a0, 0x81)
        C_LBU(A0, 1, S0)
        EQ(a0, 0x92)
        C_LBU(A1, 2, S0)
        EQ(a1, 0xa3)
        C_LBU(A5, 3, S0)
        EQ(a5, 0x74)
        C_LHU(A0, 0, S0)
        EQ(a0, 0x9281)
        C_LHU(A0, 2, S0)
        EQ(a0, 0x74a3)
        C_LH(A0, 0, S0)
        EQ(a0, -0x6d7f)
        C_LH(A5, 2, S0)
        EQ(a5, 0x74a3)

        la      s0, scratch
        li      a0, 0x1122334455667788
        sd      a0, 0(s0)
        li      a1, 0xaabbccddeeff
        C_SB(A1, 1, S0)
        ld      a0, 0(s0)
        EQ(a0, 0x112233445566ff88)
        C_SB(A1, 2, S0)
        C_SB(A1, 3, S0)
        ld      a0, 0(s0)
        EQ(a0, 0x11223344ffffff88)
        C_SB(A1, 0, S0)
        ld      a0, 0(s0)
        EQ(a0, 0x11223344ffffffff)
        C_SH(A1, 2, S0)
        ld      a0, 0(s0)
        EQ(a0, 0x11223344eeffffff)
        C_SH(A1, 0, S0)
        ld      a0, 0(s0)
        EQ(a0, 0x11223344eeffeeff)

        UN(C_ZEXT_B, 0x80, 0xffffffffffffff80)
        UN(C_ZEXT_B, 0x7f, 0x017f)
        UN(C_SEXT_B, -0x80, 0x80)
        UN(C_SEXT_B, 0x7f, 0xff7f)
        UN(C_ZEXT_H, 0x8000, 0xffffffffffff8000)
        UN(C_ZEXT_H, 0x7fff, 0x17fff)
        UN(C_SEXT_H, -0x8000, 0x8000)
        UN(C_SEXT_H, 0x7fff, 0xf7fff)
        UN(C_ZEXT_W, 0x80000000, 0xffffffff80000000)
        UN(C_ZEXT_W, 0x7fffffff, 0x17fffffff)
        UN(C_NOT, -1, 0)
        UN(C_NOT, 0xedcba9876543210f, 0x123456789abcdef0)

        AT
        li      a0, 0x100000001
        li      a1, -3
        C_MUL(A0, A1)
        EQ(a0, 0xfffffffcfffffffd)
        li      a5, -7
        C_MUL(A5, A5)
        EQ(a5, 49)
        li      s0, 12
        li      a0, 11
        C_MUL(S0, A0)
        EQ(s0, 132)

        /* the codes that Zcb leaves reserved */
        TRAPS(CAUSE_ILLEGAL, C_UNARY(6, A0))
        TRAPS(CAUSE_ILLEGAL, C_UNARY(7, A0))
        TRAPS(CAUSE_ILLEGAL, .half 0x8c40 | (A0 - 8) << 7)

        GUEST_END

        .data
        .balign 4
bytes:  .byte   0x81, 0x92, 0xa3, 0x74
        .bss
        .balign 8
scratch:
        .skip   8
