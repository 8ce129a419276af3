/* RV64I control flow: every branch taken and not taken in both directions, jal, jalr. */
#include "guest.h"

/* Falls or jumps forward, then the same condition over a backward branch. */
.macro check_branch line, insn, a, b, taken
        at_line \line
        li      a0, \a
        li      a1, \b
        li      a2, 0
        \insn   a0, a1, 1f
        j       2f
1:      li      a2, 1
2:      must_equal a2, \taken
        li      a2, 0
        j       4f
3:      li      a2, 1
        j       5f
4:      \insn   a0, a1, 3b
5:      must_equal a2, \taken
.endm
#define BR(insn, a, b, taken) check_branch __LINE__, insn, a, b, taken

        GUEST_BEGIN

        BR(beq, 0, 0, 1)
        BR(beq, 0, 1, 0)
        BR(beq, 0x100000000, 0, 0)
        BR(beq, -1, -1, 1)
        BR(bne, 0, 0, 0)
        BR(bne, 0, 0x8000000000000000, 1)
        BR(bne, 0x100000001, 1, 1)
        BR(blt, 0, 0, 0)
        BR(blt, -1, 0, 1)
        BR(blt, 0, -1, 0)
        BR(blt, 0x8000000000000000, 0x7fffffffffffffff, 1)
        BR(blt, 0x80000000, 0, 0)
        BR(bge, 0, 0, 1)
        BR(bge, -1, 0, 0)
        BR(bge, 0, -1, 1)
        BR(bge, 0x7fffffffffffffff, 0x8000000000000000, 1)
        BR(bltu, 0, 0, 0)
        BR(bltu, -1, 0, 0)
        BR(bltu, 0, -1, 1)
        BR(bltu, 0x7fffffffffffffff, 0x8000000000000000, 1)
        BR(bgeu, 0, 0, 1)
        BR(bgeu, -1, 0, 1)
        BR(bgeu, 0, -1, 0)
        BR(bgeu, 0x8000000000000000, 0x7fffffffffffffff, 1)

        /* a counted loop long enough to become hot */
        li      a0, 0
        li      a1, 10000
1:      addi    a0, a0, 3
        addi    a1, a1, -1
        bnez    a1, 1b
        EQ(a0, 30000)

        .option push
        .option norvc
        /* jal: link, forward and backward, rd = x0 keeps x0 */
        la      a2, link1
        jal     a0, 1f
link1:  j       bad_path
1:      EQREG(a0, a2)
        la      a2, link2
        j       2f
1:      EQREG(a0, a2)
        j       3f
2:      jal     a0, 1b
link2:  j       bad_path
3:      jal     x0, 1f
        j       bad_path
1:      EQ(x0, 0)

        /* jalr: link, offset, bit 0 of the target cleared */
        la      a1, 1f
        la      a2, link3
        jalr    a0, 0(a1)
link3:  j       bad_path
1:      EQREG(a0, a2)
        la      a1, 1f - 2047
        jalr    a0, 2047(a1)
        j       bad_path
1:      la      a1, 1f
        addi    a1, a1, 1
        jalr    a0, 0(a1)
        j       bad_path
1:      la      a1, 1f
        addi    a1, a1, 1024
        addi    a1, a1, 1023
        jalr    a0, -2046(a1)
        j       bad_path
1:      AT

        /* rd = rs1: the target is read before the link is written */
        la      a1, 1f
        la      a2, link4
        jalr    a1, 0(a1)
link4:  j       bad_path
1:      EQREG(a1, a2)
        la      ra, 1f
        jalr    ra, 0(ra)
        j       bad_path
1:      AT

        /* calls and returns, nested and recursive: the return stack's food */
        li      a0, 20
        call    sum_down
        EQ(a0, 210)
        li      a0, 15
        call    fib
        EQ(a0, 610)
        /* a return to somewhere else than the call came from */
        la      a1, 1f
        call    return_to_a1
        j       bad_path
1:      AT
        /* alternative link register t0, and co-routine jumps through both */
        jal     t0, through_t0
        EQ(a0, 77)
        la      t0, 2f
        jalr    ra, 0(t0)
        j       3f
2:      jalr    t0, 0(ra)
        j       bad_path
3:      AT

        /* the farthest branch forward and backward */
        beq     x0, x0, far_target
far_back:
        j       4f
        .skip   4090 - 8
far_target:
        beq     x0, x0, far_back
4:      AT
        .option pop
        GUEST_END

sum_down:
        beqz    a0, 1f
        addi    sp, sp, -16
        sd      ra, 0(sp)
        sd      a0, 8(sp)
        addi    a0, a0, -1
        call    sum_down
        ld      a1, 8(sp)
        add     a0, a0, a1
        ld      ra, 0(sp)
        addi    sp, sp, 16
1:      ret

fib:
        li      t0, 2
        blt     a0, t0, 1f
        addi    sp, sp, -32
        sd      ra, 0(sp)
        sd      s0, 8(sp)
        sd      s1, 16(sp)
        mv      s0, a0
        addi    a0, s0, -1
        call    fib
        mv      s1, a0
        addi    a0, s0, -2
        call    fib
        add     a0, a0, s1
        ld      ra, 0(sp)
        ld      s0, 8(sp)
        ld      s1, 16(sp)
        addi    sp, sp, 32
1:      ret

return_to_a1:
        mv      ra, a1
        ret
through_t0:
        li      a0, 77
        jr      t0

bad_path:
        li      t5, 0
        li      t6, 1
        j       fail_equal
