/* harts: 2. An SC fails after another hart has stored to the reserved bytes, also when the value is the old one again (TRAPS 10). */
#include "smp.h"

static volatile u64 cell[16] __attribute__((aligned(128)));
static volatile u64 step;

enum { ROUNDS = 200 };

/* LR, then the other hart's change, then SC: its result. */
static u64 reserve_wait_store(volatile u64 *p, u64 go, u64 value)
{
    u64 old, failed;
    __asm__ volatile(
        "lr.d   %0, (%2)\n"
        "fence  rw, rw\n"
        "sd     %3, (%4)\n"             /* to the other hart: reserved */
        "addi   %3, %3, 1\n"
        "1: ld  %1, (%4)\n"             /* until it has done its work */
        "bne    %1, %3, 1b\n"
        "fence  rw, rw\n"
        "sc.d   %1, %5, (%2)\n"
        : "=&r"(old), "=&r"(failed), "+&r"(p), "+&r"(go) : "r"(&step), "r"(value) : "memory");
    return failed;
}

static u64 reserve_wait_store_word(volatile u32 *p, u64 go, u64 value)
{
    u64 old, failed;
    __asm__ volatile(
        "lr.w   %0, (%2)\n"
        "fence  rw, rw\n"
        "sd     %3, (%4)\n"
        "addi   %3, %3, 1\n"
        "1: ld  %1, (%4)\n"
        "bne    %1, %3, 1b\n"
        "fence  rw, rw\n"
        "sc.w   %1, %5, (%2)\n"
        : "=&r"(old), "=&r"(failed), "+&r"(p), "+&r"(go) : "r"(&step), "r"(value) : "memory");
    return failed;
}

/* What the other hart does between LR and SC: all end with the old value in memory. */
static void disturb(u64 kind)
{
    u64 v = cell[0], failed;
    switch (kind) {
    case 0:                             /* A, B, A by stores */
        cell[0] = v + 1;
        FENCE();
        cell[0] = v;
        break;
    case 1:                             /* the same value, once */
        cell[0] = v;
        break;
    case 2:                             /* by AMOs */
        add(&cell[0], 1);
        add(&cell[0], ~0ul);
        break;
    case 3:                             /* by an AMO that changes nothing */
        add(&cell[0], 0);
        break;
    case 4:                             /* by an SC of its own */
        do
            __asm__ volatile("lr.d %0, (%2)\n sc.d %1, %0, (%2)" : "=&r"(v), "=&r"(failed) : "r"(&cell[0]) : "memory");
        while (failed);
        break;
    case 5:                             /* one byte of it */
        *((volatile u8 *)cell + 2) = (u8)(v >> 16);
        break;
    case 6:                             /* a store that straddles into it */
        __asm__ volatile("sd %0, -4(%1)" :: "r"(v << 32), "r"(&cell[1]) : "memory");
        __asm__ volatile("sd %0, 0(%1)" :: "r"(v), "r"(&cell[0]) : "memory");
        break;
    case 7:                             /* a floating-point store */
        __asm__ volatile("fmv.d.x fa0, %0\n fsd fa0, 0(%1)" :: "r"(v), "r"(&cell[0]) : "memory");
        break;
    }
    FENCE();
}
#define KINDS 8

static void part(u64 id)
{
    if (id > 1)
        return;
    u64 go = 1;
    for (u64 i = 0; i < ROUNDS; i++)
        for (u64 kind = 0; kind < KINDS; kind++, go += 2) {
            if (id == 0) {
                cell[0] = 0x1111 * i;
                TRUE(reserve_wait_store(&cell[0], go, ~0ul) != 0);
                CHECK(cell[0], 0x1111 * i);
            } else {
                while (step != go)
                    ;
                FENCE();
                disturb(kind);
                step = go + 1;
            }
        }
    /* the same for words */
    for (u64 i = 0; i < ROUNDS; i++, go += 2) {
        if (id == 0) {
            cell[0] = 0x22220000 + i;
            TRUE(reserve_wait_store_word((volatile u32 *)&cell[0], go, ~0ul) != 0);
            CHECK(cell[0], 0x22220000 + i);
        } else {
            while (step != go)
                ;
            FENCE();
            disturb(i % 4);
            step = go + 1;
        }
    }
    /* and the other way: nobody touches the cell while hart 0 loops, so it must succeed at last */
    if (id == 0) {
        u64 v, failed, tries = 0;
        do {
            __asm__ volatile("lr.d %0, (%2)\n sc.d %1, %0, (%2)" : "=&r"(v), "=&r"(failed) : "r"(&cell[0]) : "memory");
            tries++;
        } while (failed && tries < 1000);
        CHECK(failed, 0);
    }
}

static void verdict(void)
{
    CHECK(harts(), 2);
}
