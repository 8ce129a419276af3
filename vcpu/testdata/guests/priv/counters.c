/*
 * Counters: minstret exact over known sequences, traps and writes (TRAPS 24),
 * mcountinhibit, and the gates mcounteren and scounteren.
 */
#include "rt.h"

/* Instructions counted from one read to the next: the first read itself and those between. */
#define COUNTS(n, code, a, b) do { \
    PASSES(M, "csrr t6, minstret\n" code "\n csrr t5, minstret\n sub a0, t5, t6", a, b); CHECK(A0, 1 + (n)); } while (0)

static u64 cell[4];

static void exact(void)
{
    COUNTS(0, "", 0, 0);
    COUNTS(1, "nop", 0, 0);
    COUNTS(7, "nop\n nop\n nop\n nop\n nop\n nop\n nop", 0, 0);
    COUNTS(3, ".option push\n .option rvc\n c.nop\n c.nop\n c.nop\n .option pop", 0, 0);
    COUNTS(2, "j 1f\n nop\n 1: nop", 0, 0);
    COUNTS(2, "beq zero, zero, 1f\n nop\n 1: nop", 0, 0);
    COUNTS(3, "bne zero, zero, 1f\n nop\n 1: nop", 0, 0);
    COUNTS(4, "ld t0, 0(a0)\n sd t0, 8(a0)\n amoadd.d t0, t0, (a0)\n fence", cell, 0);
    COUNTS(3, "lr.d t0, (a0)\n sc.d t0, t0, (a0)\n sc.d t0, t0, (a0)", cell, 0);
    COUNTS(4, "mul t0, a0, a0\n div t0, a0, zero\n fence.i\n csrr t0, mscratch", 7, 0);
    COUNTS(4, "fmv.d.x ft0, zero\n fadd.d ft0, ft0, ft0\n fdiv.d ft0, ft0, ft0\n csrw fcsr, zero", 0, 0);
    COUNTS(2 + 2 * 1000, "li t0, 1000\n 1: addi t0, t0, -1\n bnez t0, 1b\n nop", 0, 0);
    /* long enough for every tier of translation, then once more */
    for (int i = 0; i < 3; i++)
        COUNTS(1 + 3 * 100000, "mv t0, a0\n 1: addi t0, t0, -1\n xor t1, t1, t0\n bnez t0, 1b", 100000, 0);
    /* calls and returns */
    COUNTS(2 + 5 * 1000, "mv t0, a0\n 1: jal t1, 2f\n addi t0, t0, -1\n bnez t0, 1b\n j 3f\n"
                         "2: nop\n jr t1\n 3:", 1000, 0);
}

/* The exceptions below do not retire; the handler's first instruction reads the counter. */
#define ACROSS(n, code, a, b) do { \
    PASSES(M, "la t1, 1f\n csrrw t2, mtvec, t1\n csrr t6, minstret\n" code "\n .balign 4\n 1: csrr t5, minstret\n" \
              "csrw mtvec, t2\n sub a0, t5, t6", a, b); CHECK(A0, 1 + (n)); } while (0)

static void across_traps(void)
{
    ACROSS(0, "ecall\n nop", 0, 0);
    ACROSS(0, "ebreak\n nop", 0, 0);
    ACROSS(2, "nop\n nop\n ecall\n nop", 0, 0);
    ACROSS(1, "nop\n .word 0xffffffff\n nop", 0, 0);
    ACROSS(1, "nop\n ld t0, 0(a0)\n nop", 0x40, 0);
    ACROSS(1, "nop\n lr.d t0, (a0)\n nop", (u64)cell + 1, 0);
    ACROSS(2, "nop\n jr a0\n nop", 0x40, 0);
    ACROSS(301, "li t0, 100\n 7: addi t0, t0, -1\n nop\n bnez t0, 7b\n ecall\n nop", 0, 0);
}

static void written(void)
{
    /* A write beats the count of the writing instruction. */
    PASSES(M, "csrw minstret, a0\n csrr a0, minstret", 1000, 0);
    CHECK(A0, 1000);
    PASSES(M, "csrw minstret, a0\n nop\n nop\n csrr a0, minstret", 1000, 0);
    CHECK(A0, 1002);
    PASSES(M, "csrw minstret, a0\n nop\n csrr a0, minstret", ~0ul, 0);
    CHECK(A0, 0);
    PASSES(M, "csrw minstret, a0\n csrrs a0, minstret, zero\n csrr a1, minstret", 5, 0);
    CHECK(A0, 5);
    CHECK(T.x[11], 6);
    PASSES(M, "csrw mcycle, a0\n csrr a0, mcycle", 1ul << 40, 0);
    TRUE(A0 >= 1ul << 40);
    TRUE(A0 < (1ul << 40) + 1000000);
    WRITE(mcycle, 0);
    WRITE(minstret, 0);
}

static void inhibited(void)
{
    enum { CY = 1, IR = 4 };
    CHECK(AFTER(mcountinhibit, ~0ul) & 7, CY | IR);     /* time cannot be stopped */
    PASSES(M, "csrr t0, minstret\n nop\n nop\n csrr t1, minstret\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 0);
    PASSES(M, "csrr t0, mcycle\n nop\n nop\n csrr t1, mcycle\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 0);
    PASSES(M, "csrw minstret, a0\n nop\n csrr a0, minstret", 77, 0);
    CHECK(A0, 77);
    PASSES(M, "csrr t6, minstret\n li t0, 500\n 1: addi t0, t0, -1\n bnez t0, 1b\n csrr t5, minstret\n sub a0, t5, t6", 0, 0);
    CHECK(A0, 0);
    WRITE(mcountinhibit, IR);
    PASSES(M, "csrr t0, minstret\n nop\n csrr t1, minstret\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 0);
    WRITE(mcountinhibit, 0);
    COUNTS(2, "nop\n nop", 0, 0);
    CHECK(READ(mcountinhibit), 0);
}

static void views(void)
{
    PASSES(M, "csrr t0, minstret\n csrr t1, instret\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 1);
    PASSES(M, "csrr t0, mcycle\n csrr t1, cycle\n sltu a0, t1, t0", 0, 0);
    CHECK(A0, 0);
    /* time is the CLINT's mtime */
    for (int i = 0; i < 100; i++) {
        u64 before = CLINT_MTIME, now = READ(time), after = CLINT_MTIME;
        TRUE(before <= now);
        TRUE(now <= after);
    }
    u64 c = READ(mcycle), t = READ(time);
    while (READ(time) - t < 1000)
        ;
    TRUE(READ(mcycle) > c);
    /* the event counters are there, whatever they count */
    PASSES(M, "csrr a0, mhpmcounter3\n csrr a0, mhpmcounter31\n csrr a0, mhpmevent3\n csrr a0, hpmcounter3", 0, 0);
    PASSES(M, "csrw mhpmcounter3, zero\n csrw mhpmevent31, zero", 0, 0);
}

#define READS(mode, csr, allowed) do { RUN(mode, "csrr a0, " #csr, 0, 0); \
    CHECK(T.cause, (allowed) ? ECALL_OF(mode) : ILLEGAL); } while (0)

static void gates(void)
{
    for (u64 m = 0; m < 8; m++)
        for (u64 s = 0; s < 8; s++) {
            WRITE(mcounteren, m);
            WRITE(scounteren, s);
            CHECK(READ(mcounteren) & 7, m);
            CHECK(READ(scounteren) & 7, s);
            READS(S, cycle, m & 1);
            READS(S, time, m & 2);
            READS(S, instret, m & 4);
            READS(U, cycle, m & s & 1);
            READS(U, time, m & s & 2);
            READS(U, instret, m & s & 4);
        }
    READS(S, hpmcounter3, 0);
    READS(U, hpmcounter31, 0);
    READS(M, cycle, 1);
    /* exact below M mode as well, and across a return to it */
    WRITE(mcounteren, 7);
    WRITE(scounteren, 7);
    PASSES(U, "rdinstret t0\n nop\n nop\n nop\n rdinstret t1\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 4);
    PASSES(S, "rdinstret t0\n nop\n rdinstret t1\n sub a0, t1, t0", 0, 0);
    CHECK(A0, 2);
    PASSES(M, "la t0, 1f\n csrw mepc, t0\n csrs mstatus, a0\n rdinstret t5\n mret\n 1: rdinstret t6\n sub a0, t6, t5", MPP, 0);
    CHECK(A0, 2);
}

void test(void)
{
    exact();
    across_traps();
    written();
    inhibited();
    views();
    gates();
}
