/*
 * Interrupts of one hart: CLINT software and timer interrupts, Sstc, priorities,
 * delegation and the views through it, vectored mode, WFI (TRAPS 22, 23, 25).
 */
#include "rt.h"

#define BIT(n) (1ul << (n))
#define NEVER  (~0ul)

/* The probe switches MIE on and must not get past the next instruction. */
#define TAKEN(line) do { u64 at_ = RUN(M, "csrsi mstatus, 8\n nop\n nop", 0, 0); \
    CHECK(T.cause, INTERRUPT(line)); CHECK(T.epc, at_ + 4); } while (0)

static void quiet(void)
{
    WRITE(mie, 0);
    WRITE(mideleg, 0);
    WRITE(mip, 0);
    CLEAR(mstatus, MIE | SIE | MPIE | SPIE);
    CLINT_MSIP(0) = 0;
    CLINT_MTIMECMP(0) = NEVER;
}

static void software(void)
{
    quiet();
    CHECK(READ(mip) & BIT(MSI), 0);
    CHECK(CLINT_MSIP(0), 0);
    CLINT_MSIP(0) = 1;
    CHECK(CLINT_MSIP(0), 1);
    CHECK(READ(mip) & BIT(MSI), BIT(MSI));
    /* msip has one bit, and mip.MSIP is read-only */
    CLINT_MSIP(0) = 0xfffffffe;
    CHECK(CLINT_MSIP(0), 0);
    CHECK(READ(mip) & BIT(MSI), 0);
    SET(mip, BIT(MSI) | BIT(MTI) | BIT(MEI));
    CHECK(READ(mip) & (BIT(MSI) | BIT(MTI) | BIT(MEI)), 0);
    CLINT_MSIP(0) = 1;
    WRITE(mip, 0);
    CHECK(READ(mip) & BIT(MSI), BIT(MSI));

    /* pending but not enabled, enabled but MIE = 0: not taken in M */
    PASSES(M, "csrsi mstatus, 8\n nop", 0, 0);
    CLEAR(mstatus, MIE | MPIE);
    WRITE(mie, BIT(MSI));
    PASSES(M, "nop", 0, 0);
    /* taken: mstatus at the trap */
    CLEAR(mstatus, MPIE);
    TAKEN(MSI);
    CHECK(T.status & (MIE | MPIE | MPP), MPIE | MPP_IS(M));
    /* enabling it in mie, with MIE on, takes it at once as well */
    WRITE(mie, 0);
    u64 at = RUN(M, "csrsi mstatus, 8\n csrw mie, a0\n nop\n nop", BIT(MSI), 0);
    CHECK(T.cause, INTERRUPT(MSI));
    CHECK(T.epc, at + 8);
    /* lower modes: MIE does not matter, and mret itself leads into it */
    WRITE(mie, BIT(MSI));
    CLEAR(mstatus, MIE | MPIE);
    for (enum mode m = U; m <= S; m++) {
        at = RUN(m, "nop", 0, 0);
        CHECK(T.cause, INTERRUPT(MSI));
        CHECK(T.epc, at);
        CHECK(T.status & MPP, MPP_IS(m));
    }
    SET(mstatus, MPIE);
    at = RUN(M, "nop", 0, 0);
    CHECK(T.cause, INTERRUPT(MSI));
    CHECK(T.epc, at);
    /* an interrupt that the hart raises itself arrives although nothing but the store happens */
    quiet();
    WRITE(mie, BIT(MSI));
    RUN(M, "csrsi mstatus, 8\n sw a1, 0(a0)\n 1: j 1b", 0x02000000, 1);
    CHECK(T.cause, INTERRUPT(MSI));
    quiet();
}

static void machine_timer(void)
{
    quiet();
    CHECK(CLINT_MTIMECMP(0), NEVER);
    CHECK(READ(mip) & BIT(MTI), 0);
    /* a level: it follows the comparison with every write */
    for (int i = 0; i < 3; i++) {
        CLINT_MTIMECMP(0) = 0;
        CHECK(READ(mip) & BIT(MTI), BIT(MTI));
        CLINT_MTIMECMP(0) = NEVER;
        CHECK(READ(mip) & BIT(MTI), 0);
        CLINT_MTIMECMP(0) = CLINT_MTIME;
        CHECK(READ(mip) & BIT(MTI), BIT(MTI));
        CLINT_MTIMECMP(0) = CLINT_MTIME + 10000000;
        CHECK(READ(mip) & BIT(MTI), 0);
    }
    /* by itself when the time comes, and not before */
    u64 when = CLINT_MTIME + 5000;
    CLINT_MTIMECMP(0) = when;
    while (!(READ(mip) & BIT(MTI)))
        ;
    TRUE(CLINT_MTIME >= when);
    CHECK(READ(mip) & BIT(MTI), BIT(MTI));
    /* a hart that does nothing but loop is interrupted, in every mode */
    for (enum mode m = U; m <= M; m++) {
        if (m == 2)
            continue;
        quiet();
        WRITE(mie, BIT(MTI));
        SET(mstatus, MPIE);
        when = CLINT_MTIME + 3000;
        CLINT_MTIMECMP(0) = when;
        RUN(m, "1: addi a0, a0, 1\n j 1b", 0, 0);
        CHECK(T.cause, INTERRUPT(MTI));
        TRUE(CLINT_MTIME >= when);
    }
    /* re-arming in the "handler" drops it: the next return is not interrupted again */
    CLINT_MTIMECMP(0) = CLINT_MTIME + 1000000000;
    SET(mstatus, MPIE);
    PASSES(M, "nop", 0, 0);
    /* halves written one by one, as a 32-bit program does */
    volatile u32 *half = (volatile u32 *)0x02004000;
    half[1] = 0xffffffff;
    half[0] = 0;
    CHECK(READ(mip) & BIT(MTI), 0);
    half[1] = 0;
    CHECK(READ(mip) & BIT(MTI), BIT(MTI));
    CHECK(CLINT_MTIMECMP(0), 0);
    quiet();
}

static void supervisor_timer(void)
{
    enum { TM = 2 };
    quiet();
    WRITE(mcounteren, TM);
    WRITE(menvcfg, 0);
    FAULTS(ILLEGAL, S, "csrr a0, stimecmp", 0, 0);
    PASSES(M, "csrw stimecmp, a0\n csrr a0, stimecmp", 123456, 0);
    CHECK(A0, 123456);
    /* without Sstc mip.STIP is M's to write */
    SET(mip, BIT(STI));
    CHECK(READ(mip) & BIT(STI), BIT(STI));
    CLEAR(mip, BIT(STI));
    CHECK(READ(mip) & BIT(STI), 0);

    SET(menvcfg, 1ul << 63);
    FAULTS(ILLEGAL, U, "csrr a0, stimecmp", 0, 0);
    WRITE(mcounteren, 0);
    FAULTS(ILLEGAL, S, "csrr a0, stimecmp", 0, 0);
    WRITE(mcounteren, TM);
    PASSES(S, "csrw stimecmp, a0\n csrr a0, stimecmp", NEVER, 0);
    CHECK(A0, NEVER);
    CHECK(READ(mip) & BIT(STI), 0);
    SET(mip, BIT(STI));
    CHECK(READ(mip) & BIT(STI), 0);
    for (int i = 0; i < 3; i++) {
        PASSES(S, "csrw stimecmp, zero", 0, 0);
        CHECK(READ(mip) & BIT(STI), BIT(STI));
        CLEAR(mip, BIT(STI));
        CHECK(READ(mip) & BIT(STI), BIT(STI));
        PASSES(S, "csrw stimecmp, a0", NEVER, 0);
        CHECK(READ(mip) & BIT(STI), 0);
    }
    u64 when = READ(time) + 5000;
    WRITE(stimecmp, when);
    while (!(READ(mip) & BIT(STI)))
        ;
    TRUE(READ(time) >= when);
    /* not delegated: M takes it with cause 5; delegated: S does */
    WRITE(mie, BIT(STI));
    TAKEN(STI);
    CLEAR(mstatus, MIE | MPIE);
    WRITE(mideleg, BIT(STI));
    WRITE(stvec, s_trap);
    RUN(U, "nop", 0, 0);
    CHECK(T.cause, ECALL_S);
    CHECK(seen_by_s.cause, INTERRUPT(STI));
    PASSES(M, "csrsi mstatus, 8\n nop", 0, 0);      /* never down from M */
    CLEAR(mstatus, MIE | MPIE);
    WRITE(stimecmp, NEVER);
    PASSES(U, "nop", 0, 0);
    WRITE(menvcfg, 0);
    quiet();
}

/* Everything that software can make pending at once, most urgent first. */
static void priorities(void)
{
    static const u8 order[] = { MSI, MTI, SEI, SSI, STI };
    quiet();
    CLINT_MSIP(0) = 1;
    CLINT_MTIMECMP(0) = 0;
    SET(mip, BIT(SEI) | BIT(SSI) | BIT(STI));
    u64 enabled = 0;
    for (unsigned i = 0; i < sizeof order; i++)
        enabled |= BIT(order[i]);
    CHECK(READ(mip) & enabled, enabled);
    for (unsigned i = 0; i < sizeof order; i++) {
        WRITE(mie, enabled);
        CLEAR(mstatus, MIE | MPIE);
        TAKEN(order[i]);
        enabled &= ~BIT(order[i]);
    }
    /* a delegated one waits while any M-level one is there, however low its number */
    WRITE(mideleg, BIT(SEI) | BIT(SSI));
    WRITE(stvec, s_trap);
    WRITE(mie, BIT(SEI) | BIT(SSI) | BIT(STI));
    CLEAR(mstatus, MPIE | MIE);
    RUN(U, "nop", 0, 0);
    CHECK(T.cause, INTERRUPT(STI));
    WRITE(mie, BIT(SEI) | BIT(SSI));
    RUN(U, "nop", 0, 0);
    CHECK(T.cause, ECALL_S);
    CHECK(seen_by_s.cause, INTERRUPT(SEI));
    WRITE(mie, BIT(SSI));
    RUN(U, "nop", 0, 0);
    CHECK(seen_by_s.cause, INTERRUPT(SSI));
    quiet();
}

static void without_delegation(void)
{
    quiet();
    /* not delegated: S sees and changes nothing through sip and sie */
    SET(mip, BIT(SSI) | BIT(SEI));
    PASSES(S, "csrr a0, sip\n csrw sip, zero", 0, 0);
    CHECK(A0, 0);
    CHECK(READ(mip) & (BIT(SSI) | BIT(SEI)), BIT(SSI) | BIT(SEI));
    WRITE(mip, 0);
    WRITE(mie, BIT(SSI) | BIT(SEI) | BIT(MSI));
    PASSES(S, "csrr a0, sie\n csrw sie, zero", 0, 0);
    CHECK(A0, 0);
    CHECK(READ(mie), BIT(SSI) | BIT(SEI) | BIT(MSI));
}

static void views(void)
{
    quiet();
    WRITE(mideleg, BIT(SSI) | BIT(STI) | BIT(SEI));
    WRITE(mie, BIT(MSI));
    /* S writes sie: the three S bits of mie change and no others */
    PASSES(S, "csrw sie, a0\n csrr a0, sie", ~0ul, 0);
    CHECK(A0, BIT(SSI) | BIT(STI) | BIT(SEI));
    CHECK(READ(mie), BIT(MSI) | BIT(SSI) | BIT(STI) | BIT(SEI));
    PASSES(S, "csrw sie, zero", 0, 0);
    CHECK(READ(mie), BIT(MSI));
    /* S writes sip: SSIP alone */
    PASSES(S, "csrw sip, a0\n csrr a0, sip", ~0ul, 0);
    CHECK(A0, BIT(SSI));
    CHECK(READ(mip), BIT(SSI));
    PASSES(S, "csrw sip, zero\n csrr a0, sip", 0, 0);
    CHECK(A0, 0);
    SET(mip, BIT(STI) | BIT(SEI));
    PASSES(S, "csrw sip, zero\n csrr a0, sip", 0, 0);
    CHECK(A0, BIT(STI) | BIT(SEI));
    /* only the delegated part is seen */
    WRITE(mideleg, BIT(STI));
    PASSES(S, "csrr a0, sip", 0, 0);
    CHECK(A0, BIT(STI));

    /* taken in S when SIE is on, in U always, in M never */
    quiet();
    WRITE(mideleg, BIT(SSI));
    WRITE(mie, BIT(SSI));
    SET(mip, BIT(SSI));
    PASSES(S, "nop", 0, 0);
    PASSES(M, "csrsi mstatus, 8\n nop", 0, 0);
    CLEAR(mstatus, MIE | MPIE);
    u64 n = seen_by_s.count;
    u64 at = RUN(S, "csrsi sstatus, 2\n nop\n nop", 0, 0);
    CHECK(seen_by_s.count, n + 1);
    CHECK(seen_by_s.cause, INTERRUPT(SSI));
    CHECK(seen_by_s.epc, at + 4);
    CHECK(seen_by_s.tval, 0);
    CHECK(seen_by_s.status & (SPP | SPIE | SIE), SPP | SPIE);
    CLEAR(mstatus, SIE | SPIE);
    at = RUN(U, "nop", 0, 0);
    CHECK(seen_by_s.count, n + 2);
    CHECK(seen_by_s.epc, at);
    /* sret into SIE = 1 takes it on the way */
    RUN(S, "la t0, 1f\n csrw sepc, t0\n csrs sstatus, a0\n sret\n nop\n 1: nop\n", SPP | SPIE, 0);
    CHECK(seen_by_s.count, n + 3);
    quiet();
}

extern void vector_table(void), trap_entry(void);

static void vectored(void)
{
    quiet();
    WRITE(mtvec, (u64)vector_table | 1);
    CLINT_MSIP(0) = 1;
    WRITE(mie, BIT(MSI));
    TAKEN(MSI);
    CHECK(T.vector, MSI);
    CLINT_MSIP(0) = 0;
    CLINT_MTIMECMP(0) = 0;
    WRITE(mie, BIT(MTI));
    CLEAR(mstatus, MIE | MPIE);
    TAKEN(MTI);
    CHECK(T.vector, MTI);
    CLEAR(mstatus, MIE | MPIE);
    SET(mip, BIT(SEI));
    WRITE(mie, BIT(SEI));
    TAKEN(SEI);
    CHECK(T.vector, SEI);
    CLEAR(mstatus, MIE | MPIE);
    /* exceptions go to the base whatever their number */
    quiet();
    FAULTS(ILLEGAL, M, ".word 0xffffffff", 0, 0);
    CHECK(T.vector, 0);
    FAULTS(LOAD_ACCESS, S, "ld a0, 0(a0)", 0x48, 0);
    CHECK(T.vector, 0);
    WRITE(mtvec, trap_entry);
    quiet();
}

static void waiting(void)
{
    quiet();
    /* pending and enabled before: WFI returns at once, MIE = 0 */
    CLINT_MSIP(0) = 1;
    WRITE(mie, BIT(MSI));
    PASSES(M, "wfi\n wfi\n wfi", 0, 0);
    CLINT_MSIP(0) = 0;
    /* the timer ends it although no interrupt may be taken; many times, to meet every order of events */
    WRITE(mie, BIT(MTI));
    for (int i = 0; i < 200; i++) {
        u64 when = CLINT_MTIME + 10 * (u64)(i % 40);
        CLINT_MTIMECMP(0) = when;
        do
            __asm__ volatile("wfi");
        while (!(READ(mip) & BIT(MTI)));
        TRUE(CLINT_MTIME >= when);
    }
    /* with MIE = 1 the trap comes, and mepc is the instruction after WFI */
    CLINT_MTIMECMP(0) = CLINT_MTIME + 20000;
    CLEAR(mstatus, MPIE);
    u64 at = RUN(M, "csrsi mstatus, 8\n 1: wfi\n 2: j 1b", 0, 0);
    CHECK(T.cause, INTERRUPT(MTI));
    TRUE(T.epc == at + 4 || T.epc == at + 8);
    /* in S, by stimecmp, with SIE = 0 */
    quiet();
    SET(menvcfg, 1ul << 63);
    WRITE(mcounteren, 2);
    WRITE(mideleg, BIT(STI));
    WRITE(mie, BIT(STI));
    PASSES(S, "rdtime t0\n add t0, t0, a0\n csrw stimecmp, t0\n 1: wfi\n csrr t1, sip\n andi t1, t1, 32\n beqz t1, 1b", 20000, 0);
    WRITE(stimecmp, NEVER);
    WRITE(menvcfg, 0);
    quiet();
}

void test(void)
{
    software();
    machine_timer();
    supervisor_timer();
    priorities();
    without_delegation();
    views();
    vectored();
    waiting();
}
