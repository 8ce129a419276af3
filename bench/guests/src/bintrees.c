/*
 * Binary trees, as the Computer Language Benchmarks Game has them: very many short-lived trees of several depths beside
 * one that lives on. Each worker does its share of them.
 */
#include "mem.h"

PARAM(depth, 18); /* of the tree that lives on, and of the largest short-lived ones */

const char program_name[] = "bintrees";

enum { T_tree = 1, MIN_DEPTH = 4 };

struct tree {
    HEADER
    struct tree *left, *right;
};

struct share {
    uint64_t items;
    uint8_t apart[56];
};

static struct tree *grow(uint64_t depth)
{
    struct tree *t = NEW(tree);
    if (depth == 0) {
        CLEAR(t->left);
        CLEAR(t->right);
        return t;
    }
    struct tree *left = grow(depth - 1);
    SET(t->left, left);
    struct tree *right = grow(depth - 1);
    SET(t->right, right);
    return t;
}

static uint64_t count(const struct tree *t) { return t ? 1 + count(t->left) + count(t->right) : 0; }

static void fell(struct tree *t)
{
    if (t->left) {
        fell(t->left);
        fell(t->right);
    }
    DROP(t);
}

static uint64_t once(uint64_t depth)
{
    struct tree *t = grow(depth);
    uint64_t items = count(t);
    if (MEM_BY_HAND)
        fell(t);
    return items;
}

static uint64_t trees(uint64_t depth) { return 1ul << (param_depth - depth + MIN_DEPTH); }

static void work(uint64_t worker, void *arg)
{
    struct share *share = (struct share *)arg + worker;
    for (uint64_t d = MIN_DEPTH; d <= param_depth; d += 2)
        for (uint64_t t = worker; t < trees(d); t += workers())
            share->items += once(d);
}

void program(void)
{
    static struct share shares[64];
    if (param_depth < MIN_DEPTH || param_depth > 30 || workers() > 64)
        fail("depth is from 4 to 30, workers up to 64");
    mem_type(T_tree, sizeof(struct tree), REF(struct tree, left) | REF(struct tree, right));
    uint64_t began = now_ns(), stretch = once(param_depth + 1);
    struct tree *old = grow(param_depth);

    together(work, shares);
    uint64_t sum = stretch, want = (4ul << param_depth) - 1;
    for (uint64_t w = 0; w < workers(); w++)
        sum += shares[w].items;
    for (uint64_t d = MIN_DEPTH; d <= param_depth; d += 2)
        want += trees(d) * ((2ul << d) - 1);
    uint64_t lived = count(old), took = now_ns() - began;
    if (sum != want || lived != (2ul << param_depth) - 1)
        fail("%u nodes and %u that live on, not %u and %u", sum, lived, want, (2ul << param_depth) - 1);
    say("bintrees %s: %u workers, depth %u, %u nodes, sum %x, %u us, %u cycles\n", MEM_NAME, workers(), (uint64_t)param_depth, sum + lived,
        mix(sum, lived), took / 1000, mem_cycles());
}
