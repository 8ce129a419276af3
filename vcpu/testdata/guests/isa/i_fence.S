/* Fences in every form, and fence.i after a program has changed its own code (TRAPS 9, one hart). */
#include "guest.h"

        GUEST_BEGIN

        AT
        fence
        fence   rw, rw
        fence   r, r
        fence   w, w
        fence   r, rw
        fence   rw, w
        fence   w, r
        fence   i, o
        fence   o, i
        fence   iorw, iorw
        fence.tso
        .word   0x0000000f              /* fence 0, 0 */
        .word   0x1230000f              /* reserved fm: an ordinary fence */
        .word   0x0ff5878f              /* rd and rs1 set: ignored */
        .word   0xfff5978f              /* fence.i with reserved fields set: ignored */
        fence.i

        /* one instruction replaced, run before and after */
        la      s0, patch1
        call    patch1
        EQ(a0, 1)
        la      t0, template2
        lw      t1, 0(t0)
        sw      t1, 0(s0)
        fence.i
        call    patch1
        EQ(a0, 2)

        /* a hot function changed many times: every change must be seen */
        li      s1, 100
1:      slli    t1, s1, 20
        li      t2, 0x513               /* addi a0, x0, imm */
        or      t1, t1, t2
        sw      t1, 0(s0)
        fence.i
        li      s2, 60
2:      call    patch1
        addi    s2, s2, -1
        bnez    s2, 2b
        EQREG(a0, s1)
        addi    s1, s1, -1
        bnez    s1, 1b

        /* changed half by half, and byte by byte */
        li      t1, 0x0513
        sh      t1, 0(s0)
        li      t1, 0x1230
        sh      t1, 2(s0)
        fence.i
        call    patch1
        EQ(a0, 0x123)
        li      t1, 0x45
        sb      t1, 3(s0)
        fence.i
        call    patch1
        EQ(a0, 0x453)

        /* the store is in the block that it changes, ahead of itself */
        .option push
        .option norvc
        la      t0, template2
        lw      t1, 0(t0)
        la      t2, patch2
        sw      t1, 0(t2)
        fence.i
patch2: li      a0, 1
        EQ(a0, 2)

        /* code behind the store is changed and run by a backward jump */
        li      s1, 0
        la      t2, patch3
        la      t0, template2
        lw      t1, 0(t0)
patch3: li      a0, 1
        bnez    s1, 3f
        EQ(a0, 1)
        li      s1, 1
        sw      t1, 0(t2)
        fence.i
        j       patch3
3:      EQ(a0, 2)

        /* an instruction that changes length: one 4-byte into two 2-byte ones */
        la      t2, patch4
        li      t1, 0x05054505          /* c.li a0, 1; c.addi a0, 1 */
        call    patch4
        EQ(a0, 9)
        sw      t1, 0(t2)
        fence.i
        call    patch4
        EQ(a0, 2)

        /* code copied into fresh memory */
        la      t0, template_fn
        la      t1, code_buffer
        ld      t2, 0(t0)
        sd      t2, 0(t1)
        fence.i
        li      a0, 4
        jalr    ra, 0(t1)
        EQ(a0, 9)
        .option pop

        GUEST_END

        .option push
        .option norvc
        .balign 8
patch1: li      a0, 1
        ret
        .balign 4
patch4: li      a0, 9
        ret
        .balign 8
template2:
        li      a0, 2
        .balign 8
template_fn:
        addi    a0, a0, 5
        ret
        .option pop
        .bss
        .balign 8
code_buffer:
        .skip   16
