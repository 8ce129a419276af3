/*
 * Accesses that cross a page: both halves are looked up, nothing changes when one of
 * them faults, and the faulting page's address is reported (TRAPS 8).
 */
#include "pt.h"

/* Two virtual pages side by side on frames that are not, in the wrong order. */
static volatile u8 frame[3][PAGE] __attribute__((aligned(4096), section(".bss.page")));
#define FIRST  (frame[2])
#define SECOND (frame[0])
#define VA     TEST_VA
#define EDGE   (VA + PAGE)

static struct space s;

static void pages(u64 first, u64 second)
{
    map(&s, VA, 0, FIRST, first);
    map(&s, EDGE, 0, SECOND, second);
    FENCE_ALL();
}

static void fill(void)
{
    for (unsigned i = 0; i < 8; i++) {
        FIRST[PAGE - 8 + i] = (u8)(0x10 + i);
        SECOND[i] = (u8)(0x20 + i);
    }
}

static void unchanged(void)
{
    for (unsigned i = 0; i < 8; i++) {
        CHECK(FIRST[PAGE - 8 + i], 0x10 + i);
        CHECK(SECOND[i], 0x20 + i);
    }
}

static void working(void)
{
    pages(RW, RW);
    fill();
    LOADS(S, EDGE - 1, 0x2625242322212017);
    LOADS(S, EDGE - 4, 0x2322212017161514);
    LOADS(S, EDGE - 7, 0x2017161514131211);
    PASSES(S, "lw a0, -3(a0)", EDGE, 0);
    CHECK(A0, 0x20171615);
    PASSES(S, "lhu a0, -1(a0)", EDGE, 0);
    CHECK(A0, 0x2017);
    PASSES(S, "fld fa0, -2(a0)\n fmv.x.d a0, fa0", EDGE, 0);
    CHECK(A0, 0x2524232221201716);
    STORES(S, EDGE - 3, 0x8877665544332211);
    CHECK(FIRST[PAGE - 4], 0x14);
    CHECK(FIRST[PAGE - 3], 0x11);
    CHECK(FIRST[PAGE - 1], 0x33);
    CHECK(SECOND[0], 0x44);
    CHECK(SECOND[4], 0x88);
    CHECK(SECOND[5], 0x25);
    CHECK(frame[1][0], 0);                          /* the frame that follows FIRST's neighbour */
    PASSES(S, "sh a1, -1(a0)", EDGE, 0xabcd);
    CHECK(FIRST[PAGE - 1], 0xcd);
    CHECK(SECOND[0], 0xab);
}

static void second_missing(u64 second, int loads_too)
{
    pages(RW, second);
    fill();
    for (u64 back = 1; back < 8; back++) {
        RUN(S, "sd a1, 0(a0)", EDGE - back, ~0ul);
        CHECK(T.cause, STORE_PAGE);
        CHECK(T.tval, EDGE);
        unchanged();
        if (loads_too) {
            RUN(S, "ld a1, 0(a0)", EDGE - back, 0x77);
            CHECK(T.cause, LOAD_PAGE);
            CHECK(T.tval, EDGE);
            CHECK(T.x[11], 0x77);
        }
    }
    FAULTS(STORE_PAGE, S, "sw a1, -2(a0)", EDGE, 0);
    CHECK(T.tval, EDGE);
    FAULTS(STORE_PAGE, S, "sh a1, -1(a0)", EDGE, 0);
    CHECK(T.tval, EDGE);
    unchanged();
}

static void first_missing(void)
{
    pages(V | R | A, RW);
    fill();
    RUN(S, "sd a1, -3(a0)", EDGE, ~0ul);
    CHECK(T.cause, STORE_PAGE);
    CHECK(T.tval, EDGE - 3);
    unchanged();
    pages(0, RW);
    RUN(S, "ld a1, -3(a0)", EDGE, 5);
    CHECK(T.cause, LOAD_PAGE);
    CHECK(T.tval, EDGE - 3);
    RUN(S, "sd a1, -3(a0)", EDGE, 5);
    CHECK(T.cause, STORE_PAGE);
    CHECK(T.tval, EDGE - 3);
    unchanged();
    pages(0, 0);
    RUN(S, "sd a1, -3(a0)", EDGE, 5);
    CHECK(T.tval, EDGE - 3);
}

/* A 4-byte instruction half on each page, a 2-byte one that ends at the edge. */
static void instructions(void)
{
    u32 insn = INSN_LI_A0(0x123);
    fill();
    FIRST[PAGE - 2] = (u8)insn;
    FIRST[PAGE - 1] = (u8)(insn >> 8);
    SECOND[0] = (u8)(insn >> 16);
    SECOND[1] = (u8)(insn >> 24);
    *(volatile u16 *)&SECOND[2] = (u16)INSN_ECALL;
    *(volatile u16 *)&SECOND[4] = 0;
    __asm__ volatile("fence.i" ::: "memory");
    pages(RWX, RWX);
    JUMPS(S, EDGE - 2);
    CHECK(A0, 0x123);
    CHECK(T.epc, EDGE + 2);
    /* the second page is not there, or not for execution: mepc is the instruction, mtval the second page */
    static const u64 bad[] = { 0, RW, RWX | PU, V | R | W | X };
    for (unsigned i = 0; i < 4; i++) {
        pages(RWX, bad[i]);
        RUN(S, "jr a0", EDGE - 2, 0);
        CHECK(T.cause, FETCH_PAGE);
        CHECK(T.epc, EDGE - 2);
        CHECK(T.tval, EDGE);
    }
    /* it comes back */
    pages(RWX, RWX);
    JUMPS(S, EDGE - 2);
    CHECK(A0, 0x123);
    /* the first page's translation alone changes: other bytes there, the same second half */
    insn = INSN_LI_A0(0x123) | 11 << 7;             /* li a1 instead of li a0 */
    *(volatile u16 *)&frame[1][PAGE - 2] = (u16)insn;
    __asm__ volatile("fence.i" ::: "memory");
    map(&s, VA, 0, frame[1], RWX);
    FENCE_ALL();
    RUN(S, "jr a0", EDGE - 2, 0);
    CHECK(T.x[11], 0x123);
    map(&s, VA, 0, FIRST, RWX);

    /* a 2-byte instruction at the end runs before the next page faults, with that page's address as mepc */
    pages(RWX, 0);
    *(volatile u16 *)&FIRST[PAGE - 2] = 0x4515;     /* c.li a0, 5 */
    __asm__ volatile("fence.i" ::: "memory");
    RUN(S, "jr a0", EDGE - 2, 0);
    CHECK(T.cause, FETCH_PAGE);
    CHECK(A0, 5);
    CHECK(T.epc, EDGE);
    CHECK(T.tval, EDGE);
    /* a 4-byte one that begins a page back faults there */
    pages(0, RWX);
    RUN(S, "jr a0", EDGE - 2, 0);
    CHECK(T.tval, EDGE - 2);
}

void test(void)
{
    for (u64 mode = SV39; mode <= SV57; mode++) {
        s = new_space(mode);
        use(&s, 0);
        *(volatile u64 *)frame[1] = 0;
        working();
        second_missing(0, 1);
        second_missing(V | R | A | D, 0);
        second_missing(V | R | W | A, 0);           /* D is clear and hardware does not set it */
        second_missing(RW | PU, 1);
        first_missing();
        instructions();
        leave();
    }
}
