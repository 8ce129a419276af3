/*
 * F and D around the arithmetic: fcsr and its views, static and reserved rounding
 * modes, mstatus.FS, NaN boxing, moves, loads and stores (TRAPS 16, 20, 21).
 */
#include "guest.h"

/* Offsets into data. */
#define ONE        0
#define THREE      8
#define HALF       16
#define SNAN_D     24
#define SINGLE_ONE 32

#define FS_OFF     0x0000
#define FS_INITIAL 0x2000
#define FS_CLEAN   0x4000
#define FS_DIRTY   0x6000

.macro set_fs value
        li      t0, MSTATUS_FS
        csrc    mstatus, t0
        li      t0, \value
        csrs    mstatus, t0
.endm

/* FS as it is now, in a0. */
.macro get_fs
        csrr    a0, mstatus
        li      t0, MSTATUS_FS
        and     a0, a0, t0
.endm

/* The instruction turns FS from Clean to Dirty, and SD follows. */
#define DIRTIES(...) at_line __LINE__; set_fs FS_CLEAN; __VA_ARGS__; get_fs; must_equal a0, FS_DIRTY; \
        csrr a0, mstatus; srli a0, a0, 63; must_equal a0, 1

#define ILLEGAL(...) TRAPS(CAUSE_ILLEGAL, __VA_ARGS__)

        GUEST_BEGIN
        .option norvc
        la      s0, data

        /* fcsr and its two views */
        li      a0, -1
        csrw    fcsr, a0
        csrr    a1, fcsr
        EQ(a1, 0xff)
        csrr    a1, frm
        EQ(a1, 7)
        csrr    a1, fflags
        EQ(a1, 0x1f)
        csrw    fflags, zero
        csrr    a1, fcsr
        EQ(a1, 0xe0)
        csrwi   frm, 2
        csrr    a1, fcsr
        EQ(a1, 0x40)
        li      a0, 0x7ff9
        csrw    frm, a0
        csrr    a1, fcsr
        EQ(a1, 0x20)
        li      a0, 0xfff5
        csrw    fflags, a0
        csrr    a1, fcsr
        EQ(a1, 0x35)
        csrrci  a1, fflags, 4
        EQ(a1, 0x15)
        csrrsi  a1, fflags, 8
        EQ(a1, 0x11)
        csrrw   a1, fcsr, zero
        EQ(a1, 0x39)
        fsrmi   a1, 3
        EQ(a1, 0)
        frrm    a1
        EQ(a1, 3)
        fsflagsi a1, 9
        EQ(a1, 0)
        frflags a1
        EQ(a1, 9)
        csrw    fcsr, zero

        /* flags accumulate and are never cleared by an operation */
        fld     fa0, ONE(s0)
        fld     fa1, THREE(s0)
        fmv.d.x fa2, zero
        fdiv.d  fa3, fa0, fa1
        frflags a1
        EQ(a1, 1)
        fdiv.d  fa3, fa0, fa2
        frflags a1
        EQ(a1, 9)
        fadd.d  fa3, fa0, fa0
        frflags a1
        EQ(a1, 9)
        fdiv.d  fa3, fa2, fa2
        frflags a1
        EQ(a1, 0x19)
        /* flags come with rd = x0 too */
        csrw    fcsr, zero
        fld     fa4, SNAN_D(s0)
        feq.d   x0, fa4, fa0
        frflags a1
        EQ(a1, 0x10)
        csrw    fcsr, zero
        fcvt.w.d x0, fa4
        frflags a1
        EQ(a1, 0x10)
        EQ(x0, 0)

        /* a static mode beats frm */
        csrw    fcsr, zero
        csrwi   frm, 3
        fdiv.d  fa3, fa0, fa1, rdn
        fmv.x.d a1, fa3
        EQ(a1, 0x3fd5555555555555)
        fdiv.d  fa3, fa0, fa1
        fmv.x.d a1, fa3
        EQ(a1, 0x3fd5555555555556)
        fdiv.d  fa3, fa0, fa1, rup
        fmv.x.d a1, fa3
        EQ(a1, 0x3fd5555555555556)

        /* reserved frm: dynamic operations trap; static ones and those that do not round work */
        .irp    mode, 5, 6, 7
        csrwi   frm, \mode
        ILLEGAL(fadd.d fa3, fa0, fa1, dyn)
        ILLEGAL(fadd.s fa3, fa0, fa1, dyn)
        ILLEGAL(fmadd.d fa3, fa0, fa1, fa2, dyn)
        ILLEGAL(fsqrt.s fa3, fa0, dyn)
        ILLEGAL(fcvt.w.d a1, fa0, dyn)
        ILLEGAL(fcvt.s.l fa3, a1, dyn)
        ILLEGAL(fcvt.s.d fa3, fa0, dyn)
        AT
        fadd.d  fa3, fa0, fa1, rne
        fmv.x.d a1, fa3
        must_equal a1, 0x4010000000000000
        fmin.d  fa3, fa0, fa1
        feq.d   a1, fa0, fa0
        must_equal a1, 1
        fsgnj.d fa3, fa0, fa0
        fclass.d a1, fa0
        must_equal a1, 0x40
        csrr    a1, frm
        must_equal a1, \mode
        .endr
        csrw    fcsr, zero
        /* static modes 5 and 6 never exist */
        ILLEGAL(.word 0x02b506d3 | 5 << 12)     /* fadd.d fa3, fa0, fa1 */
        ILLEGAL(.word 0x02b506d3 | 6 << 12)
        ILLEGAL(.word 0x00b506d3 | 5 << 12)     /* fadd.s fa3, fa0, fa1 */
        ILLEGAL(.word 0xc2050553 | 6 << 12)     /* fcvt.w.d a0, fa0 */

        /* FS = Off: everything of F and D is illegal, compressed forms too */
        set_fs  FS_OFF
        ILLEGAL(fadd.d fa0, fa0, fa1)
        ILLEGAL(fadd.s fa0, fa0, fa1)
        ILLEGAL(fld fa0, 0(s0))
        ILLEGAL(flw fa0, 0(s0))
        ILLEGAL(fsd fa0, 0(s0))
        ILLEGAL(fsw fa0, 0(s0))
        ILLEGAL(fmv.x.d a0, fa0)
        ILLEGAL(fmv.w.x fa0, a0)
        ILLEGAL(feq.d a0, fa0, fa0)
        ILLEGAL(fmadd.s fa0, fa0, fa0, fa0)
        ILLEGAL(csrr a0, fcsr)
        ILLEGAL(csrr a0, frm)
        ILLEGAL(csrr a0, fflags)
        ILLEGAL(csrw fflags, zero)
        .option push
        .option rvc
        ILLEGAL(c.fld fa0, 0(s0))
        ILLEGAL(c.fsd fa0, 0(s0))
        ILLEGAL(c.fldsp fa0, 0(sp))
        ILLEGAL(c.fsdsp fa0, 0(sp))
        .option pop
        get_fs
        EQ(a0, 0)
        csrr    a0, mstatus
        srli    a0, a0, 63
        EQ(a0, 0)
        set_fs  FS_DIRTY

        /* Dirty comes with every change of state (of flags alone: fd_dirty.S) */
        fld     fa0, ONE(s0)
        DIRTIES(fadd.d fa3, fa0, fa0)
        DIRTIES(fld fa3, 0(s0))
        DIRTIES(flw fa3, 0(s0))
        DIRTIES(fmv.d.x fa3, zero)
        DIRTIES(fsgnj.s fa3, fa0, fa0)
        DIRTIES(csrw fcsr, zero)
        DIRTIES(csrwi frm, 0)
        DIRTIES(csrwi fflags, 0)
        DIRTIES(csrsi fflags, 1)
        .option push
        .option rvc
        DIRTIES(c.fld fa3, 0(s0))
        DIRTIES(c.fldsp fa3, 0(sp))
        .option pop
        csrw    fcsr, zero
        /* stores and trapped instructions leave it alone; FS takes what software writes */
        set_fs  FS_CLEAN
        get_fs
        EQ(a0, FS_CLEAN)
        set_fs  FS_INITIAL
        get_fs
        EQ(a0, FS_INITIAL)
        set_fs  FS_DIRTY

        /* NaN boxing: writers of singles fill the upper half */
        la      s1, scratch
        flw     fa0, SINGLE_ONE(s0)
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffff3f800000)
        fsd     fa0, 0(s1)
        ld      a0, 0(s1)
        EQ(a0, 0xffffffff3f800000)
        li      a0, 0x1234567880000000
        fmv.w.x fa0, a0
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffff80000000)
        li      a0, 3
        fcvt.s.w fa0, a0
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffff40400000)
        fadd.s  fa0, fa0, fa0
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffff40c00000)
        fsgnjn.s fa0, fa0, fa0
        fmv.x.d a0, fa0
        EQ(a0, 0xffffffffc0c00000)

        /* readers of singles take a register that is not boxed for the canonical NaN */
        li      a0, 0x000000003f800000
        fmv.d.x fa0, a0
        flw     fa1, SINGLE_ONE(s0)
        fadd.s  fa2, fa0, fa1
        fmv.x.w a0, fa2
        EQ(a0, 0x7fc00000)
        feq.s   a0, fa0, fa0
        EQ(a0, 0)
        fclass.s a0, fa0
        EQ(a0, 0x200)
        fmin.s  fa2, fa0, fa1
        fmv.x.w a0, fa2
        EQ(a0, 0x3f800000)
        fcvt.w.s a0, fa0
        EQ(a0, 0x7fffffff)
        fcvt.d.s fa2, fa0
        fmv.x.d a0, fa2
        EQ(a0, 0x7ff8000000000000)
        fmadd.s fa2, fa1, fa1, fa0
        fmv.x.w a0, fa2
        EQ(a0, 0x7fc00000)
        fsqrt.s fa2, fa0
        fmv.x.w a0, fa2

        EQ(a0, 0x7fc00000)
        li      a0, 0xfffffffe3f800000
        fmv.d.x fa0, a0
        fclass.s a0, fa0
        EQ(a0, 0x200)
        csrw    fcsr, zero

        /* moves and stores look at the low half alone, boxed or not */
        li      a0, 0x1234567887654321
        fmv.d.x fa0, a0
        fmv.x.w a0, fa0
        EQ(a0, -0x789abcdf)
        sd      zero, 0(s1)
        fsw     fa0, 0(s1)
        ld      a0, 0(s1)
        EQ(a0, 0x87654321)
        fmv.x.d a0, fa0
        EQ(a0, 0x1234567887654321)

        /* offsets and misaligned addresses */
        fsd     fa0, 8(s1)
        fld     fa1, 8(s1)
        fmv.x.d a0, fa1
        EQ(a0, 0x1234567887654321)
        fsd     fa0, 3(s1)
        fld     fa1, 3(s1)
        fmv.x.d a0, fa1
        EQ(a0, 0x1234567887654321)
        fsw     fa0, 17(s1)
        flw     fa1, 17(s1)
        fmv.x.w a0, fa1
        EQ(a0, -0x789abcdf)
        addi    a1, s1, 2047
        fsd     fa0, -2047(a1)
        ld      a0, 0(s1)
        EQ(a0, 0x1234567887654321)
        fsd     fa0, 2040(s1)
        ld      a0, 2040(s1)
        EQ(a0, 0x1234567887654321)

        /* every register */
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        li      a0, 0x0101010101010101 * (\n + 1)
        fmv.d.x f\n, a0
        .endr
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fsgnjn.d f\n, f\n, f\n
        .endr
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        AT
        fsd     f\n, 16(s1)
        ld      a0, 16(s1)
        must_equal a0, 0x8000000000000000 + 0x0101010101010101 * (\n + 1)
        .endr
        /* destination equal to each source of a fused operation */
        fld     fa1, THREE(s0)
        fld     fa0, ONE(s0)
        fmadd.d fa1, fa1, fa0, fa0
        fmv.x.d a0, fa1
        EQ(a0, 0x4010000000000000)
        fmadd.d fa1, fa0, fa1, fa0
        fmv.x.d a0, fa1
        EQ(a0, 0x4014000000000000)
        fmadd.d fa1, fa0, fa0, fa1
        fmv.x.d a0, fa1
        EQ(a0, 0x4018000000000000)
        fmadd.d fa1, fa1, fa1, fa1
        fmv.x.d a0, fa1
        EQ(a0, 0x4045000000000000)

        GUEST_END

        .data
        .balign 8
data:
one:    .dword  0x3ff0000000000000
three:  .dword  0x4008000000000000
half:   .dword  0x3fe0000000000000
snan_d: .dword  0x7ff0000000000001
single_one:
        .dword  0x3f800000
        .bss
        .balign 16
scratch:
        .skip   4096
