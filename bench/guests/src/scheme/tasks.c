/*
 * Threads. A thread that has been spawned waits in a queue until a hart takes it, or until somebody joins it and runs it
 * on the spot; either takes it out of the queue. Then it runs to its end. Who joins a running thread sleeps, so that as
 * many threads run as there are harts, and none waits for a hart that waits for it.
 */
#include "scheme.h"

enum { WAITING, RUNNING, DONE };

/* Words of a thread. Threads in the queue are linked both ways, for one may be joined from the middle of it. */
enum { STATE, THUNK, RESULT, NEXT, BEFORE };

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

static uint32_t *state(val thread) { return (uint32_t *)&obj(thread)->at[STATE]; }

static void tell(void)
{
    __atomic_add_fetch(&news, 1, __ATOMIC_RELEASE);
    wake(&news);
}

/* Makes two threads neighbours in the queue; NIL stands for either end. */
static void chain(val before, val next)
{
    if (before == NIL)
        gc_store(queue[0], next);
    else
        set(before, NEXT, next);
    if (next == NIL)
        gc_store(queue[1], before);
    else
        set(next, BEFORE, before);
}

val spawn(val thunk)
{
    val thread = new(T_THREAD, 0);
    set(thread, THUNK, thunk);
    set(thread, RESULT, VOID);
    acquire(&queue_lock);
    chain(queue[1], thread);
    chain(thread, NIL);
    release(&queue_lock);
    tell();
    return thread;
}

/* Takes a thread out of the queue, to be run by the caller; NIL: the first. Returns 0 if it is not there any more. */
static val take(val thread)
{
    acquire(&queue_lock);
    if (thread == NIL)
        thread = queue[0];
    if (thread == NIL || __atomic_load_n(state(thread), __ATOMIC_RELAXED) != WAITING) {
        thread = 0;
    } else {
        __atomic_store_n(state(thread), RUNNING, __ATOMIC_RELAXED);
        chain(obj(thread)->at[BEFORE], obj(thread)->at[NEXT]);
        set(thread, NEXT, NIL);
        set(thread, BEFORE, NIL);
    }
    release(&queue_lock);
    return thread;
}

/* Runs a thread that the caller has taken. */
static void run(val thread, const char *low)
{
    set(thread, RESULT, apply(obj(thread)->at[THUNK], NIL, low));
    set(thread, THUNK, NIL);
    __atomic_store_n(state(thread), DONE, __ATOMIC_RELEASE);
    wake(state(thread));
}

val join(val thread, const char *low)
{
    if (take(thread))
        run(thread, low);
    while (__atomic_load_n(state(thread), __ATOMIC_ACQUIRE) != DONE)
        wait_while(state(thread), RUNNING);
    return obj(thread)->at[RESULT];
}

void serve(const char *low)
{
    for (;;) {
        uint32_t seen = __atomic_load_n(&news, __ATOMIC_ACQUIRE);
        val thread = take(NIL);
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
