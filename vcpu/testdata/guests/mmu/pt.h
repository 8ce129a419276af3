/*
 * Page tables of the memory tests. Every address space shows the image twice: where
 * it is, for S, and U_ALIAS higher, for U, each through one gigapage whose A and D
 * bits are set. Everything else is for the test to map, from TEST_VA on.
 */
#ifndef PT_H
#define PT_H
#include "rt.h"

enum { V = 1, R = 2, W = 4, X = 8, PU = 16, G = 32, A = 64, D = 128 };
#define RW    (V | R | W | A | D)
#define RWX   (V | R | W | X | A | D)

#define SV39 8ul
#define SV48 9ul
#define SV57 10ul
#define LEVELS(mode) ((int)(mode) - 5)

#define GIGA     (1ul << 30)
#define RAM      0x80000000ul
#define U_ALIAS  0x100000000ul
#define TEST_VA  0x1000000000ul
#define PAGE     4096ul

#define POOL_PAGES 64
static u64 pool[POOL_PAGES][512] __attribute__((aligned(4096), section(".bss.page")));
static unsigned pool_used;

struct space { u64 *root; u64 mode; };

static inline u64 *new_table(void)
{
    if (pool_used == POOL_PAGES)
        fail(__LINE__, pool_used, 0);
    u64 *t = pool[pool_used++];
    for (int i = 0; i < 512; i++)
        t[i] = 0;
    return t;
}

static inline u64 entry(u64 pa, u64 flags) { return pa >> 12 << 10 | flags; }

/* The entry for va at a level (0: 4 KiB pages), with the tables above it made as needed. */
static inline volatile u64 *pte_of(struct space *s, u64 va, int level)
{
    u64 *t = s->root;
    for (int l = LEVELS(s->mode) - 1; l > level; l--) {
        u64 *e = &t[va >> (12 + 9 * l) & 511];
        if (!(*e & V))
            *e = entry((u64)new_table(), V);
        t = (u64 *)(*e >> 10 << 12);
    }
    return &t[va >> (12 + 9 * level) & 511];
}

static inline void map(struct space *s, u64 va, int level, const volatile void *pa, u64 flags)
{
    *pte_of(s, va, level) = entry((u64)pa, flags);
}

static inline struct space new_space(u64 mode)
{
    struct space s = { new_table(), mode };
    map(&s, RAM, 2, (void *)RAM, RWX);
    map(&s, RAM + U_ALIAS, 2, (void *)RAM, RWX | PU);
    return s;
}

#define FENCE_ALL() __asm__ volatile("sfence.vma" ::: "memory")

static inline u64 satp_of(struct space *s, u64 asid) { return s->mode << 60 | asid << 44 | (u64)s->root >> 12; }

static inline void use(struct space *s, u64 asid)
{
    u_alias = U_ALIAS;
    WRITE(satp, satp_of(s, asid));
    FENCE_ALL();
}

static inline void leave(void)
{
    WRITE(satp, 0);
    FENCE_ALL();
    u_alias = 0;
    pool_used = 0;
}

/* Loads, stores and jumps in a mode, with what should come of them. */
#define LOADS(mode, va, want) do { RUN(mode, "ld a0, 0(a0)", va, 0); CHECK(T.cause, ECALL_OF(mode)); CHECK(A0, want); } while (0)
#define STORES(mode, va, value) do { RUN(mode, "sd a1, 0(a0)", va, value); CHECK(T.cause, ECALL_OF(mode)); } while (0)
#define LOAD_FAULTS(why, mode, va)  do { RUN(mode, "ld a0, 0(a0)", va, 0); CHECK(T.cause, why); CHECK(T.tval, va); } while (0)
#define STORE_FAULTS(why, mode, va) do { RUN(mode, "sd a1, 0(a0)", va, 0x5555); CHECK(T.cause, why); CHECK(T.tval, va); } while (0)
/* The page holds an ecall (or more, ending in one) at that place. */
#define JUMPS(mode, va) do { RUN(mode, "jr a0", va, 0); CHECK(T.cause, ECALL_OF(mode)); } while (0)
#define JUMP_FAULTS(why, mode, va) do { RUN(mode, "jr a0", va, 0); CHECK(T.cause, why); CHECK(T.epc, va); CHECK(T.tval, va); } while (0)

#define INSN_ECALL   0x00000073u
#define INSN_LI_A0(n) (0x00000513u | (u32)(n) << 20)
#endif
