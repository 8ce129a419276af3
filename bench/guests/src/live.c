/*
 * Very many small objects that live, and full collections of them, one after the other: what does marking cost? The
 * trees are checked at the end.
 */
#include "mem.h"

#ifdef HEAP_MALLOC
#error "malloc does not collect"
#endif

PARAM(live_mib, 150); /* of nodes, 32 bytes each */
PARAM(cycles, 10);

const char program_name[] = "live";

enum { T_node = 1, DEPTH = 11, SIZE = 4095, MAX_WORKERS = 64 };

struct node {
    HEADER
    struct node *left, *right;
    uint64_t id;
};

struct share {
    uint64_t trees, nodes, sum;
    uint8_t apart[40];
};

static struct share shares[MAX_WORKERS];
static struct refs **forests; /* roots: one for each worker */

static struct node *grow(int depth, uint64_t id)
{
    struct node *n = NEW(node);
    n->id = id;
    if (depth) {
        struct node *left = grow(depth - 1, 2 * id);
        SET(n->left, left);
        struct node *right = grow(depth - 1, 2 * id + 1);
        SET(n->right, right);
    }
    return n;
}

static void take_in(const struct node *n, struct share *s)
{
    if (!n)
        return;
    s->nodes++;
    s->sum += mix(1, n->id);
    take_in(n->left, s);
    take_in(n->right, s);
}

static void build(uint64_t worker, void *arg)
{
    (void)arg;
    SET(forests[worker], mem_refs(shares[worker].trees));
    for (uint64_t i = 0; i < shares[worker].trees; i++) {
        struct node *t = grow(DEPTH, 1);
        SET(forests[worker]->at[i], t);
    }
}

static void check(uint64_t worker, void *arg)
{
    (void)arg;
    for (uint64_t i = 0; i < shares[worker].trees; i++)
        take_in(forests[worker]->at[i], &shares[worker]);
}

void program(void)
{
    uint64_t n = workers(), trees = (param_live_mib << 20) / (SIZE * 32), nodes = 0, sum = 0, shortest = -1ul, longest = 0, all = 0;
    if (n > MAX_WORKERS || trees < n)
        fail("there are at most 64 workers, and live_mib has to be enough for a tree for each");
    mem_type(T_node, sizeof(struct node), REF(struct node, left) | REF(struct node, right));
    forests = (struct refs **)mem_roots(n);
    for (uint64_t w = 0; w < n; w++)
        shares[w].trees = trees / n;
    together(build, NULL);
    for (uint64_t i = 0; i < param_cycles; i++) {
        uint64_t began = now_ns();
        mem_collect();
        uint64_t took = now_ns() - began;
        shortest = took < shortest ? took : shortest;
        longest = took > longest ? took : longest;
        all += took;
    }
    together(check, NULL);
    struct share one = {0, 0, 0, {0}};
    for (uint64_t i = 1; i <= SIZE; i++)
        one.sum += mix(1, i);
    for (uint64_t w = 0; w < n; w++)
        nodes += shares[w].nodes, sum += shares[w].sum;
    trees -= trees % n;
    if (nodes != trees * SIZE || sum != trees * one.sum)
        fail("%u nodes of sum %x are left of %u of sum %x", nodes, sum, trees * SIZE, trees * one.sum);
    say("live %s: %u workers, %u nodes, sum %x, %u cycles, us each: %u to %u, mean %u\n", MEM_NAME, n, nodes, sum,
        (uint64_t)param_cycles, shortest / 1000, longest / 1000, param_cycles ? all / param_cycles / 1000 : 0);
#ifdef HEAP_GC
    uint64_t us = gc_statistic(GC_MARKING_SUM) / 1000;
    say("live: %u objects marked, %u MB/s; %u pauses of harts, in ns 99 of 100 up to %u, longest %u; to a safe point %u, %u\n",
        gc_statistic(GC_MARKED_OBJECTS), us ? gc_statistic(GC_MARKED_BYTES) / us : 0, gc_statistic(GC_PAUSES),
        gc_statistic(GC_PAUSE_P99), gc_statistic(GC_PAUSE_MAX), gc_statistic(GC_TO_SAFE_POINT_P99),
        gc_statistic(GC_TO_SAFE_POINT_MAX));
#endif
}
