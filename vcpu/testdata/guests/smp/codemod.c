/*
 * harts: 2. Code changed by another hart: after the flag and a fence.i the new code
 * runs (TRAPS 9); code that is changed while it runs is the old or the new one.
 */
#include "smp.h"

enum { ROUNDS = 200 };
static volatile u64 flag, done, stop;

/* u64 victim(void): one instruction that hart 0 replaces, then a return. */
u64 victim(void);
__asm__(".text\n .balign 64\n .globl victim\n .option push\n .option norvc\n"
        "victim: li a0, 0\n ret\n .option pop\n");
u64 long_victim(u64 n);
__asm__(".text\n .balign 64\n .globl long_victim\n .option push\n .option norvc\n"
        "long_victim: li a1, 0\n"
        "1: addi a1, a1, 1\n addi a1, a1, 0\n addi a0, a0, -1\n bnez a0, 1b\n mv a0, a1\n ret\n .option pop\n");

#define LI_A0(n) (0x00000513u | (u32)(n) << 20)
#define ADDI_A1(n) (0x00058593u | (u32)(n) << 20)

static void with_flag(u64 id)
{
    volatile u32 *code = (volatile u32 *)(void *)victim;
    for (u64 i = 1; i <= ROUNDS; i++) {
        if (id == 0) {
            *code = LI_A0(i);
            FENCE();
            flag = i;
            while (done != i)
                relax();
        } else {
            while (flag != i)
                ;
            __asm__ volatile("fence r, r\n fence.i" ::: "memory");
            /* often enough to become hot before the next change */
            for (int k = 0; k < 100; k++)
                CHECK(victim(), i);
            done = i;
        }
    }
}

/* Hart 0 never waits; hart 1 fences before each call and must see the versions in their order. */
static void always_fencing(u64 id)
{
    volatile u32 *code = (volatile u32 *)(void *)victim;
    u64 last = 0;
    if (id == 0)
        *code = LI_A0(0);
    meet();
    if (id == 0) {
        for (u64 i = 1; i <= 2000; i++) {
            *code = LI_A0(i);
            spin(i & 15);
        }
        FENCE();
        stop = 1;
    } else {
        while (!stop) {
            __asm__ volatile("fence.i" ::: "memory");
            u64 got = victim();
            TRUE(got >= last);          /* never an older one again */
            TRUE(got <= 2000);
            last = got;
        }
        __asm__ volatile("fence.i" ::: "memory");
        CHECK(victim(), 2000);
    }
}

/* The loop that hart 1 is in changes under it. */
static void while_running(u64 id)
{
    volatile u32 *code = (volatile u32 *)(void *)long_victim + 2;
    for (u64 i = 1; i <= 25; i++) {
        if (id == 0) {
            *code = ADDI_A1(0);
            FENCE();
            meet();
            spin(i * 37);
            *code = ADDI_A1(1);
            FENCE();
            meet();
            meet();
        } else {
            meet();
            __asm__ volatile("fence.i" ::: "memory");
            u64 n = long_victim(20000);
            TRUE(n >= 20000 && n <= 40000);
            meet();
            __asm__ volatile("fence.i" ::: "memory");
            CHECK(long_victim(100), 200);
            meet();
        }
    }
}

static void part(u64 id)
{
    CHECK(harts(), 2);
    with_flag(id);
    meet();
    always_fencing(id);
    meet();
    while_running(id);
}

static void verdict(void)
{
    CHECK(done, ROUNDS);
}
