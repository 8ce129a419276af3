/*
 * Physical memory protection: 16 entries, matching by NA4, NAPOT and TOR, priority,
 * permissions for S, U and MPRV, page tables and fetches, locked entries against M.
 * Region sizes follow the granularity that the machine reports.
 */
#include "pt.h"

enum { PR = 1, PW = 2, PX = 4, TOR = 1 << 3, NA4 = 2 << 3, NAPOT = 3 << 3, LOCK = 0x80 };

static volatile u64 arena[4096] __attribute__((aligned(32768)));
#define BASE ((u64)arena)
static u64 grain;               /* bytes of the smallest region */

/* The address registers by number: CSR numbers are part of the instruction. */
#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15)

static void set_addr(int n, u64 v)
{
    switch (n) {
#define ONE(i) case i: WRITE(pmpaddr##i, v); break;
    EACH(ONE)
#undef ONE
    }
}

static u64 get_addr(int n)
{
    switch (n) {
#define ONE(i) case i: return READ(pmpaddr##i);
    EACH(ONE)
#undef ONE
    }
    return 0;
}

static u64 get_cfg(int n)
{
    return (n < 8 ? READ(pmpcfg0) : READ(pmpcfg2)) >> 8 * (n & 7) & 0xff;
}

static void set_cfg(int n, u64 v)
{
    u64 shift = 8 * (n & 7), keep = ~(0xfful << shift);
    if (n < 8)
        WRITE(pmpcfg0, (READ(pmpcfg0) & keep) | v << shift);
    else
        WRITE(pmpcfg2, (READ(pmpcfg2) & keep) | v << shift);
}

static void set_napot(int n, u64 base, u64 size, u64 perm)
{
    set_addr(n, base >> 2 | (size / 8 - 1));
    set_cfg(n, NAPOT | perm);
}

/* Entry 15 gives S and U everything that no other entry takes away. */
static void only_the_last(void)
{
    for (int n = 0; n < 15; n++) {
        set_cfg(n, 0);
        set_addr(n, 0);
    }
    set_addr(15, ~0ul);
    set_cfg(15, NAPOT | PR | PW | PX);
    FENCE_ALL();
}

static void registers(void)
{
    set_cfg(0, 0);
    set_addr(0, ~0ul);
    u64 seen = get_addr(0);
    CHECK(seen >> 54, 0);
    TRUE(seen != 0);
    grain = 4ul << __builtin_ctzl(seen);
    TRUE(grain <= 4096);
    only_the_last();
    for (int n = 0; n < 15; n++) {
        set_addr(n, BASE >> 2);
        CHECK(get_addr(n), BASE >> 2);
        for (u64 mode = 0; mode < 4; mode++)
            for (u64 perm = 0; perm < 8; perm++) {
                set_cfg(n, mode << 3 | perm);
                u64 got = get_cfg(n);
                CHECK(got & 0x60, 0);
                TRUE((got & (PR | PW)) != PW);      /* W without R is reserved */
                if (mode * 8 == NA4 && grain > 4)
                    TRUE((got & 0x18) != NA4);      /* not selectable */
                else if ((perm & (PR | PW)) != PW)
                    CHECK(got, mode << 3 | perm);
            }
        set_cfg(n, 0);
        set_addr(n, 0);
    }
    only_the_last();
}

#define ALLOWED(m, a) do { LOADS(m, a, *(volatile u64 *)(a)); STORES(m, a, *(volatile u64 *)(a)); } while (0)
#define DENIED(m, a)  do { LOAD_FAULTS(LOAD_ACCESS, m, a); STORE_FAULTS(STORE_ACCESS, m, a); } while (0)

static void matching(enum mode m)
{
    u64 g = grain < 8 ? 8 : grain;
    only_the_last();
    for (u64 size = g; size <= 16384; size *= 2) {
        set_napot(3, BASE + size, size, 0);
        FENCE_ALL();
        ALLOWED(m, BASE + size - 8);
        DENIED(m, BASE + size);
        DENIED(m, BASE + 2 * size - 8);
        if (size < 16384)
            ALLOWED(m, BASE + 2 * size);
        /* M mode is free of entries without L */
        ALLOWED(M, BASE + size);
    }
    set_cfg(3, 0);
    /* TOR between two registers, and from 0 for entry 0 */
    set_addr(4, (BASE + g) >> 2);
    set_addr(5, (BASE + 4 * g) >> 2);
    set_cfg(5, TOR);
    FENCE_ALL();
    ALLOWED(m, BASE);
    DENIED(m, BASE + g);
    DENIED(m, BASE + 4 * g - 8);
    ALLOWED(m, BASE + 4 * g);
    /* an empty and a reversed range match nothing */
    set_addr(5, (BASE + g) >> 2);
    FENCE_ALL();
    ALLOWED(m, BASE + g);
    set_addr(5, BASE >> 2);
    FENCE_ALL();
    ALLOWED(m, BASE);
    ALLOWED(m, BASE + g);
    only_the_last();
    if (grain == 4) {
        set_addr(2, (BASE + 8) >> 2);
        set_cfg(2, NA4);
        FENCE_ALL();
        FAULTS(LOAD_ACCESS, m, "lw a0, 8(a0)", BASE, 0);
        PASSES(m, "lw a0, 12(a0)", BASE, 0);
        PASSES(m, "lw a0, 4(a0)", BASE, 0);
        /* an access that is only half inside the first matching entry fails, whatever that entry allows */
        set_cfg(2, NA4 | PR | PW | PX);
        FENCE_ALL();
        FAULTS(LOAD_ACCESS, m, "ld a0, 8(a0)", BASE, 0);
        PASSES(m, "lw a0, 8(a0)", BASE, 0);
    }
    only_the_last();
}

static void permissions(enum mode m)
{
    u64 g = grain < 64 ? 64 : grain;
    volatile u32 *code = (volatile u32 *)(BASE + g);
    code[0] = INSN_ECALL;
    __asm__ volatile("fence.i" ::: "memory");
    for (u64 perm = 0; perm < 8; perm++) {
        if ((perm & (PR | PW)) == PW)
            continue;
        set_napot(1, BASE + g, g, perm);
        FENCE_ALL();
        RUN(m, "ld a0, 8(a0)", BASE + g, 0);
        CHECK(T.cause, perm & PR ? (u64)ECALL_OF(m) : LOAD_ACCESS);
        RUN(m, "lr.d a0, (a0)", BASE + g, 0);
        CHECK(T.cause, perm & PR ? (u64)ECALL_OF(m) : LOAD_ACCESS);
        RUN(m, "sd zero, 8(a0)", BASE + g, 0);
        CHECK(T.cause, perm & PW ? (u64)ECALL_OF(m) : STORE_ACCESS);
        RUN(m, "addi a0, a0, 8\n amoadd.d zero, zero, (a0)", BASE + g, 0);
        CHECK(T.cause, perm & PW ? (u64)ECALL_OF(m) : STORE_ACCESS);
        if (perm & PX)
            JUMPS(m, BASE + g);
        else
            JUMP_FAULTS(FETCH_ACCESS, m, BASE + g);
        /* M with MPRV sees what the mode would */
        RUN(M, "li t0, 3 << 11\n csrc mstatus, t0\n csrs mstatus, a1\n ld a0, 8(a0)\n csrc mstatus, a1", BASE + g, MPP_IS(m) | MPRV);
        CHECK(T.cause, perm & PR ? (u64)ECALL_M : LOAD_ACCESS);
        CLEAR(mstatus, MPRV);
    }
    only_the_last();
}

static void priority(enum mode m)
{
    u64 g = grain < 8 ? 8 : grain;
    /* the lowest number decides, be it stricter or more generous, larger or smaller */
    set_napot(6, BASE, 4 * g, 0);
    set_napot(5, BASE + g, g, PR | PW);
    FENCE_ALL();
    DENIED(m, BASE);
    ALLOWED(m, BASE + g);
    DENIED(m, BASE + 2 * g);
    set_napot(4, BASE + g, g, PR);
    FENCE_ALL();
    LOADS(m, BASE + g, *(volatile u64 *)(BASE + g));
    STORE_FAULTS(STORE_ACCESS, m, BASE + g);
    only_the_last();
    /* no entry matches: nothing for S and U */
    set_cfg(15, 0);
    FENCE_ALL();
    RUN(m, "nop", 0, 0);
    CHECK(T.cause, FETCH_ACCESS);
    ALLOWED(M, BASE);
    only_the_last();
}

/* The page-table walk is an S-level access: a denied table is an access fault of the first access's kind. */
static void page_tables(void)
{
    struct space s = new_space(SV39);
    map(&s, TEST_VA, 0, arena, RWX);
    use(&s, 0);
    arena[0] = 5;
    LOADS(S, TEST_VA, 5);
    u64 table = (u64)pte_of(&s, TEST_VA, 0) & ~4095ul;
    set_napot(0, table, 4096, 0);
    FENCE_ALL();
    LOAD_FAULTS(LOAD_ACCESS, S, TEST_VA);
    STORE_FAULTS(STORE_ACCESS, S, TEST_VA);
    JUMP_FAULTS(FETCH_ACCESS, S, TEST_VA);
    set_cfg(0, NAPOT | PR);
    FENCE_ALL();
    LOADS(S, TEST_VA, 5);
    /* the page itself */
    set_napot(0, BASE, 4096, PR);
    FENCE_ALL();
    LOADS(S, TEST_VA, 5);
    STORE_FAULTS(STORE_ACCESS, S, TEST_VA);
    JUMP_FAULTS(FETCH_ACCESS, S, TEST_VA);
    set_cfg(0, 0);
    FENCE_ALL();
    STORES(S, TEST_VA, 6);
    leave();
    only_the_last();
}

/* Locked entries stay until reset: the last test. */
static void locked(void)
{
    u64 g = grain < 64 ? 64 : grain;
    set_napot(7, BASE + g, g, LOCK | PR);
    FENCE_ALL();
    LOADS(M, BASE + g, arena[g / 8]);
    STORE_FAULTS(STORE_ACCESS, M, BASE + g);
    JUMP_FAULTS(FETCH_ACCESS, M, BASE + g);
    LOADS(S, BASE + g, arena[g / 8]);
    STORE_FAULTS(STORE_ACCESS, S, BASE + g);
    ALLOWED(M, BASE + 2 * g);
    /* neither configuration nor address can be written */
    u64 cfg = get_cfg(7), addr = get_addr(7);
    set_cfg(7, 0);
    CHECK(get_cfg(7), cfg);
    set_addr(7, 0);
    CHECK(get_addr(7), addr);
    STORE_FAULTS(STORE_ACCESS, M, BASE + g);
    /* its neighbours in the same register still can */
    set_cfg(6, NAPOT | PR);
    CHECK(get_cfg(6), NAPOT | PR);
    set_cfg(6, 0);
    /* a locked TOR entry locks the address below it as well */
    set_addr(9, (BASE + 4 * g) >> 2);
    set_addr(10, (BASE + 8 * g) >> 2);
    set_cfg(10, LOCK | TOR | PR | PW);
    set_addr(9, 0);
    CHECK(get_addr(9), (BASE + 4 * g) >> 2);
    set_addr(8, 0x123400);
    CHECK(get_addr(8), 0x123400);
    set_addr(8, 0);
    JUMP_FAULTS(FETCH_ACCESS, M, BASE + 4 * g);
    ALLOWED(M, BASE + 4 * g);
}

void test(void)
{
    registers();
    for (enum mode m = U; m <= S; m++) {
        matching(m);
        permissions(m);
        priority(m);
    }
    page_tables();
    locked();
}
