/* The demo's course: every hart runs hart_main; hart 0 alone counts the harts, prints and leaves. */
#include "demo.h"

extern u8 image_end[];
static volatile u64 started;
static int failures;

static void verdict(int good)
{
    print(good ? "   right\n" : "   WRONG\n");
    failures += !good;
}

static void number_line(const char *what, u64 n, u64 want)
{
    print(what);
    print_number(n, 13);
    verdict(n == want);
}

static void digest_line(const char *what, const u32 *h, const u32 *want)
{
    int good = 1;
    print(what);
    for (int i = 0; i < 4; i++)
        print_hex32(h[i]);
    print("...");
    for (int i = 0; i < 8; i++)
        good &= h[i] == want[i];
    verdict(good);
}

static void report_primes(void)
{
    print("1. Work shared out: a hart that has nothing to do takes the next piece of the search for primes.\n");
    number_line("     primes below  5,000,000:  ", primes_below(FIRST_LIMIT), 348513);
    number_line("     primes below 20,000,000:  ", primes_below(PRIME_LIMIT), 1270607);
    print("     pieces that one hart took: ");
    print_number(idlest_hart(), 0);
    if (harts > 1) {
        print(" to ");
        print_number(busiest_hart(), 0);
    }
    print("\n");
}

static void report_integral(void)
{
    double pi = integral(), error = pi - 3.14159265358979324;
    print("2. Floating point: the area below a curve, which is pi.\n     pi:                        ");
    print_fixed(pi, 10);
    verdict(error > -1e-10 && error < 1e-10);
}

static void report_counters(void)
{
    print("3. Three counters that all harts add to at once. None of the additions may be lost.\n");
    number_line("     guarded by a lock:        ", locked_count(), expected_count());
    number_line("     by atomic addition:       ", atomic_count(), expected_count());
    number_line("     by LR and SC:             ", reserved_count(), expected_count());
}

static void report_hashes(void)
{
    static const u32 abc[8] = {
        0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
    };
    static const u32 million[8] = {
        0xcdc76e5c, 0x9914fb92, 0x81a1c7e2, 0x84d73e67, 0xf1809a48, 0xa497200e, 0x046d39cc, 0xc7112cd0,
    };
    struct sha256 s;
    print("4. Work handed on: a hart hashes its part of a text, wakes the next one by an interrupt, and sleeps.\n");
    sha256_start(&s);
    sha256_last(&s, (const u8 *)"abc", 3);
    digest_line("     SHA-256 of \"abc\":          ", s.h, abc);
    digest_line("     SHA-256 of a million \"a\":  ", ring_digest(), million);
    print("     interrupts on the way:     ");
    print_number(ring_hops(), 0);
    print("\n");
}

static void open_the_show(const void *fdt)
{
    harts = fdt_count_cpus(fdt);
    u64 stacks_end = (u64)image_end + (u64)harts * STACK_BYTES;
    work_place((void *)((stacks_end + 4095) & ~4095ul));
    print("This text comes from a program inside a RISC-V virtual machine. The machine has ");
    print_number(harts, 0);
    if (harts == 1)
        print(" processor,\na hart in the words of RISC-V. It computes, and compares each result with the one that is known.\n\n");
    else
        print(" processors,\nharts in the words of RISC-V. They compute together, and compare each result with the one that is "
              "known.\n\n");
    __asm__ volatile("fence rw, w" ::: "memory");
    started = 1;
    wake_others(0);
}

void hart_main(unsigned me, const void *fdt)
{
    static void (*const work[])(unsigned) = { find_primes, integrate, count_with_lock, hash_round_the_ring };
    static void (*const report[])(void) = { report_primes, report_integral, report_counters, report_hashes };

    if (me == 0)
        open_the_show(fdt);
    while (!started)
        doze(me);
    __asm__ volatile("fence r, rw" ::: "memory");

    for (unsigned i = 0; i < sizeof work / sizeof *work; i++) {
        work[i](me);
        barrier(me);
        if (me == 0)
            report[i]();
    }
    if (me == 0) {
        print(failures ? "\nSomething is WRONG. The machine is switched off.\n"
                       : "\nAll results are right. The machine is switched off.\n");
        exit_machine(failures ? 1 : 0);
    }
}

/* The machine has already been told to stop when a device that is not there answers with a fault. */
void trapped(u64 cause, u64 pc, u64 value)
{
    static volatile u64 once;
    extern volatile u64 tohost;
    if (tohost || take_ticket(&once))
        return;
    print("\ntrap: cause ");
    print_hex32((u32)cause);
    print(" pc ");
    print_hex32((u32)pc);
    print(" value ");
    print_hex32((u32)value);
    print("\n");
    exit_machine(2);
}
