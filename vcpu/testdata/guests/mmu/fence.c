/*
 * Fences, ASIDs and address spaces: what is fenced is gone in every form of the
 * fence, a superpage goes as a whole (TRAPS 3), spaces stay apart, code follows.
 */
#include "pt.h"

static volatile u64 page_a[512] __attribute__((aligned(4096), section(".bss.page")));
static volatile u64 page_b[512] __attribute__((aligned(4096), section(".bss.page")));

#define VA TEST_VA
#define ASID 7ul

#define SINVAL_VMA(rs1, rs2) ".insn r 0x73, 0, 0x0b, x0, " rs1 ", " rs2 "\n"
#define W_INVAL  ".word 0x18000073\n"
#define INVAL_IR ".word 0x18100073\n"

/* Every way in which S may say "forget the leaf of a0, address space a1". */
static void fence_by(int way, u64 va, u64 asid)
{
    switch (way) {
    case 0: PASSES(S, "sfence.vma", va, asid); break;
    case 1: PASSES(S, "sfence.vma a0, zero", va, asid); break;
    case 2: PASSES(S, "sfence.vma zero, a1", va, asid); break;
    case 3: PASSES(S, "sfence.vma a0, a1", va, asid); break;
    case 4: PASSES(S, W_INVAL SINVAL_VMA("a0", "x0") INVAL_IR, va, asid); break;
    case 5: PASSES(S, W_INVAL SINVAL_VMA("x0", "a1") INVAL_IR, va, asid); break;
    case 6: PASSES(S, W_INVAL SINVAL_VMA("a0", "a1") INVAL_IR, va, asid); break;
    case 7: PASSES(M, "sfence.vma a0, a1", va, asid); break;
    }
}
#define WAYS 8

static void leaves(struct space *s)
{
    use(s, ASID);
    for (int way = 0; way < WAYS; way++)
        for (int level = 0; level < 3; level++) {
            u64 size = PAGE << 9 * level, base = VA + 4 * GIGA + (level ? 0 : 0x5000);
            u64 at = base + ((u64)page_a & (size - 1));
            u64 frame = (u64)page_a & ~(size - 1);
            *pte_of(s, base, 2) = 0;                /* whatever an earlier round left */
            FENCE_ALL();
            map(s, base, level, (void *)frame, RW);
            FENCE_ALL();
            page_a[0] = 1;
            LOADS(S, at, 1);
            STORES(S, at, 2);
            /* gone */
            *pte_of(s, base, level) = 0;
            fence_by(way, at, ASID);
            LOAD_FAULTS(LOAD_PAGE, S, at);
            /* back, for reading */
            map(s, base, level, (void *)frame, V | R | A | D);
            fence_by(way, at, ASID);
            LOADS(S, at, 2);
            STORE_FAULTS(STORE_PAGE, S, at);
            /* for writing too */
            map(s, base, level, (void *)frame, RW);
            fence_by(way, at, ASID);
            STORES(S, at, 3);
            CHECK(page_a[0], 3);
        }
    leave();
}

/* Many addresses of one superpage are touched, one of them is fenced: all must be new. */
static void superpages(struct space *s)
{
    use(s, ASID);
    for (int way = 1; way < WAYS; way++)
        for (int level = 1; level < 3; level++) {
            u64 size = PAGE << 9 * level, base = VA + 8 * GIGA;
            u64 span = size > 8ul << 20 ? 8ul << 20 : size;     /* inside the RAM that every machine has */
            map(s, base, level, (void *)RAM, RW);
            FENCE_ALL();
            for (u64 off = 0; off < span; off += span / 32)
                LOADS(S, base + off, *(volatile u64 *)(RAM + off));
            map(s, base, level, (void *)RAM, V | X | A | D);
            fence_by(way, base + span / 2 + 0x123, ASID);
            for (u64 off = 0; off < span; off += span / 32)
                LOAD_FAULTS(LOAD_PAGE, S, base + off);
            *pte_of(s, base, level) = 0;
            FENCE_ALL();
        }
    leave();
}

/* Pointers: a fence of everything follows a change of the tables themselves. */
static void tables(struct space *s)
{
    use(s, ASID);
    u64 va = VA + 12 * GIGA;
    map(s, va, 0, page_a, RW);
    map(s, va + (2ul << 20), 0, page_b, RW);
    FENCE_ALL();
    page_a[0] = 0xa;
    page_b[0] = 0xb;
    LOADS(S, va, 0xa);
    LOADS(S, va + (2ul << 20), 0xb);
    volatile u64 *one = pte_of(s, va, 1), *two = pte_of(s, va + (2ul << 20), 1);
    for (int i = 0; i < 4; i++) {
        u64 t = *one;
        *one = *two;
        *two = t;
        fence_by(i & 1 ? 0 : 2, 0, ASID);
        LOADS(S, va, i & 1 ? 0xa : 0xb);
        LOADS(S, va + (2ul << 20), i & 1 ? 0xb : 0xa);
    }
    leave();
}

/* Two spaces with one address each; switching needs no fence while the ASIDs differ. */
static void two_spaces(u64 mode)
{
    struct space one = new_space(mode), two = new_space(mode);
    map(&one, VA, 0, page_a, RW);
    map(&two, VA, 0, page_b, RW);
    page_a[0] = 0xaaaa;
    page_b[0] = 0xbbbb;
    use(&one, 1);
    for (int i = 0; i < 300; i++) {
        WRITE(satp, satp_of(&one, 1));
        LOADS(S, VA, 0xaaaa + i);
        STORES(S, VA, 0xaaaa + i + 1);
        WRITE(satp, satp_of(&two, 2));
        LOADS(S, VA, 0xbbbb + i);
        STORES(S, VA, 0xbbbb + i + 1);
    }
    CHECK(page_a[0], 0xaaaa + 300);
    CHECK(page_b[0], 0xbbbb + 300);
    /* S itself switches */
    page_a[0] = 1;
    page_b[0] = 2;
    WRITE(satp, satp_of(&one, 1));
    PASSES(S, "li t0, 0x1000000000\n ld t1, 0(t0)\n csrw satp, a0\n ld t2, 0(t0)\n csrw satp, a1\n ld a0, 0(t0)\n"
              "slli t2, t2, 8\n or a0, a0, t2\n slli t1, t1, 16\n or a0, a0, t1", satp_of(&two, 2), satp_of(&one, 1));
    CHECK(A0, 0x010201);
    /* bare in between */
    WRITE(satp, 0);
    LOADS(S, page_b, 2);
    WRITE(satp, satp_of(&two, 2));
    LOADS(S, VA, 2);
    /* a fence for one ASID reaches that one; the other space goes on working */
    *pte_of(&one, VA, 0) = 0;
    PASSES(S, "sfence.vma a0, a1", VA, 1);
    LOADS(S, VA, 2);
    WRITE(satp, satp_of(&one, 1));
    LOAD_FAULTS(LOAD_PAGE, S, VA);
    /* one ASID for another root, after a fence */
    map(&one, VA, 0, page_a, RW);
    WRITE(satp, satp_of(&one, 5));
    FENCE_ALL();
    LOADS(S, VA, 1);
    WRITE(satp, satp_of(&two, 5));
    FENCE_ALL();
    LOADS(S, VA, 2);
    /* a global page is the same in both, and a fence without ASID takes it away */
    map(&one, VA + PAGE, 0, page_a, RW | G);
    map(&two, VA + PAGE, 0, page_a, RW | G);
    FENCE_ALL();
    WRITE(satp, satp_of(&one, 1));
    LOADS(S, VA + PAGE, 1);
    WRITE(satp, satp_of(&two, 2));
    LOADS(S, VA + PAGE, 1);
    map(&one, VA + PAGE, 0, page_b, RW | G);
    map(&two, VA + PAGE, 0, page_b, RW | G);
    PASSES(S, "sfence.vma a0, zero", VA + PAGE, 0);
    LOADS(S, VA + PAGE, 2);
    WRITE(satp, satp_of(&one, 1));
    LOADS(S, VA + PAGE, 2);
    leave();
}

/* The code at an address changes with the mapping, hot or not, and with the space. */
static void code(u64 mode)
{
    struct space one = new_space(mode), two = new_space(mode);
    volatile u32 *a = (volatile u32 *)page_a, *b = (volatile u32 *)page_b;
    a[0] = INSN_LI_A0(1);
    b[0] = INSN_LI_A0(2);
    a[1] = b[1] = INSN_ECALL;
    __asm__ volatile("fence.i" ::: "memory");
    map(&one, VA, 0, page_a, RWX);
    map(&two, VA, 0, page_b, RWX);
    use(&one, 1);
    for (int i = 0; i < 200; i++) {
        int odd = i & 1;
        map(&one, VA, 0, odd ? page_b : page_a, RWX);
        fence_by(i % WAYS, VA, 1);
        JUMPS(S, VA);
        CHECK(A0, odd ? 2 : 1);
    }
    map(&one, VA, 0, page_a, RWX);
    FENCE_ALL();
    for (int i = 0; i < 100; i++) {
        WRITE(satp, satp_of(&one, 1));
        JUMPS(S, VA);
        CHECK(A0, 1);
        WRITE(satp, satp_of(&two, 2));
        JUMPS(S, VA);
        CHECK(A0, 2);
    }
    /* execution right taken away from code that has run */
    map(&two, VA, 0, page_b, RW);
    PASSES(S, "sfence.vma a0, zero", VA, 0);
    JUMP_FAULTS(FETCH_PAGE, S, VA);
    map(&two, VA, 0, page_b, RWX | PU);
    PASSES(S, "sfence.vma a0, zero", VA, 0);
    JUMP_FAULTS(FETCH_PAGE, S, VA);
    JUMPS(U, VA);
    CHECK(A0, 2);
    /* written through another address, run through this one */
    map(&two, VA, 0, page_b, RWX);
    FENCE_ALL();
    for (u32 i = 0; i < 50; i++) {
        b[0] = INSN_LI_A0(i);
        __asm__ volatile("fence.i" ::: "memory");
        JUMPS(S, VA);
        CHECK(A0, i);
    }
    leave();
}

void test(void)
{
    for (u64 mode = SV39; mode <= SV57; mode++) {
        struct space s = new_space(mode);
        leaves(&s);
        s = new_space(mode);
        superpages(&s);
        s = new_space(mode);
        tables(&s);
        two_spaces(mode);
        code(mode);
    }
}
