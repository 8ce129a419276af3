/* Svnapot: 64 KiB pages. Svpbmt: memory types by menvcfg.PBMTE. */
#include "pt.h"

#define N     (1ul << 63)
#define PBMT(n) ((u64)(n) << 61)
#define PBMTE (1ul << 62)
#define SIZE  0x10000ul
#define VA    TEST_VA

static volatile u8 big[SIZE] __attribute__((aligned(65536)));

/* The 16 entries of a 64 KiB page: its frame number ends in 1000. */
static void map_big(struct space *s, u64 va, u64 flags)
{
    for (u64 i = 0; i < 16; i++)
        *pte_of(s, va + i * PAGE, 0) = entry((u64)big | SIZE / 2, flags) | N;
    FENCE_ALL();
}

static void napot(struct space *s)
{
    map_big(s, VA, RWX);
    for (u64 i = 0; i < SIZE; i += PAGE)
        *(volatile u64 *)(big + i + 8) = i + 1;
    for (u64 i = 0; i < SIZE; i += PAGE)
        LOADS(S, VA + i + 8, i + 1);
    STORES(S, VA + SIZE - 8, 0x1234);
    CHECK(*(volatile u64 *)(big + SIZE - 8), 0x1234);
    *(volatile u32 *)(big + 5 * PAGE) = INSN_ECALL;
    __asm__ volatile("fence.i" ::: "memory");
    JUMPS(S, VA + 5 * PAGE);
    /* one address fenced: the whole 64 KiB are new */
    for (u64 i = 0; i < 16; i++)
        *pte_of(s, VA + i * PAGE, 0) = 0;
    PASSES(S, "sfence.vma a0, zero", VA + 3 * PAGE, 0);
    LOAD_FAULTS(LOAD_PAGE, S, VA + 3 * PAGE);
    FENCE_ALL();
    for (u64 i = 0; i < SIZE; i += PAGE)
        LOAD_FAULTS(LOAD_PAGE, S, VA + i);

    /* every other ending of the frame number is reserved */
    for (u64 low = 0; low < 16; low++) {
        if (low == 8)
            continue;
        *pte_of(s, VA, 0) = entry((u64)big | low << 12, RW) | N;
        FENCE_ALL();
        LOAD_FAULTS(LOAD_PAGE, S, VA);
        STORE_FAULTS(STORE_PAGE, S, VA);
    }
    /* N in a superpage's entry or in a pointer */
    *pte_of(s, VA + 4 * GIGA, 2) = entry(RAM, RW) | N;
    *pte_of(s, VA + 5 * GIGA, 1) = entry(RAM, RW) | N;
    FENCE_ALL();
    LOAD_FAULTS(LOAD_PAGE, S, VA + 4 * GIGA);
    LOAD_FAULTS(LOAD_PAGE, S, VA + 5 * GIGA);
    map_big(s, VA, RW);
    LOADS(S, VA + 8, 1);
    *pte_of(s, VA, 1) |= N;
    FENCE_ALL();
    LOAD_FAULTS(LOAD_PAGE, S, VA + 8);
    *pte_of(s, VA, 1) &= ~N;

    /* hardware updates of A and D */
    SET(menvcfg, 1ul << 61);
    map_big(s, VA, V | R | W);
    LOADS(S, VA + 8, 1);
    STORES(S, VA + 16, 4);
    CHECK(*pte_of(s, VA, 0) & (A | D), A | D);
    CHECK(*pte_of(s, VA, 0) >> 63, 1);
    WRITE(menvcfg, 0);
}

static void memory_types(struct space *s)
{
    volatile u64 *word = (volatile u64 *)big;
    *word = 99;
    WRITE(menvcfg, 0);
    for (u64 type = 0; type < 4; type++) {
        *pte_of(s, VA + GIGA, 0) = entry((u64)big, RW) | PBMT(type);
        FENCE_ALL();
        if (type == 0) {
            LOADS(S, VA + GIGA, 99);
            continue;
        }
        LOAD_FAULTS(LOAD_PAGE, S, VA + GIGA);
        STORE_FAULTS(STORE_PAGE, S, VA + GIGA);
    }
    WRITE(menvcfg, PBMTE);
    for (u64 type = 0; type < 4; type++) {
        *pte_of(s, VA + GIGA, 0) = entry((u64)big, RW) | PBMT(type);
        FENCE_ALL();
        if (type < 3) {
            LOADS(S, VA + GIGA, 99);
            STORES(S, VA + GIGA, 99);
        } else {
            LOAD_FAULTS(LOAD_PAGE, S, VA + GIGA);
            STORE_FAULTS(STORE_PAGE, S, VA + GIGA);
        }
    }
    /* in superpages allowed, in pointers not */
    *pte_of(s, VA + 6 * GIGA, 2) = entry(RAM, RW) | PBMT(1);
    FENCE_ALL();
    LOADS(S, VA + 6 * GIGA + ((u64)big - RAM), 99);
    *pte_of(s, VA + GIGA, 0) = entry((u64)big, RW);
    FENCE_ALL();
    LOADS(S, VA + GIGA, 99);
    *pte_of(s, VA + GIGA, 1) |= PBMT(1);
    FENCE_ALL();
    LOAD_FAULTS(LOAD_PAGE, S, VA + GIGA);
    *pte_of(s, VA + GIGA, 1) &= ~PBMT(3);
    WRITE(menvcfg, 0);
}

void test(void)
{
    for (u64 mode = SV39; mode <= SV57; mode++) {
        struct space s = new_space(mode);
        use(&s, 0);
        napot(&s);
        memory_types(&s);
        leave();
    }
}
