/*
 * Every hart does the same work on data of its own, and has nothing to do with the others until the end, when all
 * must have come to the same result.
 */
#include "rt.h"

PARAM(loops, 20000000); /* of each hart */
PARAM(bytes, 0);        /* 0: integer instructions only; else of each hart's data, a power of two from 64 */
PARAM(step, 8);         /* bytes from one access to the next, a multiple of 8 */

static uint64_t harts; /* 0 until hart 0 has counted them */
static uintptr_t area;
static uint64_t done;
static uint64_t result; /* of the hart that was first */

static uint64_t compute(uint64_t x, uint64_t loops)
{
    uint64_t sum = 0;
    for (; loops; loops--) {
        x = xorshift(x);
        sum += x & loops;
    }
    return sum;
}

/* Loads a word and stores it changed, through all the data again and again. */
static uint64_t sweep(uint8_t *data, uint64_t loops, uint64_t bytes, uint64_t step)
{
    uint64_t at = 0, sum = 0;
    for (uint64_t i = 0; i < bytes; i += 8)
        *(uint64_t *)(data + i) = i + 1;
    for (; loops; loops--) {
        uint64_t *word = (uint64_t *)(data + at);
        sum += *word;
        *word = sum;
        at = (at + step) & (bytes - 1);
    }
    return sum;
}

void hart_main(uint64_t hart, const void *fdt)
{
    if (hart == 0) {
        uint64_t n = count_harts(fdt);
        area = free_memory(n, 1 << 21);
        __atomic_store_n(&harts, n, __ATOMIC_RELEASE);
        for (uint64_t i = 1; i < n; i++)
            MSIP[i] = 1;
    }
    while (__atomic_load_n(&harts, __ATOMIC_ACQUIRE) == 0)
        wfi();
    MSIP[hart] = 0;
    uint64_t bytes = param_bytes, gap = (bytes + (1 << 21)) & ~((1ul << 21) - 1);
    uint64_t sum = bytes ? sweep((uint8_t *)(area + hart * gap), param_loops, bytes, param_step)
                         : compute(88172645463325252ull, param_loops);
    uint64_t none = 0;
    if (!__atomic_compare_exchange_n(&result, &none, sum, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) && none != sum)
        finish(1);
    if (__atomic_add_fetch(&done, 1, __ATOMIC_ACQ_REL) == harts)
        finish(0);
}
