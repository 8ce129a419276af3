/*
 * References between harts. Workers push cells onto shared stacks and pop what others have pushed, by compare-and-swap
 * without a lock: no cell's memory is reused while anybody still looks at it, so that the head of a stack never comes
 * back with another meaning. Whole lists go through mailboxes by exchange. Each cell must arrive once.
 */
#include "mem.h"

#ifdef HEAP_MALLOC
#error "without a collector the stacks would need more than a compare-and-swap"
#endif

PARAM(items, 2000000); /* pushed by each worker; a fourth as many in lists */

const char program_name[] = "listtest";

enum { T_cell = 1, STACKS = 4, BOXES = 4, LIST = 8, MAX_WORKERS = 64 };

struct cell {
    HEADER
    struct cell *next;
    uint64_t value, seal;
};

struct worker {
    uint64_t sent, sent_sum, got, got_sum;
    uint8_t apart[32];
};

static struct worker all[MAX_WORKERS];
static struct cell **stacks, **boxes; /* roots */

static struct cell *make(struct worker *w, uint64_t value, struct cell *next)
{
    struct cell *c = NEW(cell);
    c->value = value;
    c->seal = mix(2, value);
    SET(c->next, next);
    w->sent++;
    w->sent_sum += value;
    return c;
}

static void consume(struct worker *w, const struct cell *c)
{
    if (c->seal != mix(2, c->value))
        fail("cell %x has the value %x and the seal %x", c, c->value, c->seal);
    w->got++;
    w->got_sum += c->value;
}

static void push(struct cell **stack, struct cell *c)
{
    struct cell *head = __atomic_load_n(stack, __ATOMIC_ACQUIRE), *seen;
    for (;; head = seen) {
        SET(c->next, head);
        seen = CAS(*stack, head, c);
        if (seen == head)
            return;
    }
}

static struct cell *pop(struct cell **stack)
{
    struct cell *head = __atomic_load_n(stack, __ATOMIC_ACQUIRE), *seen;
    for (; head; head = seen) {
        seen = CAS(*stack, head, head->next);
        if (seen == head)
            break;
    }
    return head;
}

/* Puts a list into a mailbox and takes the one that was there. */
static void mail(struct worker *w, struct cell **box, struct cell *list)
{
    for (list = SWAP(*box, list); list; list = list->next)
        consume(w, list);
}

static void work(uint64_t worker, void *arg)
{
    struct worker *w = &all[worker];
    uint64_t x = worker + 1, value = worker << 40;
    (void)arg;
    for (uint64_t i = 0; i < param_items; i++) {
        x = xorshift(x);
        push(&stacks[x % STACKS], make(w, value++, NULL));
        struct cell *c = pop(&stacks[x / STACKS % STACKS]);
        if (c)
            consume(w, c);
        if (i % (4 * LIST) == 0) {
            struct cell *list = NULL;
            for (int n = 0; n < LIST; n++)
                list = make(w, value++, list);
            mail(w, &boxes[x / 64 % BOXES], list);
        }
    }
}

void program(void)
{
    uint64_t n = workers(), began = now_ns();
    struct worker sum = {0, 0, 0, 0, {0}};
    if (n > MAX_WORKERS)
        fail("there are at most 64 workers");
    mem_type(T_cell, sizeof(struct cell), REF(struct cell, next));
    stacks = (struct cell **)mem_roots(STACKS);
    boxes = (struct cell **)mem_roots(BOXES);
    together(work, NULL);
    for (int i = 0; i < STACKS; i++)
        for (struct cell *c; (c = pop(&stacks[i]));)
            consume(&all[0], c);
    for (int i = 0; i < BOXES; i++)
        mail(&all[0], &boxes[i], NULL);
    uint64_t took = now_ns() - began;
    for (uint64_t w = 0; w < n; w++) {
        sum.sent += all[w].sent, sum.sent_sum += all[w].sent_sum;
        sum.got += all[w].got, sum.got_sum += all[w].got_sum;
    }
    if (sum.sent != sum.got || sum.sent_sum != sum.got_sum)
        fail("%u cells of sum %x were sent, %u of sum %x came", sum.sent, sum.sent_sum, sum.got, sum.got_sum);
    say("listtest %s: %u workers, %u cells, sum %x, %u us, %u cycles\n", MEM_NAME, n, sum.got, sum.got_sum, took / 1000,
        mem_cycles());
}
