/*
 * Sv39, Sv48 and Sv57: pages of every size, misaligned superpages, entries that are
 * invalid or reserved, addresses that are not canonical, tables and pages in nowhere.
 */
#include "pt.h"

static volatile u64 page_a[512] __attribute__((aligned(4096), section(".bss.page")));
static volatile u64 page_b[512] __attribute__((aligned(4096), section(".bss.page")));

#define VA_BITS(mode) (12 + 9 * LEVELS(mode))
#define NOWHERE ((void *)0x01000000)

static void sizes(u64 mode)
{
    struct space s = new_space(mode);
    use(&s, 0);
    for (int level = 0; level < LEVELS(mode); level++) {
        u64 size = PAGE << 9 * level;
        /* an address with this page size at a place of its own, lower half and upper half */
        u64 low = level < LEVELS(mode) - 1 ? TEST_VA + (size > TEST_VA ? size - TEST_VA : 0) + size : 3 * size;
        u64 high = ~0ul << (VA_BITS(mode) - 1) | size * 2;
        u64 frame = (u64)page_a & ~(size - 1), offset = (u64)page_a & (size - 1);
        u64 va[] = { low, high };
        for (int i = 0; i < 2; i++) {
            *pte_of(&s, va[i], level) = entry(frame, RW | X);
            FENCE_ALL();
            page_a[0] = 0x1234 + level;
            page_b[3] = 0x99 + level;
            LOADS(S, va[i] + offset, 0x1234 + level);
            /* another page of the same superpage */
            if (((u64)page_b & ~(size - 1)) == frame)
                LOADS(S, va[i] + ((u64)(page_b + 3) & (size - 1)), 0x99 + level);
            STORES(S, va[i] + offset + 8, 0x4321 + level);
            CHECK(page_a[1], 0x4321 + level);
            *(volatile u32 *)&page_a[2] = INSN_ECALL;
            __asm__ volatile("fence.i" ::: "memory");
            JUMPS(S, va[i] + offset + 16);
            CHECK(T.epc, va[i] + offset + 16);
            /* U may not, for the U bit is clear */
            LOAD_FAULTS(LOAD_PAGE, U, va[i] + offset);
            /* gone again */
            *pte_of(&s, va[i], level) = 0;
            FENCE_ALL();
            LOAD_FAULTS(LOAD_PAGE, S, va[i] + offset);
            STORE_FAULTS(STORE_PAGE, S, va[i] + offset);
            JUMP_FAULTS(FETCH_PAGE, S, va[i] + offset);
            if (level == 0)
                continue;
            /* a superpage whose frame is not aligned to its size */
            for (int bit = 0; bit < 9 * level; bit += 4) {
                *pte_of(&s, va[i], level) = entry(frame | PAGE << bit, RW);
                FENCE_ALL();
                LOAD_FAULTS(LOAD_PAGE, S, va[i] + offset);
                STORE_FAULTS(STORE_PAGE, S, va[i] + offset);
            }
            *pte_of(&s, va[i], level) = 0;
        }
    }
    leave();
}

static void bad_entries(u64 mode)
{
    struct space s = new_space(mode);
    use(&s, 0);
    u64 va = TEST_VA + 5 * PAGE;
    volatile u64 *leaf = pte_of(&s, va, 0);
    volatile u64 *table = pte_of(&s, va, 1);
    u64 good = entry((u64)page_a, RWX), pointer = *table;
    page_a[0] = 77;
#define ALL_FAULT() do { FENCE_ALL(); LOAD_FAULTS(LOAD_PAGE, S, va); STORE_FAULTS(STORE_PAGE, S, va); \
        JUMP_FAULTS(FETCH_PAGE, S, va); } while (0)
#define GOOD_AGAIN() do { *leaf = good; *table = pointer; FENCE_ALL(); LOADS(S, va, 77); } while (0)

    GOOD_AGAIN();
    *leaf = good & ~(u64)V;
    ALL_FAULT();
    GOOD_AGAIN();
    *leaf = good & ~(u64)R;                         /* W without R */
    ALL_FAULT();
    *leaf = good & ~(u64)(R | X);
    ALL_FAULT();
    *leaf = entry((u64)page_a, V);                  /* a pointer where no further level is */
    ALL_FAULT();
    for (int bit = 54; bit < 63; bit++) {           /* reserved, and PBMT, which is off; N: napot.c */
        *leaf = good | 1ul << bit;
        ALL_FAULT();
    }
    *leaf = good | 3ul << 8;                        /* RSW is software's own */
    FENCE_ALL();
    LOADS(S, va, 77);
    GOOD_AGAIN();
    for (int bit = 54; bit < 64; bit++) {
        *table = pointer | 1ul << bit;
        ALL_FAULT();
    }
    *table = pointer | A;                           /* A, D and U are reserved in a pointer */
    ALL_FAULT();
    *table = pointer | D;
    ALL_FAULT();
    *table = pointer | PU;
    ALL_FAULT();
    *table = pointer | 3ul << 8 | G;
    FENCE_ALL();
    LOADS(S, va, 77);
    GOOD_AGAIN();

    /* nothing at the page's or the table's physical address: access faults with the virtual address */
    *leaf = entry((u64)NOWHERE, RWX);
    FENCE_ALL();
    LOAD_FAULTS(LOAD_ACCESS, S, va);
    STORE_FAULTS(STORE_ACCESS, S, va);
    JUMP_FAULTS(FETCH_ACCESS, S, va);
    GOOD_AGAIN();
    *table = entry((u64)NOWHERE, V);
    FENCE_ALL();
    LOAD_FAULTS(LOAD_ACCESS, S, va);
    STORE_FAULTS(STORE_ACCESS, S, va);
    JUMP_FAULTS(FETCH_ACCESS, S, va);
    *table = entry(0xfffffffffful << 12, V);
    FENCE_ALL();
    LOAD_FAULTS(LOAD_ACCESS, S, va);
    GOOD_AGAIN();
    /* an AMO is a store, an LR is a load */
    *leaf = 0;
    FENCE_ALL();
    FAULTS(STORE_PAGE, S, "amoadd.d a1, a0, (a0)", va, 1);
    CHECK(T.tval, va);
    CHECK(T.x[11], 1);
    FAULTS(LOAD_PAGE, S, "lr.d a1, (a0)", va, 1);
    SET(menvcfg, 1ul << 7);                         /* CBZE */
    FAULTS(STORE_PAGE, S, "cbo.zero (a0)", va, 1);
    CHECK(T.tval, va);
    WRITE(menvcfg, 0);
    GOOD_AGAIN();
    leave();
}

static void not_canonical(u64 mode)
{
    struct space s = new_space(mode);
    u64 top = 1ul << (VA_BITS(mode) - 1);
    /* the last page of the lower half and the first of the upper half are there */
    map(&s, top - PAGE, 0, page_a, RWX);
    map(&s, ~0ul << (VA_BITS(mode) - 1), 0, page_b, RWX);
    use(&s, 0);
    page_a[511] = 1;
    page_b[0] = 2;
    LOADS(S, top - 8, 1);
    LOADS(S, -top, 2);
    static const u64 flips[] = { 0, 1, 5 };
    for (unsigned i = 0; i < 3; i++) {
        /* addresses whose lower bits would hit those pages */
        u64 wrong = top + (i == 0 ? 0 : 1ul << (VA_BITS(mode) + flips[i]));
        LOAD_FAULTS(LOAD_PAGE, S, wrong);
        STORE_FAULTS(STORE_PAGE, S, wrong);
        JUMP_FAULTS(FETCH_PAGE, S, wrong);
    }
    LOAD_FAULTS(LOAD_PAGE, S, RAM | 1ul << 63);
    LOAD_FAULTS(LOAD_PAGE, S, RAM | 1ul << VA_BITS(mode));
    STORE_FAULTS(STORE_PAGE, U, (RAM + U_ALIAS) | 1ul << 62);
    /* over the end of the lower half */
    RUN(S, "ld a0, -4(a0)", top, 0);
    CHECK(T.cause, LOAD_PAGE);
    CHECK(T.tval, top);
    leave();
}

/* M mode is not translated, whatever satp says; MPRV brings translation back for data. */
static void machine_mode(u64 mode)
{
    struct space s = new_space(mode);
    map(&s, TEST_VA, 0, page_a, RW);
    use(&s, 0);
    page_a[0] = 55;
    PASSES(M, "ld a0, 0(a0)", page_a, 0);
    CHECK(A0, 55);
    LOAD_FAULTS(LOAD_ACCESS, M, TEST_VA | 1ul << 60);
#define AS(code) "li t0, 3 << 11\n csrc mstatus, t0\n csrs mstatus, a1\n " code "\n csrc mstatus, a1"
    PASSES(M, AS("ld a0, 0(a0)"), TEST_VA, MPP_IS(S) | MPRV);
    CHECK(A0, 55);
    FAULTS(LOAD_PAGE, M, AS("ld a0, 0(a0)"), TEST_VA, MPP_IS(U) | MPRV);
    CHECK(T.tval, TEST_VA);
    CLEAR(mstatus, MPRV);
    FAULTS(STORE_PAGE, M, AS("sd a0, 0(a0)"), TEST_VA + PAGE, MPP_IS(S) | MPRV);
    CHECK(T.tval, TEST_VA + PAGE);
    CLEAR(mstatus, MPRV);
    /* at once when the mode changes, with no fence between */
    PASSES(M, AS("ld a0, 0(a0)"), TEST_VA, MPP_IS(S) | MPRV);
    PASSES(M, "ld a0, 0(a0)", page_a, 0);
    CHECK(A0, 55);
    leave();
}

void test(void)
{
    for (u64 mode = SV39; mode <= SV57; mode++) {
        sizes(mode);
        bad_entries(mode);
        not_canonical(mode);
        machine_mode(mode);
    }
}
