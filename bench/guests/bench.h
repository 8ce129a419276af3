/* What the benchmark guests share beyond the demo guest's parts. */
#ifndef BENCH_H
#define BENCH_H
#include "demo.h"

static inline u64 instructions(void)
{
    u64 n;
    __asm__ volatile("csrr %0, minstret" : "=r"(n) :: "memory");
    return n;
}

/* One line for a person and an exit code for the harness. */
static inline __attribute__((noreturn)) void finish(const char *name, u64 count, int good)
{
    print(name);
    print(": ");
    print_number(count, 0);
    print(good ? " instructions, ok\n" : " instructions, WRONG RESULT\n");
    exit_machine(good ? 0 : 1);
}

/* A trap ends a benchmark, unless the machine is being left already. */
void trapped(u64 cause, u64 pc, u64 value)
{
    extern volatile u64 tohost;
    (void)pc;
    (void)value;
    if (!tohost)
        exit_machine(64 + (int)(cause & 63));
}
#endif
