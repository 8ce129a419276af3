/*
 * Calls and returns: the recursion of Fibonacci's numbers, a walk over a binary tree, and small functions that are
 * called from many places, so that each return has many targets.
 */
#include "rt.h"

PARAM(rounds, 20);

#define DEPTH 9
#define NODES ((1 << DEPTH) - 1)

struct node {
    struct node *left, *right;
    uint64_t value;
};

static struct node nodes[NODES];

static __attribute__((noinline)) uint64_t fib(uint64_t n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static __attribute__((noinline)) struct node *plant(int first, int count)
{
    if (count == 0)
        return 0;
    int left = count / 2;
    struct node *n = &nodes[first + left];
    n->left = plant(first, left);
    n->value = (uint64_t)(first + left);
    n->right = plant(first + left + 1, count - left - 1);
    return n;
}

static __attribute__((noinline)) uint64_t sum(const struct node *n)
{
    return n ? sum(n->left) + n->value + sum(n->right) : 0;
}

/* A function that is too large for GCC to see through, called from many places. */
static __attribute__((noinline)) uint64_t mix(uint64_t x) { return xorshift(x) + 1; }
static __attribute__((noinline)) uint64_t twice(uint64_t x) { return mix(mix(x)) ^ x; }
static __attribute__((noinline)) uint64_t choose(uint64_t x) { return x & 1 ? mix(x) : twice(x); }

static __attribute__((noinline)) uint64_t maze(uint64_t n)
{
    uint64_t x = 1;
    for (uint64_t i = 0; i < n; i++) {
        x = choose(x) + mix(x ^ i);
        x ^= twice(choose(x));
        if (x & 4)
            x += mix(x);
    }
    return x;
}

void hart_main(uint64_t hart, const void *fdt)
{
    (void)fdt;
    if (hart)
        return;
    uint64_t want = 0;
    plant(0, NODES);
    for (uint64_t n = 0; n < param_rounds; n++) {
        if (fib(20) != 6765)
            finish(1);
        for (int i = 0; i < 20; i++)
            if (sum(&nodes[NODES / 2]) != (uint64_t)NODES * (NODES - 1) / 2)
                finish(2);
        uint64_t got = maze(2000);
        if (n && got != want)
            finish(3);
        want = got;
    }
    finish(0);
}
