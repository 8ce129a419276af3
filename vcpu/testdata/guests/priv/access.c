/* Physical addresses where nothing is: access faults with the right address, and nothing half done. */
#include "rt.h"

/* Below the first device and between the last device and RAM; and beyond every physical address. */
#define NOWHERE 0x00000048ul
#define BEYOND  (1ul << 56)

static void data(enum mode m)
{
    static const u64 where[] = { NOWHERE, 0x01000000, 0x7ffffff0, BEYOND, 1ul << 63 };
    for (unsigned i = 0; i < sizeof where / sizeof *where; i++) {
        u64 a = where[i];
        u64 at = RUN(m, "nop\n ld a0, 0(a0)", a, 0);
        CHECK(T.cause, LOAD_ACCESS);
        CHECK(T.tval, a);
        CHECK(T.epc, at + 4);
        CHECK(A0, a);                               /* the destination keeps its value */
        FAULTS(LOAD_ACCESS, m, "lbu a0, 3(a0)", a, 0);
        CHECK(T.tval, a + 3);
        FAULTS(LOAD_ACCESS, m, "lw a0, -4(a0)", a + 4, 0);
        CHECK(T.tval, a);
        FAULTS(LOAD_ACCESS, m, "fld fa0, 0(a0)", a, 0);
        CHECK(T.tval, a);
        FAULTS(LOAD_ACCESS, m, "lr.w a0, (a0)", a, 0);
        CHECK(T.tval, a);
        FAULTS(STORE_ACCESS, m, "sb a0, 1(a0)", a, 0);
        CHECK(T.tval, a + 1);
        FAULTS(STORE_ACCESS, m, "sd a0, 0(a0)", a, 0);
        CHECK(T.tval, a);
        FAULTS(STORE_ACCESS, m, "fsw fa0, 0(a0)", a, 0);
        CHECK(T.tval, a);
        FAULTS(STORE_ACCESS, m, "amoadd.d a1, a0, (a0)", a, 0x99);
        CHECK(T.tval, a);
        CHECK(T.x[11], 0x99);
    }
}

static void fetch(enum mode m)
{
    static const u64 where[] = { NOWHERE, 0x01000000, 0x7ffffff0, BEYOND };
    for (unsigned i = 0; i < sizeof where / sizeof *where; i++) {
        FAULTS(FETCH_ACCESS, m, "jr a0", where[i], 0);
        CHECK(T.epc, where[i]);
        CHECK(T.tval, where[i]);
        FAULTS(FETCH_ACCESS, m, "jalr ra, 2(a0)", where[i], 0);
        CHECK(T.epc, where[i] + 2);
        CHECK(T.tval, where[i] + 2);
    }
    /* C is there: no target is misaligned, and bit 0 is dropped */
    FAULTS(FETCH_ACCESS, m, "jalr ra, 1(a0)", NOWHERE, 0);
    CHECK(T.epc, NOWHERE);
}

/* Straddling the first byte of RAM: nothing in RAM may change. */
static void straddling(void)
{
    u64 first = *(volatile u64 *)0x80000000;
    FAULTS(STORE_ACCESS, M, "sd zero, -4(a0)", 0x80000000, 0);
    CHECK(*(volatile u64 *)0x80000000, first);
    FAULTS(STORE_ACCESS, M, "sh zero, -1(a0)", 0x80000000, 0);
    CHECK(*(volatile u64 *)0x80000000, first);
    FAULTS(LOAD_ACCESS, M, "ld a0, -4(a0)", 0x80000000, 0);
    FAULTS(LOAD_ACCESS, M, "lhu a0, -1(a0)", 0x80000000, 0);
}

/* The order of causes: a misaligned AMO to nowhere names one of the two, and never runs. */
static void order(void)
{
    RUN(M, "amoadd.w a0, a0, (a0)", NOWHERE + 1, 0);
    TRUE(T.cause == STORE_MISALIGNED || T.cause == STORE_ACCESS);
    CHECK(T.tval, NOWHERE + 1);
    RUN(M, "lr.d a0, (a0)", NOWHERE + 4, 0);
    TRUE(T.cause == LOAD_MISALIGNED || T.cause == LOAD_ACCESS);
    /* an SC to nowhere: a fault, or a plain failure */
    RUN(M, "sc.d a0, a0, (a0)", NOWHERE, 0);
    TRUE(T.cause == STORE_ACCESS || (T.cause == ECALL_M && A0 != 0));
}

void test(void)
{
    data(M);
    data(S);
    data(U);
    fetch(M);
    fetch(S);
    fetch(U);
    straddling();
    order();
}
