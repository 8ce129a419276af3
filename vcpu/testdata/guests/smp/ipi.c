/* harts: 2. Software interrupts and timers between harts; no wake-up from WFI is lost (TRAPS 22). */
#include "smp.h"

enum { ROUNDS = 1000 };
static volatile u64 turn, answers, taken;

static void sleep(u64 id)
{
    __asm__ volatile("wfi" ::: "memory");
    CLINT_MSIP(id) = 0;
    FENCE();
}

/* Both sleep but one; each wakes the other. */
static void ping_pong(u64 id)
{
    for (u64 i = 0; i < ROUNDS; i++) {
        while (turn != 2 * i + id)
            sleep(id);
        turn = 2 * i + id + 1;
        ipi(1 - id);
    }
}

/* The sender's delay varies, so that it meets the sleeper before, in and after its WFI. */
static void races(u64 id)
{
    u64 random = 7;
    for (u64 i = 1; i <= ROUNDS; i++) {
        if (id == 0) {
            spin(next_random(&random) % 300);
            turn = i;
            ipi(1);
            while (answers != i)
                relax();
        } else {
            while (turn != i)
                sleep(1);
            answers = i;
        }
    }
}

/* Hart 1 computes with interrupts on; each of hart 0's interrupts stops it exactly once. */
static void interrupts(u64 id)
{
    for (u64 i = 1; i <= 300; i++) {
        if (id == 0) {
            spin(i);
            ipi(1);
            while (taken != i)
                relax();
        } else {
            CLEAR(mstatus, MPIE);
            RUN(M, "csrsi mstatus, 8\n 1: addi a0, a0, 1\n j 1b", 0, 0);
            CHECK(T.cause, INTERRUPT(MSI));
            CLINT_MSIP(1) = 0;
            FENCE();
            CHECK(READ(mip) & 1 << MSI, 0);
            taken = i;
        }
    }
}

/* Hart 0 sets hart 1's timer: pending there and not here, dropped when moved ahead. */
static void remote_timer(u64 id)
{
    if (id == 1)
        WRITE(mie, 1 << MTI);
    meet();
    if (id == 0) {
        CLINT_MTIMECMP(0) = ~0ul;
        CLINT_MTIMECMP(1) = CLINT_MTIME + 2000;
        FENCE();
        turn = 1;
        while (turn == 1)
            relax();
        CHECK(READ(mip) & 1 << MTI, 0);
        CLINT_MTIMECMP(1) = ~0ul;
        FENCE();
        turn = 3;
    } else {
        while (turn != 1)
            relax();
        do
            __asm__ volatile("wfi");
        while (!(READ(mip) & 1 << MTI));
        turn = 2;
        while (turn != 3)
            relax();
        CHECK(READ(mip) & 1 << MTI, 0);
        WRITE(mie, 1 << MSI);
    }
}

static void part(u64 id)
{
    if (id > 1)
        return;
    CHECK(harts(), 2);
    CLINT_MSIP(id) = 0;
    CLINT_MTIMECMP(id) = ~0ul;
    WRITE(mie, 1 << MSI);
    CLEAR(mstatus, MIE);
    turn = 0;
    meet();
    ping_pong(id);
    meet();
    turn = 0;
    meet();
    races(id);
    meet();
    interrupts(id);
    meet();
    turn = 0;
    meet();
    remote_timer(id);
}

static void verdict(void)
{
    CHECK(answers, ROUNDS);
    CHECK(taken, 300);
}
