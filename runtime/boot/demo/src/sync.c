/* Locks, barriers and wake-ups. Nobody spins for longer than a short critical section: who waits, sleeps. */
#include "demo.h"

#define CLINT_MSIP ((volatile u32 *)0x02000000)

unsigned harts;

static volatile u64 arrived, phase;

void lock_take(struct lock *l)
{
    u32 was;
    for (;;) {
        __asm__ volatile("amoswap.w.aq %0, %2, (%1)" : "=r"(was) : "r"(&l->taken), "r"(1) : "memory");
        if (!was)
            return;
        while (l->taken)
            __asm__ volatile(".word 0x0100000f" ::: "memory");  /* pause */
    }
}

void lock_release(struct lock *l)
{
    __asm__ volatile("fence rw, w" ::: "memory");
    l->taken = 0;
}

void wake(unsigned hart)
{
    __asm__ volatile("fence rw, ow" ::: "memory");
    CLINT_MSIP[hart] = 1;
}

/*
 * Used as: while (condition is false) doze(me);
 * The waker makes the condition true first and sends the interrupt second; the
 * sleeper clears the interrupt first and looks at the condition second. So no
 * wake-up is lost, and WFI returns at once while an interrupt is pending.
 */
void doze(unsigned me)
{
    __asm__ volatile("wfi" ::: "memory");
    CLINT_MSIP[me] = 0;
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

void wake_others(unsigned me)
{
    for (unsigned h = 0; h < harts; h++)
        if (h != me)
            wake(h);
}

u64 take_ticket(volatile u64 *queue)
{
    u64 n;
    __asm__ volatile("amoadd.d.aqrl %0, %2, (%1)" : "=r"(n) : "r"(queue), "r"(1ul) : "memory");
    return n;
}

void barrier(unsigned me)
{
    u64 now = phase;
    if (take_ticket(&arrived) + 1 < harts) {
        while (phase == now)
            doze(me);
    } else {
        arrived = 0;
        __asm__ volatile("fence rw, w" ::: "memory");
        phase = now + 1;
        wake_others(me);
    }
    __asm__ volatile("fence r, rw" ::: "memory");
}
