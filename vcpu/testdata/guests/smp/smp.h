/*
 * Frame of the guests for several harts: `part` runs on every hart from 0 to
 * expected_harts - 1 at the same time; hart 0 goes on to `verdict` when all are done.
 */
#ifndef SMP_H
#define SMP_H
#include "rt.h"

static void part(u64 id);
static void verdict(void);

static volatile u64 smp_started, smp_arrived, smp_phase;

static inline u64 add(volatile u64 *p, u64 n)
{
    u64 old;
    __asm__ volatile("amoadd.d.aqrl %0, %2, (%1)" : "=r"(old) : "r"(p), "r"(n) : "memory");
    return old;
}

static inline u64 harts(void) { return expected_harts; }
static inline void relax(void) { __asm__ volatile(".word 0x0100000f" ::: "memory"); }
static inline void ipi(u64 hart) { FENCE(); CLINT_MSIP(hart) = 1; }

/* All harts meet. Spinning on purpose: the harts of a test are few. */
static inline void meet(void)
{
    u64 now = smp_phase;
    if (add(&smp_arrived, 1) + 1 == harts()) {
        smp_arrived = 0;
        FENCE();
        smp_phase = now + 1;
    } else {
        while (smp_phase == now)
            relax();
    }
    FENCE();
}

void test(void)
{
    add(&smp_started, 1);
    while (smp_started < harts())
        relax();
    part(0);
    meet();
    verdict();
}

void test_other(u64 id)
{
    if (id >= harts())
        return;
    add(&smp_started, 1);
    while (smp_started < harts())
        relax();
    part(id);
    meet();
}

/* A cheap generator for delays. */
static inline u64 next_random(u64 *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

static inline void spin(u64 n)
{
    for (; n; n--)
        __asm__ volatile("");
}
#endif
