/* Exceptions: causes, mepc, mtval, delegation to S, and what mret and sret do to the status. */
#include "rt.h"

static void calls_and_breakpoints(void)
{
    static const u64 cause_of[] = { [U] = ECALL_U, [S] = ECALL_S, [M] = ECALL_M };
    for (int m = 0; m < 4; m++) {
        if (m == 2)
            continue;
        u64 at = RUN(m, "nop\n ecall", 0, 0);
        CHECK(T.cause, cause_of[m]);
        CHECK(T.epc, at + 4);
        CHECK(T.tval, 0);
        CHECK(T.status & MPP, MPP_IS(m));
        CHECK(T.status & MIE, 0);
        at = RUN(m, "nop\n nop\n ebreak", 0, 0);
        CHECK(T.cause, BREAKPOINT);
        CHECK(T.epc, at + 8);
        TRUE(T.tval == 0 || T.tval == T.epc);
        at = RUN(m, ".option push\n .option rvc\n c.nop\n c.ebreak\n .option pop\n .balign 4", 0, 0);
        CHECK(T.cause, BREAKPOINT);
        CHECK(T.epc, at + 2);
    }
}

static void illegal_instructions(void)
{
    for (int m = 0; m < 4; m++) {
        if (m == 2)
            continue;
        u64 at = RUN(m, "nop\n .word 0xffffffff", 0, 0);
        CHECK(T.cause, ILLEGAL);
        CHECK(T.epc, at + 4);
        CHECK(T.tval, 0xffffffff);
        at = RUN(m, ".word 0x0000", 0, 0);
        CHECK(T.cause, ILLEGAL);
        CHECK(T.tval, 0);
        at = RUN(m, ".option push\n .option rvc\n c.nop\n .half 0x8002\n .option pop\n .balign 4", 0, 0);
        CHECK(T.cause, ILLEGAL);
        CHECK(T.epc, at + 2);
        CHECK(T.tval, 0x8002);
    }
    /* major opcodes of extensions that are not there */
    FAULTS(ILLEGAL, M, ".word 0x0000700b", 0, 0);       /* custom-0 that means nothing */
    FAULTS(ILLEGAL, M, ".word 0x02000057", 0, 0);       /* V */
    FAULTS(ILLEGAL, M, ".word 0x0000005b", 0, 0);       /* custom-2 */
    FAULTS(ILLEGAL, M, ".word 0x00003057 | 7 << 12", 0, 0);
    FAULTS(ILLEGAL, M, ".word 0x0000306b", 0, 0);       /* reserved */
    FAULTS(ILLEGAL, M, ".word 0x0000001f", 0, 0);       /* longer than 32 bits */
    FAULTS(ILLEGAL, M, ".word 0x00007003", 0, 0);       /* a load of width 7 */
    FAULTS(ILLEGAL, M, ".word 0x00004023", 0, 0);       /* a store of width 4 */
    FAULTS(ILLEGAL, M, ".word 0x00002063", 0, 0);       /* a branch of kind 2 */
    FAULTS(ILLEGAL, M, ".word 0x7b200073", 0, 0);       /* dret */
    FAULTS(ILLEGAL, M, ".word 0x00200073", 0, 0);       /* uret */
    FAULTS(ILLEGAL, M, ".word 0x30200173", 0, 0);       /* mret with rd set */
    FAULTS(ILLEGAL, M, ".word 0x00004073", 0, 0);       /* SYSTEM, funct3 4 */
    FAULTS(ILLEGAL, S, "mret", 0, 0);
    FAULTS(ILLEGAL, U, "mret", 0, 0);
    FAULTS(ILLEGAL, U, "sret", 0, 0);
    FAULTS(ILLEGAL, U, "sfence.vma", 0, 0);
}

/* A delegated exception ends in the S handler, whose own ecall then reports to us. */
#define TO_S(why, mode, code, a, b) ({ u64 n_ = seen_by_s.count; u64 at2_ = RUN(mode, code, a, b); \
    CHECK(T.cause, ECALL_S); CHECK(seen_by_s.count, n_ + 1); CHECK(seen_by_s.cause, why); at2_; })

static void delegated(void)
{
    WRITE(stvec, s_trap);
    WRITE(medeleg, 1ul << ECALL_U | 1ul << ILLEGAL | 1ul << BREAKPOINT | 1ul << LOAD_ACCESS | 1ul << LOAD_MISALIGNED |
                   1ul << FETCH_ACCESS | 1ul << STORE_ACCESS | 1ul << STORE_MISALIGNED);
    u64 at = TO_S(ECALL_U, U, "nop\n ecall", 0, 0);
    CHECK(seen_by_s.epc, at + 4);
    CHECK(seen_by_s.tval, 0);
    CHECK(seen_by_s.status & (SPP | SIE), 0);
    at = TO_S(ILLEGAL, U, ".word 0xffffffff", 0, 0);
    CHECK(seen_by_s.epc, at);
    CHECK(seen_by_s.tval, 0xffffffff);
    /* from S to S */
    SET(mstatus, SIE);
    at = TO_S(ILLEGAL, S, "nop\n csrr a0, mstatus", 0, 0);
    CHECK(seen_by_s.epc, at + 4);
    CHECK(seen_by_s.tval, 0x30002573);
    CHECK(seen_by_s.status & (SPP | SIE | SPIE), SPP | SPIE);
    CLEAR(mstatus, SIE);
    TO_S(BREAKPOINT, S, "ebreak", 0, 0);
    CHECK(seen_by_s.status & (SPP | SIE | SPIE), SPP);
    TO_S(LOAD_ACCESS, U, "ld a0, 0(a0)", 0x48, 0);
    CHECK(seen_by_s.tval, 0x48);
    TO_S(STORE_ACCESS, S, "sw a0, 4(a0)", 0x48, 0);
    CHECK(seen_by_s.tval, 0x4c);
    TO_S(STORE_MISALIGNED, U, "amoadd.w a0, a0, (a1)", 0, 0x80000001);
    CHECK(seen_by_s.tval, 0x80000001);
    TO_S(FETCH_ACCESS, U, "jr a0", 0x48, 0);
    CHECK(seen_by_s.epc, 0x48);
    CHECK(seen_by_s.tval, 0x48);
    /* S's own ecall is not delegated here, and nothing from M mode ever is */
    FAULTS(ECALL_S, S, "ecall", 0, 0);
    u64 n = seen_by_s.count;
    FAULTS(ILLEGAL, M, ".word 0xffffffff", 0, 0);
    CHECK(T.status & MPP, MPP_IS(M));
    FAULTS(LOAD_ACCESS, M, "ld a0, 0(a0)", 0x48, 0);
    CHECK(seen_by_s.count, n);
    /* vectored stvec: exceptions still go to the base */
    WRITE(stvec, (u64)s_trap | 1);
    TO_S(ILLEGAL, U, ".word 0xffffffff", 0, 0);
    WRITE(stvec, s_trap);
    WRITE(medeleg, 0);
    FAULTS(ILLEGAL, U, ".word 0xffffffff", 0, 0);
    CHECK(seen_by_s.count, n + 1);
}

static void returns(void)
{
    u64 clean = READ(mstatus) & ~(MIE | SIE | MPIE | SPIE | SPP | MPP | MPRV);

    /* mret: MIE takes MPIE, MPIE becomes 1, MPP the least mode, MPRV 0 unless the new mode is M.
       What the trap at the end sees of MIE is in MPIE. */
    WRITE(mstatus, clean | MPIE | MPRV | MPP_IS(M));
    PASSES(S, "", 0, 0);
    CHECK(T.status & MPIE, MPIE);
    CHECK(T.status & MPRV, 0);
    WRITE(mstatus, clean | MPRV | MPP_IS(M));
    PASSES(U, "", 0, 0);
    CHECK(T.status & (MPIE | MPRV), 0);
    WRITE(mstatus, clean | MPRV | MPP_IS(M));
    PASSES(M, "csrr a0, mstatus", 0, 0);
    CHECK(A0 & (MPIE | MIE | MPRV | MPP), MPIE | MPRV);
    WRITE(mstatus, clean | MPIE);
    PASSES(M, "csrr a0, mstatus", 0, 0);
    CHECK(A0 & (MPIE | MIE | MPRV | MPP), MPIE | MIE);

    /* sret in S: SIE takes SPIE, SPIE becomes 1, SPP 0 */
    WRITE(mstatus, clean);
    PASSES(S, "la t0, 1f\n csrw sepc, t0\n csrs sstatus, a0\n csrc sstatus, a1\n sret\n nop\n 1: csrr a0, sstatus",
           SPP | SPIE, SIE);
    CHECK(A0 & (SPP | SPIE | SIE), SPIE | SIE);
    PASSES(S, "la t0, 1f\n csrw sepc, t0\n csrs sstatus, a0\n csrc sstatus, a1\n sret\n nop\n 1: csrr a0, sstatus",
           SPP | SIE, SPIE);
    CHECK(A0 & (SPP | SPIE | SIE), SPIE);
    /* to U: sstatus is out of reach there */
    RUN(S, "la t0, 1f\n csrw sepc, t0\n csrc sstatus, a0\n sret\n nop\n 1: nop\n ecall", SPP, 0);
    CHECK(T.cause, ECALL_U);
    RUN(S, "la t0, 1f\n csrw sepc, t0\n csrc sstatus, a0\n sret\n nop\n 1: csrr a0, sstatus\n ecall", SPP, 0);
    CHECK(T.cause, ILLEGAL);
    /* sret in M mode clears MPRV as well, and goes by SPP */
    WRITE(mstatus, clean);
    RUN(M, "la t0, 1f\n csrw sepc, t0\n csrs mstatus, a0\n sret\n nop\n 1: nop\n ecall", SPP | MPRV, 0);
    CHECK(T.cause, ECALL_S);
    CHECK(T.status & MPRV, 0);
    /* mepc and sepc: bit 0 is never part of the address */
    PASSES(M, "la t0, 1f\n addi t0, t0, 1\n csrw mepc, t0\n csrs mstatus, a0\n mret\n ebreak\n 1: li a0, 5", MPP, 0);
    CHECK(A0, 5);
    WRITE(mstatus, clean);
}

void test(void)
{
    calls_and_breakpoints();
    illegal_instructions();
    delegated();
    returns();
}
