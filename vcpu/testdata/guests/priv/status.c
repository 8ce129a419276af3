/* mstatus.TVM, TW, TSR trap what they should; MPRV with MPP chooses the privilege of loads and stores. */
#include "rt.h"

static u64 word = 0x1122334455667788;

static void virtual_memory(void)
{
    CLEAR(mstatus, TVM);
    PASSES(S, "csrr a0, satp\n csrw satp, zero\n sfence.vma\n sfence.vma a0, a1", 0, 0);
    PASSES(S, ".word 0x16000073\n .word 0x18000073\n .word 0x18100073", 0, 0);  /* sinval.vma, sfence.w.inval, sfence.inval.ir */
    FAULTS(ILLEGAL, U, ".word 0x16000073", 0, 0);
    FAULTS(ILLEGAL, U, ".word 0x18000073", 0, 0);
    FAULTS(ILLEGAL, U, ".word 0x18100073", 0, 0);
    SET(mstatus, TVM);
    FAULTS(ILLEGAL, S, "csrr a0, satp", 0, 0);
    FAULTS(ILLEGAL, S, "csrw satp, zero", 0, 0);
    FAULTS(ILLEGAL, S, "sfence.vma", 0, 0);
    FAULTS(ILLEGAL, S, "sfence.vma a0, a1", 0, 0);
    FAULTS(ILLEGAL, S, ".word 0x16000073", 0, 0);
    PASSES(S, ".word 0x18000073\n .word 0x18100073", 0, 0);
    PASSES(M, "csrr a0, satp\n sfence.vma", 0, 0);
    CLEAR(mstatus, TVM);
}

static void returns(void)
{
    SET(mstatus, TSR);
    FAULTS(ILLEGAL, S, "sret", 0, 0);
    RUN(M, "la t0, 1f\n csrw sepc, t0\n csrs mstatus, a0\n sret\n nop\n 1: nop\n ecall", SPP, 0);
    CHECK(T.cause, ECALL_S);
    CLEAR(mstatus, TSR);
}

static void waiting(void)
{
    SET(mstatus, TW);
    FAULTS(ILLEGAL, S, "wfi", 0, 0);
    FAULTS(ILLEGAL, U, "wfi", 0, 0);
    /* in M it means nothing: an interrupt that is pending and enabled ends the wait at once */
    WRITE(mie, 1 << SSI);
    SET(mip, 1 << SSI);
    PASSES(M, "csrc mstatus, a0\n wfi", MIE, 0);
    CLEAR(mstatus, TW);
    CLEAR(mstatus, SIE);
    WRITE(mideleg, 1 << SSI);
    PASSES(S, "wfi", 0, 0);
    WRITE(mideleg, 0);
    CLEAR(mip, 1 << SSI);
    WRITE(mie, 0);
}

static void modify_privilege(void)
{
    /* Bare translation: only PMP tells the modes apart. Take everything from S and U. */
    u64 old = READ(pmpcfg0);
    WRITE(pmpcfg0, 0x18);
    PASSES(M, "csrs mstatus, a1\n ld a0, 0(a0)\n csrc mstatus, a1", &word, MPP_IS(M) | MPRV);
    CHECK(A0, word);
#define AS(code) "li t0, 3 << 11\n csrc mstatus, t0\n csrs mstatus, a1\n " code
    for (enum mode m = U; m <= S; m++) {
        FAULTS(LOAD_ACCESS, M, AS("ld a0, 0(a0)"), &word, MPP_IS(m) | MPRV);
        CHECK(T.tval, (u64)&word);
        FAULTS(STORE_ACCESS, M, AS("sd zero, 0(a0)"), &word, MPP_IS(m) | MPRV);
        CHECK(T.tval, (u64)&word);
        FAULTS(STORE_ACCESS, M, AS("amoadd.d a0, a0, (a0)"), &word, MPP_IS(m) | MPRV);
        FAULTS(LOAD_ACCESS, M, AS("lr.d a0, (a0)"), &word, MPP_IS(m) | MPRV);
        /* MPP alone does nothing */
        CLEAR(mstatus, MPRV);
        PASSES(M, AS("ld a0, 0(a0)"), &word, MPP_IS(m));
        CHECK(A0, word);
    }
    CHECK(word, 0x1122334455667788);
    /* instruction fetch is not touched by MPRV: the nop after it runs, and so does the trap */
    FAULTS(BREAKPOINT, M, AS("nop\n ebreak"), 0, MPP_IS(U) | MPRV);
    CLEAR(mstatus, MPRV);
    WRITE(pmpcfg0, old);
    PASSES(S, "ld a0, 0(a0)", &word, 0);
    CHECK(A0, word);
}

void test(void)
{
    virtual_memory();
    returns();
    waiting();
    modify_privilege();
}
