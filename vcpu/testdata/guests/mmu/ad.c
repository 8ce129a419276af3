/* Accessed and dirty bits: faults without menvcfg.ADUE (Svade), updates with it (Svadu); TRAPS 6 and 7. */
#include "pt.h"

static volatile u64 pages[2][512] __attribute__((aligned(4096), section(".bss.page")));
#define page (pages[1])

#define ADUE (1ul << 61)
#define VA   TEST_VA

static struct space space;
static volatile u64 *leaf;

static void fresh(u64 flags)
{
    *leaf = entry((u64)page, flags);
    FENCE_ALL();
}

#define AD_IS(want) CHECK(*leaf & (A | D), want)

static void faulting(void)
{
    WRITE(menvcfg, 0);
    page[0] = 5;
    fresh(V | R | W | X);
    LOAD_FAULTS(LOAD_PAGE, S, VA);
    STORE_FAULTS(STORE_PAGE, S, VA);
    JUMP_FAULTS(FETCH_PAGE, S, VA);
    AD_IS(0);
    /* A alone: loads go, stores do not, not even after a load has filled the translation */
    fresh(V | R | W | X | A);
    for (int i = 0; i < 3; i++) {
        LOADS(S, VA, 5);
        STORE_FAULTS(STORE_PAGE, S, VA);
        FAULTS(STORE_PAGE, S, "amoadd.d a0, a1, (a0)", VA, 1);
    }
    CHECK(page[0], 5);
    AD_IS(A);
    fresh(V | R | W | X | D);
    LOAD_FAULTS(LOAD_PAGE, S, VA);
    STORE_FAULTS(STORE_PAGE, S, VA);
    fresh(RW);
    STORES(S, VA, 6);
    CHECK(page[0], 6);
    /* D taken away again */
    fresh(V | R | W | A);
    STORE_FAULTS(STORE_PAGE, S, VA);
    CHECK(page[0], 6);
}

static void updating(void)
{
    WRITE(menvcfg, ADUE);
    page[0] = 9;
    fresh(V | R | W | X);
    LOADS(S, VA, 9);
    AD_IS(A);
    LOADS(S, VA, 9);
    AD_IS(A);
    /* the load filled the translation; the first store must still set D */
    STORES(S, VA, 10);
    AD_IS(A | D);
    CHECK(page[0], 10);

    fresh(V | R | W | X);
    STORES(S, VA, 11);
    AD_IS(A | D);
    fresh(V | R | W | X);
    PASSES(S, "amoadd.d a0, a1, (a0)", VA, 1);
    AD_IS(A | D);
    CHECK(page[0], 12);
    fresh(V | R | W | X);
    PASSES(S, "lr.d a0, (a0)", VA, 0);
    AD_IS(A);
    PASSES(S, "lr.d a1, (a0)\n sc.d a1, a1, (a0)", VA, 0);
    CHECK(T.x[11], 0);
    AD_IS(A | D);
    *(volatile u32 *)page = INSN_ECALL;
    __asm__ volatile("fence.i" ::: "memory");
    fresh(V | R | W | X);
    JUMPS(S, VA);
    AD_IS(A);
    STORES(S, VA + 8, 3);
    AD_IS(A | D);
    /* through MPRV */
    fresh(V | R | W | X);
    PASSES(M, "li t0, 3 << 11\n csrc mstatus, t0\n csrs mstatus, a1\n sd zero, 16(a0)\n csrc mstatus, a1", VA, MPP_IS(S) | MPRV);
    AD_IS(A | D);

    /* D set by nothing but a store that is allowed */
    fresh(V | R | X);
    STORE_FAULTS(STORE_PAGE, S, VA);
    CHECK(*leaf & D, 0);
    fresh(V | R | W | X | PU);
    CLEAR(mstatus, SUM);
    STORE_FAULTS(STORE_PAGE, S, VA);
    CHECK(*leaf & D, 0);
    /* the pointers above stay as they are */
    CHECK(*pte_of(&space, VA, 1) & (A | D), 0);
    CHECK(*pte_of(&space, VA, 2) & (A | D), 0);
    /* cleared by software, with a fence: set again by the next access */
    for (int i = 0; i < 4; i++) {
        fresh(V | R | W | X | A | D);
        STORES(S, VA, i);
        fresh(V | R | W | X);
        LOADS(S, VA, i);
        AD_IS(A);
        STORES(S, VA, i);
        AD_IS(A | D);
    }
    /* a superpage: two of its pages, one entry; the second page's store finds the first page's load */
    volatile u64 *giga = pte_of(&space, 0x200000000, 2);
    *giga = entry(RAM, V | R | W | X);
    FENCE_ALL();
    u64 at = 0x200000000 + ((u64)page - RAM);
    LOADS(S, at, page[0]);
    CHECK(*giga & (A | D), A);
    LOADS(S, at - PAGE, pages[0][0]);
    CHECK(*giga & (A | D), A);
    STORES(S, at, 1);
    CHECK(*giga & (A | D), A | D);
    WRITE(menvcfg, 0);
}

/* Switching ADUE off takes effect for entries that were never accessed. */
static void switching(void)
{
    WRITE(menvcfg, ADUE);
    fresh(V | R | W);
    LOADS(S, VA, page[0]);
    WRITE(menvcfg, 0);
    FENCE_ALL();
    STORE_FAULTS(STORE_PAGE, S, VA);
    AD_IS(A);
    WRITE(menvcfg, ADUE);
    FENCE_ALL();
    STORES(S, VA, 1);
    AD_IS(A | D);
    WRITE(menvcfg, 0);
}

void test(void)
{
    for (u64 mode = SV39; mode <= SV57; mode++) {
        space = new_space(mode);
        leaf = pte_of(&space, VA, 0);
        use(&space, 0);
        faulting();
        updating();
        switching();
        leave();
    }
}
