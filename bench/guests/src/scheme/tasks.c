/*
 * Threads. A thread that has been spawned waits in a queue until a hart takes it, or until somebody joins it and runs it
 * on the spot; then it runs to its end. Who joins a running thread sleeps, so that as many threads run as there are
 * harts, and none waits for a hart that waits for it.
 */
#include "scheme.h"

enum { WAITING, RUNNING, DONE };

static val *queue; /* roots: first and last thread */
static lock queue_lock;
static uint32_t news; /* changes when there is something to take, or all is over */
static uint32_t over;

void open_tasks(void)
{
    queue = (val *)gc_roots(2);
    gc_store(queue[0], NIL);
    gc_store(queue[1], NIL);
}

static uint32_t *state(val thread) { return (uint32_t *)&obj(thread)->at[0]; }

static void tell(void)
{
    __atomic_add_fetch(&news, 1, __ATOMIC_RELEASE);
    wake(&news);
}

val spawn(val thunk)
{
    val thread = new(T_THREAD, 0);
    set(thread, 1, thunk);
    set(thread, 2, VOID);
    set(thread, 3, NIL);
    acquire(&queue_lock);
    if (queue[0] == NIL)
        gc_store(queue[0], thread);
    else
        set(queue[1], 3, thread);
    gc_store(queue[1], thread);
    release(&queue_lock);
    tell();
    return thread;
}

/* Returns a thread that nobody runs, or 0. It may have been joined meanwhile. */
static val take(void)
{
    acquire(&queue_lock);
    val thread = queue[0] == NIL ? 0 : queue[0];
    if (thread) {
        gc_store(queue[0], obj(thread)->at[3]);
        set(thread, 3, NIL);
        if (queue[0] == NIL)
            gc_store(queue[1], NIL);
    }
    release(&queue_lock);
    return thread;
}

/* Runs a thread unless another hart has been faster. */
static void run(val thread, const char *low)
{
    uint32_t waiting = WAITING;
    if (!__atomic_compare_exchange_n(state(thread), &waiting, RUNNING, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    set(thread, 2, apply(obj(thread)->at[1], NIL, low));
    set(thread, 1, NIL);
    __atomic_store_n(state(thread), DONE, __ATOMIC_RELEASE);
    wake(state(thread));
}

val join(val thread, const char *low)
{
    run(thread, low);
    while (__atomic_load_n(state(thread), __ATOMIC_ACQUIRE) != DONE)
        wait_while(state(thread), RUNNING);
    return obj(thread)->at[2];
}

void serve(const char *low)
{
    for (;;) {
        uint32_t seen = __atomic_load_n(&news, __ATOMIC_ACQUIRE);
        val thread = take();
        if (thread)
            run(thread, low);
        else if (__atomic_load_n(&over, __ATOMIC_ACQUIRE))
            return;
        else
            wait_while(&news, seen);
    }
}

void end_tasks(void)
{
    __atomic_store_n(&over, 1, __ATOMIC_RELEASE);
    tell();
}
