/*
 * Pointers on the move. Every worker has a forest of trees in which each node is referred to once. It exchanges subtrees
 * of one depth, replaces nodes by copies, and exchanges whole trees with the other workers, at random and for as long as
 * told: a reference that a collector overlooks on its way costs a node, whose seal is then broken. At the end all nodes
 * must be there. How long a worker had to stand still shows in the longest gap between two looks at the clock.
 */
#include "mem.h"

PARAM(live_mib, 150);   /* of nodes, 48 bytes each */
PARAM(steps, 4000000);  /* of all workers together */
PARAM(renew, 1);        /* one step in so many replaces a node too; 0: none */
PARAM(trade, 64);       /* one step in so many is an exchange with other workers; 0: none */

const char program_name[] = "mutate";

enum { T_node = 1, WAYS = 3, DEPTH = 6, SIZE = 1093, MAX_WORKERS = 64, STALLS = 16, LOOK = 4 };

struct node {
    HEADER
    struct node *to[WAYS];
    uint64_t id, seal;
};

struct worker {
    uint64_t trees, first;     /* how many, and the id of their first node */
    uint64_t gap, over;        /* longest gap in ns, and how many were over 100 us */
    uint64_t nodes, sum;       /* found at the end */
    uint8_t apart[16];
};

static struct worker all[MAX_WORKERS];
static struct refs **forests; /* roots: a forest for each worker */
static struct node **stalls;  /* roots: trees to trade */

static uint64_t seal(uint64_t id) { return mix(0x68617274, id); }

static struct node *look(struct node *n)
{
    if (n->seal != seal(n->id))
        fail("node %x has the id %x and the seal %x", n, n->id, n->seal);
    return n;
}

static struct node *grow(int depth, uint64_t *id)
{
    struct node *n = NEW(node);
    n->id = (*id)++;
    n->seal = seal(n->id);
    for (int i = 0; i < WAYS; i++) {
        if (depth == 0) {
            CLEAR(n->to[i]);
            continue;
        }
        struct node *child = grow(depth - 1, id);
        SET(n->to[i], child);
    }
    return n;
}

static void take_in(struct node *n, struct worker *w)
{
    if (!n)
        return;
    look(n);
    w->nodes++;
    w->sum += mix(1, n->id);
    for (int i = 0; i < WAYS; i++)
        take_in(n->to[i], w);
}

/* Goes down a tree, by the bits of way, and returns the place that refers to what is there. */
static struct node **descend(struct refs *forest, uint64_t tree, uint64_t depth, uint64_t way)
{
    struct node **place = (struct node **)&forest->at[tree];
    for (; depth; depth--, way /= WAYS)
        place = &look(*place)->to[way % WAYS];
    return place;
}

static void renew(struct node **place)
{
    struct node *old = look(*place), *n = NEW(node);
    n->id = old->id;
    n->seal = old->seal;
    for (int i = 0; i < WAYS; i++)
        SET(n->to[i], old->to[i]);
    SET(*place, n);
    DROP(old);
}

static void step(struct refs *forest, uint64_t trees, uint64_t n, uint64_t x)
{
    uint64_t depth = x % (DEPTH + 1), one = (x >> 8) % trees, other = (x >> 28) % trees;
    struct node **place = descend(forest, one, depth, x >> 48);
    if (param_renew && n % param_renew == 0)
        renew(place);
    if (param_trade && n % param_trade == 0) {
        struct node *mine = forest->at[one];
        mine = SWAP(stalls[x % STALLS], mine);
        SET(forest->at[one], mine);
        return;
    }
    struct node **place2 = descend(forest, other, depth, x >> 40), *t = *place;
    SET(*place, *place2);
    SET(*place2, t);
}

static void build(uint64_t worker, void *arg)
{
    struct worker *w = &all[worker];
    uint64_t id = w->first;
    (void)arg;
    SET(forests[worker], mem_refs(w->trees));
    for (uint64_t i = 0; i < w->trees; i++) {
        struct node *t = grow(DEPTH, &id);
        SET(forests[worker]->at[i], t);
    }
}

static void mutate(uint64_t worker, void *arg)
{
    struct worker *w = &all[worker];
    struct refs *forest = forests[worker];
    uint64_t x = worker + 88172645463325252, then = now_ns();
    (void)arg;
    for (uint64_t n = 1; n <= param_steps / workers(); n++) {
        x = xorshift(x);
        step(forest, w->trees, n, x * 0x2545f4914f6cdd1dul);
        if (n % LOOK)
            continue;
        uint64_t now = now_ns(), gap = now - then;
        if (gap > w->gap)
            w->gap = gap;
        w->over += gap > 100000;
        then = now;
    }
}

static void check(uint64_t worker, void *arg)
{
    struct worker *w = &all[worker];
    (void)arg;
    for (uint64_t i = 0; i < w->trees; i++)
        take_in(forests[worker]->at[i], w);
}

void program(void)
{
    uint64_t n = workers(), trees = (param_live_mib << 20) / (SIZE * 48), id = 0, nodes = 0, sum = 0, want = 0;
    if (n > MAX_WORKERS || trees < n + STALLS)
        fail("there are at most 64 workers, and live_mib has to be enough for a tree for each");
    mem_type(T_node, sizeof(struct node), 7 * REF(struct node, to));
    forests = (struct refs **)mem_roots(n);
    stalls = (struct node **)mem_roots(STALLS);
    for (int i = 0; i < STALLS; i++) {
        struct node *t = grow(DEPTH, &id);
        SET(stalls[i], t);
    }
    trees -= STALLS;
    for (uint64_t w = 0; w < n; w++) {
        all[w].trees = trees / n;
        all[w].first = id;
        id += all[w].trees * SIZE;
    }
    together(build, NULL);
    uint64_t began = now_ns();
    together(mutate, NULL);
    uint64_t took = now_ns() - began;

    together(check, NULL);
    for (int i = 0; i < STALLS; i++)
        take_in(stalls[i], &all[0]);
    for (uint64_t i = 0; i < id; i++)
        want += mix(1, i);
    for (uint64_t w = 0; w < n; w++)
        nodes += all[w].nodes, sum += all[w].sum;
    if (nodes != id || sum != want)
        fail("%u nodes of sum %x are left of %u of sum %x", nodes, sum, id, want);
    say("mutate %s: %u workers, %u nodes, %u steps, sum %x, %u us, %u cycles, longest gaps in us", MEM_NAME, n, id, (uint64_t)param_steps,
        sum, took / 1000, mem_cycles());
    for (uint64_t w = 0; w < n; w++)
        say(" %u", all[w].gap / 1000);
    say(", over 100 us");
    for (uint64_t w = 0; w < n; w++)
        say(" %u", all[w].over);
    say("\n");
}
