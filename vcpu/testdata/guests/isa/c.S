/*
 * C: every compressed instruction of RV64, the reserved encodings, and 4-byte
 * instructions at addresses that are 2 modulo 4 and over a page boundary.
 */
#include "guest.h"

/* One compressed instruction on a0 (and a1), whose result in a0 is known. */
#define C2(want, a, b, ...) at_line __LINE__; li a0, a; li a1, b; __VA_ARGS__; must_equal a0, want
#define ILLEGAL16(bits) TRAPS(CAUSE_ILLEGAL, .half bits)

        GUEST_BEGIN
        .option rvc

        /* constants and immediates */
        C2(31, 0, 0, c.li a0, 31)
        C2(-32, 0, 0, c.li a0, -32)
        C2(0x1f000, 0, 0, c.lui a0, 0x1f)
        C2(-0x20000, 0, 0, c.lui a0, 0xfffe0)
        C2(0x1000, 0, 0, c.lui a0, 1)
        C2(41, 10, 0, c.addi a0, 31)
        C2(-22, 10, 0, c.addi a0, -32)
        C2(0x8000000000000000, 0x7fffffffffffffff, 0, c.addi a0, 1)
        C2(-0x80000000, 0x7fffffff, 0, c.addiw a0, 1)
        C2(-1, 0x00000000ffffffff, 0, c.addiw a0, 0)
        C2(0x7fffffe0, 0x80000000, 0, c.addiw a0, -32)
        C2(0x10, 0xf5, 0, c.andi a0, 0x1a)
        C2(0xffffffffffffffe0, -1, 0, c.andi a0, -32)

        /* shifts: immediates over 31 use the sixth bit */
        C2(0x8000000000000000, 1, 0, c.slli a0, 63)
        C2(0x100000000, 1, 0, c.slli a0, 32)
        C2(1, 0x8000000000000000, 0, c.srli a0, 63)
        C2(0x7fffffffffffffff, -1, 0, c.srli a0, 1)
        C2(-1, 0x8000000000000000, 0, c.srai a0, 63)
        C2(0x3fffffffffffffff, 0x7fffffffffffffff, 0, c.srai a0, 1)

        /* register operations */
        C2(7, 1, 7, c.mv a0, a1)
        C2(8, 1, 7, c.add a0, a1)
        C2(-6, 1, 7, c.sub a0, a1)
        C2(0x0ff0, 0xff00, 0xf0f0, c.xor a0, a1)
        C2(0xfff0, 0xff00, 0xf0f0, c.or a0, a1)
        C2(0xf000, 0xff00, 0xf0f0, c.and a0, a1)
        C2(-0x80000000, 0x7fffffff, 1, c.addw a0, a1)
        C2(0x7fffffff, 0x80000000, 1, c.subw a0, a1)
        C2(-1, 0, 0x100000001, c.subw a0, a1)

        /* all eight short registers as destination and source of one format */
        .irp    r, s0, s1, a0, a1, a2, a3, a4, a5
        AT
        li      \r, 0x0f0
        c.andi  \r, 0x1f
        c.srli  \r, 4
        c.addi  \r, 9
        c.or    \r, \r
        must_equal \r, 10
        .endr

        /* stack pointer forms */
        mv      s1, sp
        c.addi16sp sp, -512
        sub     a0, s1, sp
        EQ(a0, 512)
        c.addi16sp sp, 496
        sub     a0, s1, sp
        EQ(a0, 16)
        c.addi16sp sp, 16
        c.addi4spn a0, sp, 1020
        sub     a0, a0, sp
        EQ(a0, 1020)
        c.addi4spn a5, sp, 4
        sub     a5, a5, sp
        EQ(a5, 4)

        /* loads and stores, smallest and largest offsets */
        la      s0, area
        li      a0, 0x8877665580020103
        c.sw    a0, 0(s0)
        c.lw    a1, 0(s0)
        EQ(a1, -0x7ffdfefd)
        c.sw    a0, 124(s0)
        c.lw    a5, 124(s0)
        EQ(a5, -0x7ffdfefd)
        lw      a1, 124(s0)
        EQ(a1, -0x7ffdfefd)
        c.sw    a0, 64(s0)
        lw      a1, 64(s0)
        EQ(a1, -0x7ffdfefd)
        c.sw    a0, 4(s0)
        lw      a1, 4(s0)
        EQ(a1, -0x7ffdfefd)
        c.sd    a0, 0(s0)
        c.ld    a1, 0(s0)
        EQ(a1, 0x8877665580020103)
        c.sd    a0, 248(s0)
        c.ld    a1, 248(s0)
        EQ(a1, 0x8877665580020103)
        ld      a1, 248(s0)
        EQ(a1, 0x8877665580020103)
        c.sd    a0, 64(s0)
        ld      a1, 64(s0)
        EQ(a1, 0x8877665580020103)
        c.sd    a0, 8(s0)
        ld      a1, 8(s0)
        EQ(a1, 0x8877665580020103)
        mv      s1, sp
        mv      sp, s0
        li      a0, 0x1020304080706050
        c.swsp  a0, 252(sp)
        lw      a1, 252(s0)
        c.lwsp  t0, 252(sp)
        mv      sp, s1
        EQ(a1, -0x7f8f9fb0)
        EQ(t0, -0x7f8f9fb0)
        mv      sp, s0
        c.swsp  a0, 64(sp)
        lw      a1, 64(s0)
        c.sdsp  a0, 504(sp)
        c.ldsp  t0, 504(sp)
        mv      sp, s1
        EQ(a1, -0x7f8f9fb0)
        EQ(t0, 0x1020304080706050)
        mv      sp, s0
        c.sdsp  a0, 64(sp)
        ld      a1, 64(s0)
        c.sdsp  x0, 0(sp)
        c.ldsp  ra, 64(sp)
        mv      sp, s1
        EQ(a1, 0x1020304080706050)
        EQ(ra, 0x1020304080706050)
        ld      a1, 0(s0)
        EQ(a1, 0)
        fmv.d.x fa0, a0
        c.fsd   fa0, 248(s0)
        c.fld   fa1, 248(s0)
        fmv.x.d a1, fa1
        EQ(a1, 0x1020304080706050)
        mv      sp, s0
        c.fsdsp fa0, 256(sp)
        c.fldsp ft0, 256(sp)
        ld      a1, 256(s0)
        mv      sp, s1
        EQ(a1, 0x1020304080706050)
        fmv.x.d a1, ft0
        EQ(a1, 0x1020304080706050)

        /* branches and jumps */
        li      a0, 0
        c.beqz  a0, 1f
        j       bad_path
1:      c.bnez  a0, bad_path_near
        li      a0, 0x100000000
        c.beqz  a0, bad_path_near
        c.bnez  a0, 1f
bad_path_near:
        j       bad_path
1:      li      a1, 0
        j       2f
1:      c.addi  a1, 1
        li      a2, 1
        beq     a1, a2, 2f
        j       3f
2:      c.li    a0, 0
        c.beqz  a0, 1b
3:      EQ(a1, 2)
        c.j     1f
        j       bad_path
1:      la      a0, 1f
        c.jr    a0
        j       bad_path
1:      la      a0, 1f + 1             /* bit 0 of the target is cleared */
        c.jr    a0
        j       bad_path
1:      la      a0, 1f
        la      a1, after_jalr
        c.jalr  a0
after_jalr:
        j       bad_path
1:      EQREG(ra, a1)
        la      ra, 1f                  /* rs1 = ra: read before it is written */
        la      a1, after_jalr2
        c.jalr  ra
after_jalr2:
        j       bad_path
1:      EQREG(ra, a1)

        c.nop
        TRAPS(CAUSE_BREAKPOINT, c.ebreak)

        /* hints do nothing */
        AT
        .half   0x0005                  /* c.addi x0, 1 */
        .half   0x4015                  /* c.li x0, 5 */
        .half   0x6005                  /* c.lui x0, 1 */
        .half   0x802a                  /* c.mv x0, a0 */
        .half   0x902a                  /* c.add x0, a0 */
        .half   0x0006                  /* c.slli x0, 1 */
        li      a0, 0x123
        .half   0x0501                  /* c.addi a0, 0 */
        .half   0x0502                  /* c.slli a0, 0 */
        .half   0x8101                  /* c.srli a0, 0 */
        .half   0x8501                  /* c.srai a0, 0 */
        EQ(x0, 0)
        EQ(a0, 0x123)

        /* reserved and illegal encodings */
        ILLEGAL16(0x0000)               /* all zeros */
        ILLEGAL16(0x2001)               /* c.addiw with rd = x0 */
        ILLEGAL16(0x6501)               /* c.lui with immediate 0 */
        ILLEGAL16(0x6101)               /* c.addi16sp with immediate 0 */
        ILLEGAL16(0x4002)               /* c.lwsp with rd = x0 */
        ILLEGAL16(0x6002)               /* c.ldsp with rd = x0 */
        ILLEGAL16(0x8002)               /* c.jr with rs1 = x0 */

        /* 4-byte instructions at 2 modulo 4, among them jumps and their targets */
        .balign 4
        c.nop
        .option push
        .option norvc
        li      a0, 1
        addi    a0, a0, 100
        EQ(a0, 101)
        jal     ra, 1f
        j       bad_path
1:      la      a1, 2f
        .option pop
        .balign 4
        c.nop
        .option push
        .option norvc
        jalr    x0, 0(a1)
        j       bad_path
        .option pop
        .balign 4
        c.nop
        .option push
        .option norvc
2:      lui     a0, 0x12345
        EQ(a0, 0x12345000)
        beq     a0, a0, 1f
        j       bad_path
1:      auipc   a1, 0
        .option pop
        la      a2, 1b
        EQREG(a1, a2)

        /* a 4-byte instruction over a 4 KiB boundary */
        li      a0, 5
        call    crossing
        EQ(a0, 1029)
        li      s1, 200
1:      li      a0, 5
        call    crossing
        c.addi  s1, -1

        c.bnez  s1, 1b
        EQ(a0, 1029)

        GUEST_END

bad_path:
        li      t5, 0
        li      t6, 1
        j       fail_equal

        .balign 4096
        .skip   4096 - 2
crossing:
        .option push
        .option norvc
        addi    a0, a0, 1024
        .option pop
        ret

        .bss
        .balign 16
area:   .skip   1024
