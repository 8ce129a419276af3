/*
 * Frame and checks for guests written in assembly.
 *
 * A guest is GUEST_BEGIN, any number of checks, GUEST_END. Every check is one
 * source line, and the line's number is the exit code when the check fails.
 *
 * Registers with a fixed meaning between checks:
 *   s11  line of the check that runs now
 *   s10  mcause that the next instruction must raise, plus one; 0: none expected
 *   t5, t6, s9  scratch of the checks themselves
 *
 * When a check fails, fail_info holds: line, value seen, value wanted, mcause,
 * mepc, mtval (the last three only after a trap that nobody expected).
 */
#ifndef GUEST_H
#define GUEST_H

#define MSTATUS_FS_INITIAL 0x2000
#define MSTATUS_FS         0x6000

        .option norelax
#include "htif.h"

/* A line whose low byte is zero would look like success to a shell. */
.macro at_line line
        .if ((\line) & 255) == 0
        .error "exit codes are line numbers: move this check by one line"
        .endif
        li      s11, \line
.endm

.macro must_equal reg, want
        li      t6, \want
        beq     \reg, t6, .Leq\@
        mv      t5, \reg
        j       fail_equal
.Leq\@:
.endm

.macro must_equal_reg reg, want
        mv      t6, \want
        beq     \reg, t6, .Leqr\@
        mv      t5, \reg
        j       fail_equal
.Leqr\@:
.endm

.macro expect_trap cause
        li      s10, \cause + 1
.endm

/* The trap handler clears s10 when the expected trap has come. */
.macro must_have_trapped
        mv      t5, s10
        li      t6, 0
        bnez    t5, fail_equal
.endm

.macro guest_begin
        .section .text.init, "ax"
        .globl  _start
_start:
        bnez    a0, guest_park
        la      t0, guest_trap
        csrw    mtvec, t0
        li      t0, MSTATUS_FS_INITIAL
        csrs    mstatus, t0
        csrw    fcsr, zero
        li      s10, 0
        li      s11, 1
        la      sp, guest_stack_top
        j       guest_main

guest_park:
        wfi
        j       guest_park

fail_equal:
        la      t0, fail_info
        sd      s11, 0(t0)
        sd      t5, 8(t0)
        sd      t6, 16(t0)
        j       guest_exit

        .balign 4
guest_trap:
        beqz    s10, .Lsurprise
        csrr    t5, mcause
        addi    t6, s10, -1
        bne     t5, t6, .Lsurprise
        csrr    s9, mtval
        li      s10, 0
        /* Step over the instruction: two bytes unless both low bits are set. */
        csrr    t5, mepc
        lhu     t6, 0(t5)
        andi    t6, t6, 3
        addi    t6, t6, -3
        addi    t5, t5, 2
        bnez    t6, 1f
        addi    t5, t5, 2
1:      csrw    mepc, t5
        mret
.Lsurprise:
        la      t0, fail_info
        sd      s11, 0(t0)
        csrr    t1, mcause
        sd      t1, 24(t0)
        csrr    t1, mepc
        sd      t1, 32(t0)
        csrr    t1, mtval
        sd      t1, 40(t0)

guest_exit:
        fence
        slli    t0, s11, 1
        ori     t0, t0, 1
        la      t1, tohost
        sd      t0, 0(t1)
1:      wfi
        j       1b

        .data
        .balign 8
        .globl  fail_info
fail_info:
        .dword  0, 0, 0, 0, 0, 0
        .bss
        .balign 16
        .skip   1024
guest_stack_top:
        .text
guest_main:
.endm

.macro guest_end
        li      s11, 0
        j       guest_exit
.endm

#define GUEST_BEGIN guest_begin
#define GUEST_END   guest_end

/* Three-operand instruction; rd distinct, rd = rs1, rd = rs2, rd = x0. */
.macro check_rr line, insn, want, a, b
        at_line \line
        li      a0, \a
        li      a1, \b
        \insn   a2, a0, a1
        mv      t0, a0
        \insn   t0, t0, a1
        mv      t1, a1
        \insn   t1, a0, t1
        \insn   x0, a0, a1
        must_equal a2, \want
        must_equal t0, \want
        must_equal t1, \want
        must_equal x0, 0
.endm

/* Register-immediate instruction; rd distinct and rd = rs1. */
.macro check_ri line, insn, want, a, imm
        at_line \line
        li      a0, \a
        \insn   a2, a0, \imm
        \insn   a0, a0, \imm
        must_equal a2, \want
        must_equal a0, \want
.endm

/* One source register; rd distinct and rd = rs. */
.macro check_r line, insn, want, a
        at_line \line
        li      a0, \a
        \insn   a2, a0
        \insn   a0, a0
        must_equal a2, \want
        must_equal a0, \want
.endm

#define RR(insn, want, a, b)   check_rr __LINE__, insn, want, a, b
#define RI(insn, want, a, imm) check_ri __LINE__, insn, want, a, imm
#define R1(insn, want, a)      check_r  __LINE__, insn, want, a
#define EQ(reg, want)          at_line __LINE__; must_equal reg, want
#define EQREG(reg, want)       at_line __LINE__; must_equal_reg reg, want
#define AT                     at_line __LINE__

/* TRAPS(cause, instruction): the instruction must raise exactly that exception. */
#define TRAPS(cause, ...) \
        at_line __LINE__; expect_trap cause; __VA_ARGS__; must_have_trapped

#define CAUSE_MISALIGNED_FETCH 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL          2
#define CAUSE_BREAKPOINT       3
#define CAUSE_MISALIGNED_LOAD  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_MISALIGNED_STORE 6
#define CAUSE_STORE_ACCESS     7

#endif
