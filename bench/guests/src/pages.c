/*
 * Address translation: loads from many pages, in S-mode behind an Sv39 page table. All pages lead to the same few
 * frames, so that the page table's work is all there is. Every hart does the same, in the same address space.
 */
#include "rt.h"

PARAM(pages, 64);         /* that loads go to, up to 65,536 */
PARAM(level, 0);          /* leaf size: 0 for 4 KiB, 1 for 2 MiB, 2 for 1 GiB (up to 128 pages) */
PARAM(loads, 20000000);   /* of each hart */
PARAM(random, 0);         /* 0: one page after the other */
PARAM(fence, 0);          /* loads between two sfence.vma; 0: none */

#define PTE_V 1
#define PTE_RWXAD 0xce
#define FIRST_VA 0x2000000000ul /* root entry 128: behind the identity map */
#define ENTRIES 512

static uint64_t root[ENTRIES] __attribute__((aligned(4096)));
static uint8_t *next_page;
static uint64_t harts; /* 0 until the page tables stand */
static uint64_t done;

static uint64_t *new_table(void)
{
    uint64_t *t = (uint64_t *)next_page;
    next_page += 4096;
    return t;
}

/* Maps va to pa by a leaf of the given level. */
static void map(uint64_t va, uint64_t pa, int level)
{
    uint64_t *table = root;
    for (int l = 2; l > level; l--) {
        uint64_t *pte = &table[va >> (12 + 9 * l) & (ENTRIES - 1)];
        if (!(*pte & PTE_V))
            *pte = (uint64_t)new_table() >> 2 | PTE_V;
        table = (uint64_t *)(*pte >> 10 << 12);
    }
    table[va >> (12 + 9 * level) & (ENTRIES - 1)] = pa >> 2 | PTE_RWXAD | PTE_V;
}

/* Within a superpage, loads go to the first 512 small pages. */
static uint64_t sweep(uint64_t x, uint64_t loads, uint64_t pages, int shift, uint64_t random, uint64_t fence)
{
    uint64_t sum = 0, page = 0, left = fence, within = shift > 12 ? 511 << 12 : 0;
    for (; loads; loads--) {
        if (random) {
            x = xorshift(x);
            page = x & (pages - 1); /* a power of two, then */
        } else if (++page >= pages)
            page = 0;
        sum += *(volatile uint64_t *)(FIRST_VA + (page << shift) + (page << 12 & within));
        if (fence && --left == 0) {
            left = fence;
            __asm__ volatile("sfence.vma" ::: "memory");
        }
    }
    return sum;
}

static void make_tables(uint64_t n, int level)
{
    next_page = (uint8_t *)free_memory(n, 4096);
    for (uint64_t i = 0; i < 4; i++)
        map(i << 30, i << 30, 2);
    for (uint64_t i = 0; i < param_pages; i++)
        map(FIRST_VA + (i << (12 + 9 * level)), 0x80000000, level);
    __atomic_store_n(&harts, n, __ATOMIC_RELEASE);
    for (uint64_t i = 1; i < n; i++)
        MSIP[i] = 1;
}

/* Goes on in S-mode, which may use all memory, behind the page tables. */
static void enter_supervisor(void)
{
    uint64_t s = 1ul << 11, mpp = 3ul << 11, t;
    __asm__ volatile("csrw pmpaddr0, %0; csrw pmpcfg0, %1" ::"r"(-1ul), "r"(0x1ful));
    __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"(8ul << 60 | (uint64_t)root >> 12) : "memory");
    __asm__ volatile("csrc mstatus, %1; csrs mstatus, %2; la %0, 1f; csrw mepc, %0; mret; 1:"
                     : "=&r"(t) : "r"(mpp), "r"(s) : "memory");
}

void hart_main(uint64_t hart, const void *fdt)
{
    int level = (int)param_level;
    if (hart == 0)
        make_tables(count_harts(fdt), level);
    while (__atomic_load_n(&harts, __ATOMIC_ACQUIRE) == 0)
        wfi();
    MSIP[hart] = 0; /* S-mode does not hold off interrupts of M-mode */
    enter_supervisor();
    volatile uint64_t sum = sweep(hart + 1, param_loads, param_pages, 12 + 9 * level, param_random, param_fence);
    (void)sum;
    if (__atomic_add_fetch(&done, 1, __ATOMIC_ACQ_REL) == harts)
        finish(0);
    for (;;)
        wfi(); /* the way back belongs to M-mode */
}
