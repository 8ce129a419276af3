/*
 * Every hart works, then sends an IPI to the next one round the ring and waits for that of the one before. The work and
 * the number of IPIs are the same for any number of harts: each does its share of the rounds.
 */
#include "rt.h"

PARAM(rounds, 40960);  /* of all harts together */
PARAM(loops, 5000);    /* of work in a round */

#define MAX_HARTS 4096

static struct {
    uint64_t arrived; /* rounds that the hart before has told of */
    uint8_t apart[56];
} cells[MAX_HARTS] __attribute__((aligned(64)));

static uint64_t harts; /* 0 until hart 0 has counted them */
static uint64_t done;

static void send(uint64_t to)
{
    __asm__ volatile("fence rw, w" ::: "memory");
    MSIP[to] = 1;
}

/* Waits until *word has reached want. Whoever changes the word sends an IPI afterwards. */
static void wait_for(uint64_t hart, uint64_t *word, uint64_t want)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) < want) {
        wfi();
        MSIP[hart] = 0;
        __asm__ volatile("fence w, r" ::: "memory");
    }
}

static uint64_t work(uint64_t x, uint64_t loops)
{
    uint64_t sum = 0;
    for (; loops; loops--) {
        x = xorshift(x);
        sum += x & loops;
    }
    return sum;
}

void hart_main(uint64_t hart, const void *fdt)
{
    if (hart == 0) {
        uint64_t n = count_harts(fdt);
        __atomic_store_n(&harts, n, __ATOMIC_RELEASE);
        for (uint64_t i = 1; i < n; i++)
            send(i);
    } else
        wait_for(hart, &harts, 1);
    uint64_t n = harts, next = hart + 1 == n ? 0 : hart + 1;
    uint64_t rounds = param_rounds / n, loops = param_loops, sum = 0;
    for (uint64_t r = 1; r <= rounds; r++) {
        sum += work(hart * 2 + r * 8191 + 1, loops);
        __atomic_fetch_add(&cells[next].arrived, 1, __ATOMIC_RELEASE);
        send(next);
        wait_for(hart, &cells[hart].arrived, r);
    }
    if (sum == 0 && rounds)
        finish(1);
    if (__atomic_add_fetch(&done, 1, __ATOMIC_ACQ_REL) == n) {
        for (uint64_t i = 0; i < n; i++)
            if (cells[i].arrived != rounds)
                finish(2);
        finish(0);
    }
}
