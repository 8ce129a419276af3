/*
 * A: every AMO in both widths, LR/SC in every outcome that one hart can see, and
 * exceptions for misaligned addresses (TRAPS 10 and 12).
 */
#include "guest.h"

/*
 * The AMO runs four times, once for each ordering suffix, on a fresh cell; bytes
 * beside the cell must stay as they are. rd = rs2 is tried as well.
 */
.macro check_amo line, insn, store, mem, reg, want_rd, want_mem
        at_line \line
        la      s0, cell
        li      s1, \mem
        li      s2, \reg
        .irp    sfx, "", .aq, .rl, .aqrl
        li      a1, 0x7777777777777777
        sd      a1, 0(s0)
        \store  s1, 0(s0)
        mv      a1, s2
        \insn\sfx a2, a1, (s0)
        ld      a3, 0(s0)
        must_equal a2, \want_rd
        must_equal a3, \want_mem
        ld      a3, 8(s0)
        must_equal a3, -1
        .endr
        \store  s1, 0(s0)
        mv      a1, s2
        \insn   a1, a1, (s0)
        must_equal a1, \want_rd
        \store  s1, 0(s0)
        mv      a1, s2
        \insn   x0, a1, (s0)
        ld      a3, 0(s0)
        must_equal a3, \want_mem
        must_equal x0, 0
        /* rd = rs1: the address register is overwritten with the old value */
        \store  s1, 0(s0)
        mv      a1, s0
        \insn   a1, s2, (a1)
        must_equal a1, \want_rd
.endm
#define AMOD(insn, mem, reg, want_rd, want_mem) check_amo __LINE__, insn, sd, mem, reg, want_rd, want_mem
/* W: the upper half of the doubleword holds 0x77777777 throughout. */
#define AMOW(insn, mem, reg, want_rd, want_low) \
        check_amo __LINE__, insn, sw, mem, reg, want_rd, 0x77777777 << 32 | want_low

        GUEST_BEGIN

        la      s0, cell
        li      a0, -1
        sd      a0, 8(s0)

        AMOD(amoswap.d, 0x1111111122222222, 0x3333333344444444, 0x1111111122222222, 0x3333333344444444)
        AMOD(amoadd.d, 0x7fffffffffffffff, 1, 0x7fffffffffffffff, 0x8000000000000000)
        AMOD(amoadd.d, 0xffffffff, 1, 0xffffffff, 0x100000000)
        AMOD(amoadd.d, 0, -1, 0, -1)
        AMOD(amoxor.d, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xff00ff00ff00ff00, 0xf0f0f0f0f0f0f0f0)
        AMOD(amoand.d, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xff00ff00ff00ff00, 0x0f000f000f000f00)
        AMOD(amoor.d, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xff00ff00ff00ff00, 0xfff0fff0fff0fff0)
        AMOD(amomin.d, 1, -1, 1, -1)
        AMOD(amomin.d, -1, 1, -1, -1)
        AMOD(amomin.d, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000)
        AMOD(amomax.d, 1, -1, 1, 1)
        AMOD(amomax.d, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff)
        AMOD(amominu.d, 1, -1, 1, 1)
        AMOD(amominu.d, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x7fffffffffffffff)
        AMOD(amomaxu.d, 1, -1, 1, -1)
        AMOD(amomaxu.d, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000)

        AMOW(amoswap.w, 0x80000001, 0x12345678, -0x7fffffff, 0x12345678)
        AMOW(amoswap.w, 0x12345678, 0xabcdef0180000001, 0x12345678, 0x80000001)
        AMOW(amoadd.w, 0x7fffffff, 1, 0x7fffffff, 0x80000000)
        AMOW(amoadd.w, 0xffffffff, 1, -1, 0)
        AMOW(amoadd.w, 0xffffffff, 0xffffffff, -1, 0xfffffffe)
        AMOW(amoadd.w, 5, 0x1234567800000007, 5, 12)
        AMOW(amoxor.w, 0xff00ff00, 0x0ff00ff0, -0xff0100, 0xf0f0f0f0)
        AMOW(amoand.w, 0xff00ff00, 0xffffffff0ff00ff0, -0xff0100, 0x0f000f00)
        AMOW(amoor.w, 0x7f00ff00, 0x0ff00ff0, 0x7f00ff00, 0x7ff0fff0)
        AMOW(amomin.w, 1, -1, 1, 0xffffffff)
        AMOW(amomin.w, 0x80000000, 0x7fffffff, -0x80000000, 0x80000000)
        AMOW(amomin.w, 1, 0xffffffff80000000, 1, 0x80000000)
        AMOW(amomin.w, 1, 0x0000000080000000, 1, 0x80000000)
        AMOW(amomax.w, 0x80000000, 0x7fffffff, -0x80000000, 0x7fffffff)
        AMOW(amomax.w, 1, 0x0000000080000000, 1, 1)
        AMOW(amomax.w, 0xffffffff, 0x100000000, -1, 0)
        AMOW(amominu.w, 1, -1, 1, 1)
        AMOW(amominu.w, 0x80000000, 0x7fffffff, -0x80000000, 0x7fffffff)
        AMOW(amominu.w, 5, 0x100000004, 5, 4)
        AMOW(amomaxu.w, 0x80000000, 0x7fffffff, -0x80000000, 0x80000000)
        AMOW(amomaxu.w, 1, 0x80000000, 1, 0x80000000)
        AMOW(amomaxu.w, 5, 0x100000004, 5, 5)

        /* a word AMO in the upper half leaves the lower half alone */
        AT
        li      a0, 0x1111111122222222
        sd      a0, 0(s0)
        addi    a2, s0, 4
        li      a1, 1
        amoadd.w a3, a1, (a2)
        ld      a0, 0(s0)
        EQ(a0, 0x1111111222222222)
        EQ(a3, 0x11111111)

        /* LR loads with sign extension; SC writes and gives 0 */
        AT
        li      a0, 0x8000000280000001
        sd      a0, 0(s0)
        lr.w    a1, (s0)
        EQ(a1, -0x7fffffff)
        li      a0, 0x5555555566666666
        sc.w    a2, a0, (s0)
        EQ(a2, 0)
        ld      a1, 0(s0)
        EQ(a1, 0x8000000266666666)
        lr.d    a1, (s0)
        EQ(a1, 0x8000000266666666)
        sc.d    a2, a0, (s0)
        EQ(a2, 0)
        ld      a1, 0(s0)
        EQ(a1, 0x5555555566666666)
        .irp    sfx, .aq, .rl, .aqrl
        AT
        lr.d\sfx a1, (s0)
        addi    a1, a1, 1
        sc.d\sfx a2, a1, (s0)
        must_equal a2, 0
        lr.w\sfx a1, (s0)
        sc.w\sfx a2, a1, (s0)
        must_equal a2, 0
        .endr
        ld      a1, 0(s0)
        EQ(a1, 0x5555555566666669)

        /* rd = x0, and rd = rs2 */
        lr.d    x0, (s0)
        li      a0, 0x1234
        sc.d    x0, a0, (s0)
        EQ(x0, 0)
        ld      a1, 0(s0)
        EQ(a1, 0x1234)
        lr.d    a0, (s0)
        li      a0, 0x4321
        sc.d    a0, a0, (s0)
        EQ(a0, 0)
        ld      a1, 0(s0)
        EQ(a1, 0x4321)
        mv      a0, s0
        lr.d    a0, (a0)
        EQ(a0, 0x4321)

        /* no reservation: fails, writes nothing, result nonzero */
        AT
        sc.d    a2, x0, (s0)            /* whatever was reserved is gone after this */
        sd      a1, 0(s0)
        li      a0, 99
        sc.d    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        ld      a1, 0(s0)
        EQ(a1, 0x4321)
        sc.w    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        ld      a1, 0(s0)
        EQ(a1, 0x4321)

        /* a second SC without a new LR fails, after success and after failure */
        lr.d    a1, (s0)
        sc.d    a2, a1, (s0)
        EQ(a2, 0)
        sc.d    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        la      s3, far_cell
        lr.d    a1, (s0)
        sc.d    a2, a0, (s3)            /* another address: fails ... */
        snez    a2, a2
        EQ(a2, 1)
        ld      a1, 0(s3)
        EQ(a1, 0)
        sc.d    a2, a0, (s0)            /* ... and the reservation is gone */
        snez    a2, a2
        EQ(a2, 1)
        ld      a1, 0(s0)
        EQ(a1, 0x4321)

        /* a newer LR replaces the older reservation */
        lr.d    a1, (s0)
        lr.d    a1, (s3)
        sc.d    a2, a0, (s0)
        snez    a2, a2
        EQ(a2, 1)
        lr.d    a1, (s0)
        lr.d    a1, (s3)
        sc.d    a2, a0, (s3)
        EQ(a2, 0)
        ld      a1, 0(s3)
        EQ(a1, 99)

        /* the usual loops: fetch-and-add and compare-and-swap */
        sd      x0, 0(s0)
        li      s1, 5000
1:      lr.d    a1, (s0)
        addi    a1, a1, 3
        sc.d    a2, a1, (s0)
        bnez    a2, 1b
        addi    s1, s1, -1
        bnez    s1, 1b
        ld      a1, 0(s0)
        EQ(a1, 15000)
        li      a3, 15000
        li      a4, 42
1:      lr.d    a1, (s0)
        bne     a1, a3, 2f
        sc.d    a2, a4, (s0)
        bnez    a2, 1b
2:      ld      a1, 0(s0)
        EQ(a1, 42)

        /* misaligned addresses: the exception, its address, and memory unchanged */
        li      a0, 0x1122334455667788
        sd      a0, 0(s0)
        sd      a0, 8(s0)
        li      a1, 1
        .irp    off, 1, 2, 3, 5, 6, 7
        addi    a3, s0, \off
        TRAPS(CAUSE_MISALIGNED_STORE, amoadd.w a2, a1, (a3))
        must_equal_reg s9, a3
        TRAPS(CAUSE_MISALIGNED_STORE, amoswap.d a2, a1, (a3))
        must_equal_reg s9, a3
        TRAPS(CAUSE_MISALIGNED_LOAD, lr.w a2, (a3))
        must_equal_reg s9, a3
        TRAPS(CAUSE_MISALIGNED_LOAD, lr.d a2, (a3))
        must_equal_reg s9, a3
        TRAPS(CAUSE_MISALIGNED_STORE, sc.w a2, a1, (a3))
        must_equal_reg s9, a3
        TRAPS(CAUSE_MISALIGNED_STORE, sc.d a2, a1, (a3))
        must_equal_reg s9, a3
        .endr
        addi    a3, s0, 4
        TRAPS(CAUSE_MISALIGNED_STORE, amoor.d a2, a1, (a3))
        TRAPS(CAUSE_MISALIGNED_LOAD, lr.d a2, (a3))
        TRAPS(CAUSE_MISALIGNED_STORE, sc.d a2, a1, (a3))
        ld      a1, 0(s0)
        EQ(a1, 0x1122334455667788)
        ld      a1, 8(s0)
        EQ(a1, 0x1122334455667788)

        /* encodings of the A opcode that mean nothing */
        la      a0, cell
        TRAPS(CAUSE_ILLEGAL, .word 0x10b5252f)  /* lr.w with rs2 set */
        TRAPS(CAUSE_ILLEGAL, .word 0x10b5352f)  /* lr.d with rs2 set */
        TRAPS(CAUSE_ILLEGAL, .word 0x00b5452f)  /* amoadd of width 4 (16 bytes) */

        TRAPS(CAUSE_ILLEGAL, .word 0xf8b5252f)  /* funct5 31 */

        GUEST_END

        .bss
        .balign 64
cell:   .skip   64
far_cell:
        .skip   64
