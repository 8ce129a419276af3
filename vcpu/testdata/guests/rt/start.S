/* Entry, traps and probes of the guests written in C. */
#include "rt.h"
#include "htif.h"

        .section .text.init, "ax"
        .globl  _start
_start:
        li      t0, MAX_HARTS
        bgeu    a0, t0, park
        la      t0, trap_entry
        csrw    mtvec, t0
        la      t0, cells
        li      t1, CELL_BYTES
        mul     t1, t1, a0
        add     t0, t0, t1
        csrw    mscratch, t0
        li      t0, 0x2000
        csrs    mstatus, t0
        csrw    menvcfg, zero
        /* S and U may use all memory until a guest says otherwise. */
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      sp, stacks
        addi    t0, a0, 1
        li      t1, STACK_BYTES
        mul     t0, t0, t1
        add     sp, sp, t0
        call    hart_main
park:
        wfi
        j       park

        /* Every trap into M mode. mscratch holds the hart's cell. */
        .balign 4
        .globl  trap_entry
trap_entry:
        csrrw   t6, mscratch, t6
        sd      zero, CELL_VECTOR(t6)
trap_common:
        .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        sd      x\n, CELL_X + 8 * \n(t6)
        .endr
        csrrw   t0, mscratch, t6
        sd      t0, CELL_X + 8 * 31(t6)
        csrr    t0, mepc
        sd      t0, CELL_EPC(t6)
        csrr    t0, mcause
        sd      t0, CELL_CAUSE(t6)
        csrr    t0, mtval
        sd      t0, CELL_TVAL(t6)
        csrr    t0, mstatus
        sd      t0, CELL_STATUS(t6)
        ld      t0, CELL_ACTIVE(t6)
        beqz    t0, unexpected
        sd      zero, CELL_ACTIVE(t6)
        /* Back into run() as if it returned. */
        ld      ra, CELL_SAVED(t6)
        ld      sp, CELL_SAVED + 8(t6)
        ld      gp, CELL_SAVED + 16(t6)
        ld      tp, CELL_SAVED + 24(t6)
        ld      s0, CELL_SAVED + 32(t6)
        ld      s1, CELL_SAVED + 40(t6)
        .irp    n, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        ld      x\n, CELL_SAVED + 48 + 8 * (\n - 18)(t6)
        .endr
        ret

        /* void run(mode, fn, a0, a1) */
        .globl  run
run:
        csrr    t6, mscratch
        sd      ra, CELL_SAVED(t6)
        sd      sp, CELL_SAVED + 8(t6)
        sd      gp, CELL_SAVED + 16(t6)
        sd      tp, CELL_SAVED + 24(t6)
        sd      s0, CELL_SAVED + 32(t6)
        sd      s1, CELL_SAVED + 40(t6)
        .irp    n, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        sd      x\n, CELL_SAVED + 48 + 8 * (\n - 18)(t6)
        .endr
        li      t0, 1
        sd      t0, CELL_ACTIVE(t6)
        li      t0, 3 << 11
        csrc    mstatus, t0
        slli    t0, a0, 11
        csrs    mstatus, t0
        li      t1, 1
        la      t0, s_alias
        beq     a0, t1, 1f
        la      t0, u_alias
        beqz    a0, 1f
        la      t0, no_alias
1:      ld      t0, 0(t0)
        add     a1, a1, t0
        csrw    mepc, a1
        mv      a0, a2
        mv      a1, a3
        mret

unexpected:
        la      t1, fail_info
        ld      t0, CELL_CAUSE(t6)
        sd      t0, 24(t1)
        ld      t0, CELL_EPC(t6)
        sd      t0, 32(t1)
        ld      t0, CELL_TVAL(t6)
        sd      t0, 40(t1)
        /* The exit code says only that a trap was unexpected. */
        li      a0, 251
        j       finish

        /* A vector table: entry n leaves n in the cell. */
        .balign 256
        .globl  vector_table
vector_table:
        .option push
        .option norvc
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        j       vector_\n
        .endr
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
vector_\n:
        csrrw   t6, mscratch, t6
        sd      t5, CELL_X + 8 * 30(t6)
        li      t5, \n
        sd      t5, CELL_VECTOR(t6)
        ld      t5, CELL_X + 8 * 30(t6)
        j       trap_common
        .endr
        .option pop

        /* S-mode handler: notes what it saw and goes up to M. */
        .balign 256
        .globl  s_trap
s_trap:
        csrw    sscratch, t6
        la      t6, seen_by_s
        sd      t5, 40(t6)
        csrr    t5, scause
        sd      t5, 0(t6)
        csrr    t5, stval
        sd      t5, 8(t6)
        csrr    t5, sepc
        sd      t5, 16(t6)
        csrr    t5, sstatus
        sd      t5, 24(t6)
        ld      t5, 32(t6)
        addi    t5, t5, 1
        sd      t5, 32(t6)
        ld      t5, 40(t6)
        csrr    t6, sscratch
        ecall

        .section .bss.page, "aw", @nobits
        .balign 4096
        .globl  seen_by_s
seen_by_s:
        .skip   64
        .bss
        .balign 16
stacks: .skip   STACK_BYTES * MAX_HARTS
        .balign 64
        .globl  cells
cells:  .skip   CELL_BYTES * MAX_HARTS
        .data
        .balign 8
        .globl  s_alias, u_alias
s_alias:
        .dword  0
u_alias:
        .dword  0
no_alias:
        .dword  0
