/*
 * harts: 2. Memory model: message passing, store buffering, coherence, and values that
 * never tear (TRAPS 13, 14). Outcomes that RVWMO forbids must not occur once.
 */
#include "smp.h"

enum { ROUNDS = 3000 };

/* Each variable on a line of its own. */
struct line { volatile u64 v; u64 rest[7]; } __attribute__((aligned(64)));
static struct line x, y, wide, counter;
static volatile u64 seen[2];
static volatile u64 stop;

/* Both harts enter a round as close together as they can. */
static volatile u64 gate;
static void together(u64 round)
{
    add(&gate, 1);
    while (gate < 2 * round)
        ;
}

static void store_buffering(u64 id)
{
    struct line *mine = id ? &y : &x, *other = id ? &x : &y;
    u64 random = 99 + id;
    for (u64 i = 1; i <= ROUNDS; i++) {
        together(3 * i - 2);
        spin(next_random(&random) % 8);
        u64 got;
        __asm__ volatile("sd %2, (%1)\n fence rw, rw\n ld %0, (%3)"
                         : "=&r"(got) : "r"(&mine->v), "r"(i), "r"(&other->v) : "memory");
        seen[id] = got;
        FENCE();
        together(3 * i - 1);
        if (id == 0)
            TRUE(seen[0] == i || seen[1] == i);     /* both stale: forbidden */
        together(3 * i);
    }
}

/* The same with AMOs and .aqrl instead of fences. */
static void store_buffering_amo(u64 id)
{
    struct line *mine = id ? &y : &x, *other = id ? &x : &y;
    for (u64 i = 1; i <= ROUNDS; i++) {
        together(3 * i - 2);
        u64 got;
        __asm__ volatile("amoswap.d.aqrl zero, %2, (%1)\n amoor.d.aqrl %0, zero, (%3)"
                         : "=&r"(got) : "r"(&mine->v), "r"(i), "r"(&other->v) : "memory");
        seen[id] = got;
        FENCE();
        together(3 * i - 1);
        if (id == 0)
            TRUE(seen[0] == i || seen[1] == i);
        together(3 * i);
    }
}

static void message_passing(u64 id)
{
    if (id == 0) {
        for (u64 i = 1; i <= 20 * ROUNDS; i++) {
            x.v = i;
            __asm__ volatile("fence w, w" ::: "memory");
            y.v = i;
        }
        stop = 1;
    } else {
        while (!stop) {
            u64 flag, data;
            __asm__ volatile("ld %0, (%2)\n fence r, r\n ld %1, (%3)"
                             : "=&r"(flag), "=&r"(data) : "r"(&y.v), "r"(&x.v) : "memory");
            TRUE(data >= flag);
        }
    }
}

/* By release and acquire on AMOs. */
static void message_passing_amo(u64 id)
{
    if (id == 0) {
        for (u64 i = 1; i <= 5 * ROUNDS; i++) {
            x.v = i;
            __asm__ volatile("amoswap.d.rl zero, %1, (%0)" :: "r"(&y.v), "r"(i) : "memory");
        }
        stop = 1;
    } else {
        while (!stop) {
            u64 flag, data;
            __asm__ volatile("amoor.d.aq %0, zero, (%2)\n ld %1, (%3)"
                             : "=&r"(flag), "=&r"(data) : "r"(&y.v), "r"(&x.v) : "memory");
            TRUE(data >= flag);
        }
    }
}

/* Reads of one location never go back in time. */
static void coherence(u64 id)
{
    if (id == 0) {
        for (u64 i = 1; i <= 20 * ROUNDS; i++)
            counter.v = i;
        stop = 1;
    } else {
        u64 last = 0;
        while (!stop) {
            u64 a, b;
            __asm__ volatile("ld %0, (%2)\n ld %1, (%2)" : "=&r"(a), "=&r"(b) : "r"(&counter.v) : "memory");
            TRUE(a >= last);
            TRUE(b >= a);
            last = b;
        }
    }
}

/* Aligned accesses of 2, 4 and 8 bytes are whole: all bits from one store. */
static void whole(u64 id)
{
    if (id == 0) {
        for (u64 i = 0; i < 20 * ROUNDS; i++) {
            u64 v = i & 1 ? ~0ul : 0;
            wide.v = v;
            *(volatile u32 *)&wide.rest[0] = (u32)v;
            *(volatile u16 *)&wide.rest[1] = (u16)v;
            __asm__ volatile("fmv.d.x fa0, %0\n fsd fa0, 0(%1)" :: "r"(v), "r"(&wide.rest[2]) : "memory");
        }
        stop = 1;
    } else {
        while (!stop) {
            u64 v = wide.v;
            TRUE(v == 0 || v == ~0ul);
            u32 w = *(volatile u32 *)&wide.rest[0];
            TRUE(w == 0 || w == ~0u);
            u16 h = *(volatile u16 *)&wide.rest[1];
            TRUE(h == 0 || h == 0xffff);
            v = *(volatile u64 *)&wide.rest[2];
            TRUE(v == 0 || v == ~0ul);
        }
    }
}

static void reset(void)
{
    meet();
    x.v = y.v = counter.v = gate = stop = 0;
    meet();
}

static void part(u64 id)
{
    static void (*const tests[])(u64) = {
        store_buffering, store_buffering_amo, message_passing, message_passing_amo, coherence, whole,
    };
    CHECK(harts(), 2);
    for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
        reset();
        tests[i](id);
    }
}

static void verdict(void)
{
}
