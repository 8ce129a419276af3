/* RV64I integer arithmetic: register and immediate forms, W forms, shifts, lui, auipc, x0. */
#include "guest.h"

        GUEST_BEGIN

        /* add, sub: wrap-around, carries over bit 31 and bit 63 */
        RR(add, 0, 0, 0)
        RR(add, 3, 1, 2)
        RR(add, 0, -1, 1)
        RR(add, 0x8000000000000000, 0x7fffffffffffffff, 1)
        RR(add, 0x100000000, 0xffffffff, 1)
        RR(add, 0xfffffffffffffffe, 0x7fffffffffffffff, 0x7fffffffffffffff)
        RR(add, 0x2468acf13579bde0, 0x123456789abcdef0, 0x123456789abcdef0)
        RR(sub, 0, 5, 5)
        RR(sub, -1, 0, 1)
        RR(sub, 0x7fffffffffffffff, 0x8000000000000000, 1)
        RR(sub, 0xffffffff, 0x100000000, 1)
        RR(sub, 0x8000000000000000, 0, 0x8000000000000000)
        RR(addw, -0x80000000, 0x7fffffff, 1)
        RR(addw, 0, 0xffffffff, 1)
        RR(addw, 0x12345678, 0xabcdef0112345678, 0x5555555500000000)
        RR(addw, -2, 0xffffffff, 0xffffffff)
        RR(subw, 0x7fffffff, 0x80000000, 1)
        RR(subw, -1, 0, 1)
        RR(subw, -1, 0x100000000, 0x200000001)
        RI(addi, -1, 0, -1)
        RI(addi, 0x7ff, 0, 0x7ff)
        RI(addi, -0x800, 0, -0x800)
        RI(addi, 0x8000000000000000, 0x7fffffffffffffff, 1)
        RI(addi, 0x1000007fe, 0xffffffff, 0x7ff)
        RI(addiw, -0x80000000, 0x7fffffff, 1)
        RI(addiw, 0x7fffffff, 0x80000000, -1)
        RI(addiw, 0, 0xffffffff, 1)
        RI(addiw, -1, 0x1ffffffff, 0)
        RI(addiw, 0x7ffff800, 0xffffffff80000000, -0x800)

        /* logic */
        RR(and, 0x1200340056007800, 0x12ff34ff56ff78ff, 0xff00ff00ff00ff00)
        RR(or,  0xffffffffffffffff, 0xf0f0f0f0f0f0f0f0, 0x0f0f0f0f0f0f0f0f)
        RR(xor, 0xff00ff00ff00ff00, 0xf0f0f0f0f0f0f0f0, 0x0ff00ff00ff00ff0)
        RR(xor, 0, -1, -1)
        RI(andi, 0x700, 0xffffffffffffff00, 0x7ff)
        RI(andi, 0xfffffffffffff800, -1, -0x800)
        RI(ori, -1, 0x7ff, -0x800)
        RI(ori, 0x12345678000007ff, 0x1234567800000000, 0x7ff)
        RI(xori, 0xedcba9876543210f, 0x123456789abcdef0, -1)
        RI(xori, 0x7f0, 0x00f, 0x7ff)

        /* set-less-than, signed and unsigned */
        RR(slt, 0, 0, 0)
        RR(slt, 1, -1, 0)
        RR(slt, 0, 0, -1)
        RR(slt, 1, 0x8000000000000000, 0x7fffffffffffffff)
        RR(slt, 0, 0x7fffffffffffffff, 0x8000000000000000)
        RR(slt, 0, 0xffffffff, 1)
        RR(sltu, 0, -1, 0)
        RR(sltu, 1, 0, -1)
        RR(sltu, 0, 0x8000000000000000, 0x7fffffffffffffff)
        RR(sltu, 1, 0x7fffffffffffffff, 0x8000000000000000)
        RR(sltu, 0, 7, 7)
        RI(slti, 1, -0x801, -0x800)
        RI(slti, 0, -0x800, -0x800)
        RI(slti, 1, 0x8000000000000000, 0x7ff)
        RI(slti, 0, 0, -1)
        RI(sltiu, 1, 0, -1)
        RI(sltiu, 0, -1, -1)
        RI(sltiu, 1, 0xfffffffffffff7ff, -0x800)
        RI(sltiu, 0, 0x7ff, 0x7ff)
        RI(sltiu, 1, 0, 1)

        /* shifts: amounts are taken modulo 64 (W: modulo 32) */
        RR(sll, 0x8000000000000000, 1, 63)
        RR(sll, 1, 1, 64)
        RR(sll, 2, 1, 65)
        RR(sll, 0x8000000000000000, 1, -1)
        RR(sll, 0x3456789abcdef000, 0x0123456789abcdef, 12)
        RR(srl, 1, 0x8000000000000000, 63)
        RR(srl, 0x8000000000000000, 0x8000000000000000, 64)
        RR(srl, 0x0000000080000000, 0x8000000000000000, 32)
        RR(srl, 0x7fffffffffffffff, -1, 1)
        RR(sra, -1, 0x8000000000000000, 63)
        RR(sra, 0xc000000000000000, 0x8000000000000000, 1)
        RR(sra, 0x3fffffffffffffff, 0x7fffffffffffffff, 1)
        RR(sra, 0xffffffff80000000, 0x8000000000000000, 0xffffffffffffffa0)
        RR(sllw, -0x80000000, 1, 31)
        RR(sllw, 1, 1, 32)
        RR(sllw, 0, 0x80000000, 1)
        RR(sllw, 0x12345670, 0xff01234567, 4)
        RR(srlw, 1, 0x80000000, 31)
        RR(srlw, -0x80000000, 0xffffffff80000000, 32)
        RR(srlw, 0x7fffffff, -1, 1)
        RR(srlw, 0x0fffffff, 0x00000000ffffffff, 36)
        RR(sraw, -1, 0x80000000, 31)
        RR(sraw, -0x80000000, 0x0000000080000000, 32)
        RR(sraw, 0x3fffffff, 0xffffffff7fffffff, 1)
        RR(sraw, -0x8000000, 0x80000000, 4)
        RI(slli, 0x8000000000000000, 1, 63)
        RI(slli, 0x123456789abcdef, 0x123456789abcdef, 0)
        RI(slli, 0x100000000, 1, 32)
        RI(srli, 1, 0x8000000000000000, 63)
        RI(srli, 0xffffffff, -1, 32)
        RI(srai, -1, 0x8000000000000000, 63)
        RI(srai, 0xffffffff80000000, 0x8000000000000000, 32)
        RI(srai, 0x3fffffffffffffff, 0x7fffffffffffffff, 1)
        RI(slliw, -0x80000000, 1, 31)
        RI(slliw, 0, 0x100000000, 0)
        RI(slliw, -0x80000000, 0xabcdef0180000000, 0)
        RI(srliw, 1, 0x80000000, 31)
        RI(srliw, -1, 0x00000000ffffffff, 0)
        RI(srliw, 0x0fffffff, -1, 4)
        RI(sraiw, -1, 0x80000000, 31)
        RI(sraiw, 0x7ffffff, 0x7fffffff, 4)
        RI(sraiw, -0x8000000, 0x0000000080000000, 4)

        /* both sources the same register */
        AT
        li      a0, 0x123456789abcdef0
        add     a1, a0, a0
        EQ(a1, 0x2468acf13579bde0)
        sub     a1, a0, a0
        EQ(a1, 0)
        xor     a0, a0, a0
        EQ(a0, 0)
        li      a0, 0x0000000400000003
        sll     a0, a0, a0
        EQ(a0, 0x0000002000000018)

        /* lui and auipc sign-extend their 20 bits */
        lui     a0, 0x7ffff
        EQ(a0, 0x7ffff000)
        lui     a0, 0x80000
        EQ(a0, -0x80000000)
        lui     a0, 0xfffff
        EQ(a0, -0x1000)
        lui     a0, 0
        EQ(a0, 0)
        .option push
        .option norvc
        jal     a1, 1f
1:      auipc   a0, 0
        sub     a0, a0, a1
        EQ(a0, 0)
        jal     a1, 1f
1:      auipc   a0, 0x7ffff
        sub     a0, a0, a1
        EQ(a0, 0x7ffff000)
        jal     a1, 1f
1:      auipc   a0, 0x80000
        sub     a0, a0, a1
        EQ(a0, -0x80000000)

        /* x0 stays zero whatever writes to it */
        li      a0, -1
        addi    x0, a0, 5
        EQ(x0, 0)
        lui     x0, 0x12345
        EQ(x0, 0)
        auipc   x0, 0x12345
        EQ(x0, 0)
        la      a1, fail_info
        ld      x0, 0(a1)
        EQ(x0, 0)
        jal     x0, 1f
1:      EQ(x0, 0)
        csrr    x0, mstatus
        EQ(x0, 0)
        addi    a2, x0, 7
        EQ(a2, 7)
        .option pop

        /* every register as a destination and as both sources */
        la      a0, save_area
        sd      sp, 0(a0)
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        li      x\n, 0x0101010101010101 * \n
        .endr
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        add     x\n, x\n, x\n
        addi    x\n, x\n, 1
        .endr
        /* x1..x30 go to memory through x31, whose own value is then known to be lost */
        la      x31, save_area
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        sd      x\n, 8 * \n(x31)
        .endr
        ld      sp, 0(x31)
        mv      s0, x31
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        at_line 600 + \n
        ld      a0, 8 * \n(s0)
        must_equal a0, 0x0202020202020202 * \n + 1
        .endr
        li      s10, 0

        GUEST_END

        .data
        .balign 8
save_area:
        .skip   256
