/*
 * Driver for tables of floating-point cases. A guest names its operations with
 * op_rm (those that round) or op_any, includes a table file, and ends with
 * FP_GUEST_END. A row with a rounding mode runs twice: with the mode in frm, and
 * with the mode in the instruction while frm says another one. The exit code of a
 * failure is the row's line in the table file.
 */
#ifndef FP_H
#define FP_H
#include "guest.h"

#define RNE 0
#define RTZ 1
#define RDN 2
#define RUP 3
#define RMM 4
#define ANY 7

#define TABLE(name) rows_##name:
#define ROW(rm, flags, a, b, c, want) .word __LINE__, rm | flags << 8; .dword a, b, c, want
#define TABLE_END .dword 0

/* Operands arrive in fa0, fa1, fa2 and, as raw bits, a0; the result leaves in a0. */
.macro op_rm name, post, insn:vararg
        .irp    mode, dyn, rne, rtz, rdn, rup, rmm
\name\()_\mode:
        \insn, \mode
        \post
        ret
        .endr
        .pushsection .rodata.ops, "a"
        .dword  \name\()_dyn, \name\()_rne, \name\()_rtz, \name\()_rdn, \name\()_rup, \name\()_rmm, rows_\name
        .popsection
.endm

.macro op_any name, post, insn:vararg
\name\()_any:
        \insn
        \post
        ret
        .pushsection .rodata.ops, "a"
        .dword  \name\()_any, 0, 0, 0, 0, 0, rows_\name
        .popsection
.endm

#define FROM_FA0 "fmv.x.d a0, fa0"

.macro fp_guest_begin
        guest_begin
        la      s0, ops
next_op:
        la      t0, ops_end
        beq     s0, t0, all_done
        ld      s1, 48(s0)
next_row:
        lw      s11, 0(s1)
        bnez    s11, 1f
        addi    s0, s0, 56
        j       next_op
1:      lbu     s3, 4(s1)
        li      t0, ANY
        beq     s3, t0, 2f
        ld      s2, 0(s0)
        mv      s4, s3
        jal     run_row
        slli    t0, s3, 3
        add     t0, t0, s0
        ld      s2, 8(t0)
        xori    s4, s3, 1               /* another mode; 4 becomes 0 */
        andi    s4, s4, 3
        jal     run_row
        j       3f
2:      ld      s2, 0(s0)
        li      s4, RNE
        jal     run_row
        li      s4, RUP
        jal     run_row
3:      addi    s1, s1, 40
        j       next_row

run_row:
        mv      s5, ra
        fsrm    s4
        fsflags zero
        fld     fa0, 8(s1)
        fld     fa1, 16(s1)
        fld     fa2, 24(s1)
        ld      a0, 8(s1)
        jalr    s2
        mv      t5, a0
        ld      t6, 32(s1)
        bne     t5, t6, 1f
        frflags t5
        lbu     t6, 5(s1)
        bne     t5, t6, 1f
        frrm    t5
        mv      t6, s4
        bne     t5, t6, 1f
        jr      s5
1:      j       fail_equal

all_done:
        guest_end
        .pushsection .rodata.ops, "a"
        .balign 8
ops:
        .popsection
.endm

.macro fp_guest_end
        .pushsection .rodata.ops, "a"
ops_end:
        .popsection
.endm

/* Starts the part of the file that holds the tables. */
.macro fp_tables
        .section .rodata.rows, "a"
        .balign 8
.endm

#endif
