/*
 * Every hart computes its share of a fixed amount of work in LAPS pieces; after each
 * piece it wakes the next hart of the ring and sleeps until the one before has done
 * the same. The total is the same for any number of harts, so that throughput compares.
 */
#include "bench.h"

u64 iterations = 80000000;              /* of all harts together; a host may change it */
enum { LAPS = 16 };

/* laps_of[h]: how many laps the hart before h has finished. */
static volatile u64 laps_of[MAX_HARTS + 1];
static volatile u64 started, finished, done_iterations, counted, checksum;

static void add_to(volatile u64 *word, u64 n)
{
    __asm__ volatile("amoadd.d.aqrl zero, %1, (%0)" :: "r"(word), "r"(n) : "memory");
}

/* Five instructions an iteration. */
static u64 work(u64 x, u64 n)
{
    for (; n; n--) {
        x ^= x << 13;
        x += n;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

static void run(unsigned me)
{
    unsigned next = me + 1 == harts ? 0 : me + 1;
    u64 share = iterations / harts + (me < iterations % harts);
    u64 x = me + 1, before = 0;
    for (u64 lap = 1; lap <= LAPS; lap++) {
        u64 until = share * lap / LAPS;
        x = work(x, until - before);
        before = until;
        __asm__ volatile("fence rw, w" ::: "memory");
        laps_of[next] = lap;
        wake(next);
        while (laps_of[me] < lap)
            doze(me);
    }
    add_to(&done_iterations, before);
    add_to(&checksum, x);
    add_to(&counted, instructions());
    if (take_ticket(&finished) + 1 == harts)
        wake(0);
}

void hart_main(unsigned me, const void *fdt)
{
    if (me == 0) {
        harts = fdt_count_cpus(fdt);
        __asm__ volatile("fence rw, w" ::: "memory");
        started = 1;
        wake_others(0);
    }
    while (!started)
        doze(me);
    __asm__ volatile("fence r, rw" ::: "memory");
    run(me);
    if (me != 0)
        return;
    while (finished < harts)
        doze(0);
    __asm__ volatile("fence r, rw" ::: "memory");
    finish("ring", counted, done_iterations == iterations);
}
