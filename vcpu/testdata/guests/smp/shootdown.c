/*
 * harts: 2. Translations across harts: a page table changed by hart 0 and fenced on
 * hart 1 after an IPI (TRAPS 1, 5), one ASID for two roots (TRAPS 2), A and D bits set
 * beside another hart's changes to the entry (TRAPS 6).
 */
#include "smp.h"
#include "../mmu/pt.h"

static volatile u64 frames[2][512] __attribute__((aligned(4096), section(".bss.page")));
static struct space shared, other;
static volatile u64 request, answer, ready;

enum { ROUNDS = 500 };
#define VA TEST_VA

/* Waits for the request, with the page in use by S-mode loads all the while; the IPI ends the loop. */
static void reader(void)
{
    for (u64 i = 1; i <= ROUNDS; i++) {
        CLEAR(mstatus, MPIE);
        RUN(S, "1: ld a1, 0(a0)\n ld a2, 8(a0)\n j 1b", VA, 0);
        CHECK(T.cause, INTERRUPT(MSI));
        CLINT_MSIP(1) = 0;
        FENCE();
        if (i & 1)
            __asm__ volatile("sfence.vma %0, zero" :: "r"(VA) : "memory");
        else
            FENCE_ALL();
        /* from here on the old page must not be seen, not once */
        PASSES(S, "ld a1, 0(a0)", VA, 0);
        CHECK(T.x[11], 0x100 + (i & 1));
        PASSES(S, "sd a1, 16(a0)", VA, i);
        CHECK(frames[i & 1][2], i);
        answer = i;
    }
}

static void changer(void)
{
    u64 random = 5;
    for (u64 i = 1; i <= ROUNDS; i++) {
        map(&shared, VA, 0, frames[i & 1], RW);
        /* while hart 1 may still be filling its translations from either entry */
        spin(next_random(&random) % 200);
        if (i % 3 == 0)                 /* this hart uses the page as well */
            LOADS(S, VA + PAGE, 0x100);
        ipi(1);
        while (answer != i)
            relax();
    }
}

/* The same ASID, other roots: each hart sees its own page. */
static void one_asid(u64 id)
{
    use(id ? &other : &shared, 9);
    for (int i = 0; i < 2000; i++)
        LOADS(S, VA, 0x100 + id);
    meet();
    /* changing roots on one hart leaves the other alone */
    for (int i = 0; i < 200; i++) {
        if (id == 0) {
            use(i & 1 ? &shared : &other, 9);
            LOADS(S, VA, i & 1 ? 0x100 : 0x101);
        } else {
            LOADS(S, VA, 0x101);
        }
    }
}

/* Hart 1 stores through the entry again and again; hart 0 clears A and D and flips a software bit. */
static void dirty_bits(u64 id)
{
    volatile u64 *leaf = pte_of(&shared, VA, 0);
    SET(menvcfg, 1ul << 61);            /* ADUE */
    use(&shared, 3);
    meet();
    if (id == 1) {
        while (!ready) {
            PASSES(S, "sfence.vma\n ld a1, 0(a0)\n sd a1, 24(a0)", VA, 0);
        }
        return;
    }
    u64 flips = 0;
    for (int i = 0; i < 5000; i++) {
        __asm__ volatile("amoand.d zero, %1, (%0)" :: "r"(leaf), "r"(~(u64)(A | D)) : "memory");
        __asm__ volatile("amoxor.d zero, %1, (%0)" :: "r"(leaf), "r"(1ul << 8) : "memory");
        flips++;
        spin(i & 31);
        /* an update that wrote back an old entry would undo a flip */
        u64 now = *leaf;
        CHECK(now >> 8 & 1, flips & 1);
        CHECK(now & ~(u64)(A | D | 1 << 8), entry((u64)frames[0], V | R | W));
    }
    FENCE();
    ready = 1;
}

static void part(u64 id)
{
    if (id > 1)
        return;
    CHECK(harts(), 2);
    if (id == 0) {
        shared = new_space(SV39);
        other = new_space(SV39);
        frames[0][0] = 0x100;
        frames[1][0] = 0x101;
        map(&shared, VA, 0, frames[0], RW);
        map(&shared, VA + PAGE, 0, frames[0], RW);
        map(&other, VA, 0, frames[1], RW);
    }
    CLINT_MSIP(id) = 0;
    WRITE(mie, id ? 1 << MSI : 0);
    meet();
    use(&shared, 1);
    meet();
    if (id)
        reader();
    else
        changer();
    WRITE(mie, 0);
    meet();
    if (id == 0)
        map(&shared, VA, 0, frames[0], RW);
    meet();
    one_asid(id);
    meet();
    dirty_bits(id);
}

static void verdict(void)
{
    CHECK(answer, ROUNDS);
}
