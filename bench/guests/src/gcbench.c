/*
 * GCBench, after John Ellis, Pete Kovac and Hans Boehm: trees of many depths are built top-down, by storing into old
 * nodes, and bottom-up, while a large tree and a large array live on. Each worker does its share of the trees.
 */
#include "mem.h"

PARAM(depth, 16);      /* of the tree that lives on, and of the largest short-lived ones */
PARAM(floats, 500000); /* in the array */

const char program_name[] = "gcbench";

enum { T_node = 1, MIN_DEPTH = 4 };

struct node {
    HEADER
    struct node *left, *right;
    int32_t i, j;
};

struct share {
    uint64_t nodes;
    uint8_t apart[56];
};

static uint64_t tree_size(uint64_t depth) { return (2ul << depth) - 1; }

static struct node *leaf(void)
{
    struct node *n = NEW(node);
    CLEAR(n->left);
    CLEAR(n->right);
    n->i = n->j = 0;
    return n;
}

/* Gives a node children, these children, and so on. */
static void populate(struct node *n, uint64_t depth)
{
    if (depth == 0)
        return;
    SET(n->left, leaf());
    SET(n->right, leaf());
    populate(n->left, depth - 1);
    populate(n->right, depth - 1);
}

static struct node *grow(uint64_t depth)
{
    if (depth == 0)
        return leaf();
    struct node *left = grow(depth - 1), *right = grow(depth - 1), *n = NEW(node);
    SET(n->left, left);
    SET(n->right, right);
    n->i = n->j = 0;
    return n;
}

static uint64_t count(const struct node *n) { return n ? 1 + count(n->left) + count(n->right) : 0; }

static void fell(struct node *n)
{
    if (n) {
        fell(n->left);
        fell(n->right);
        DROP(n);
    }
}

/* Counts the nodes of a tree that has had its time. */
static uint64_t last_count(struct node *n)
{
    uint64_t nodes = count(n);
    if (MEM_BY_HAND)
        fell(n);
    return nodes;
}

static void construct(uint64_t worker, void *arg)
{
    struct share *share = (struct share *)arg + worker;
    for (uint64_t d = MIN_DEPTH; d <= param_depth; d += 2) {
        uint64_t trees = 2 * tree_size(param_depth + 2) / tree_size(d);
        for (uint64_t t = worker; t < trees; t += workers()) {
            struct node *n = leaf();
            populate(n, d);
            share->nodes += last_count(n);
            n = grow(d);
            share->nodes += last_count(n);
        }
    }
}

void program(void)
{
    static struct share shares[64];
    if (param_depth < MIN_DEPTH || param_depth > 24 || param_floats < 1000 || workers() > 64)
        fail("depth is from 4 to 24, floats from 1000 on, workers up to 64");
    mem_type(T_node, sizeof(struct node), REF(struct node, left) | REF(struct node, right));
    uint64_t began = now_ns(), sum = last_count(grow(param_depth + 2)); /* stretches the heap */

    struct node *old = leaf();
    populate(old, param_depth);
    struct data *array = mem_data(param_floats * sizeof(double));
    for (uint64_t i = 1; i <= param_floats / 2; i++)
        array->at[i] = 1.0 / (double)i;

    together(construct, shares);
    for (uint64_t w = 0; w < workers(); w++)
        sum += shares[w].nodes;
    if (array->at[1000 / 2] != 1.0 / 500)
        fail("the array has changed");
    uint64_t lived = count(old), took = now_ns() - began;
    DROP(array);

    uint64_t want = tree_size(param_depth + 2);
    for (uint64_t d = MIN_DEPTH; d <= param_depth; d += 2)
        want += 2 * (2 * tree_size(param_depth + 2) / tree_size(d)) * tree_size(d);
    if (lived != tree_size(param_depth) || sum != want)
        fail("%u nodes and %u that live on, not %u and %u", sum, lived, want, tree_size(param_depth));
    say("gcbench %s: %u workers, depth %u, %u nodes, sum %x, %u us, %u cycles\n", MEM_NAME, workers(), (uint64_t)param_depth, sum + lived,
        mix(sum, lived), took / 1000, mem_cycles());
}
