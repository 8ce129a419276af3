/* What the harts compute together. */
#include "demo.h"

/* ---- primes: a bitmap of odd numbers, cut into segments that harts take from a queue */

enum {
    SEGMENT_BITS = 1 << 15,                     /* odd numbers in one segment */
    SEGMENTS = (PRIME_LIMIT / 2 + SEGMENT_BITS - 1) / SEGMENT_BITS,
    SMALL_LIMIT = 4474,                         /* over the root of PRIME_LIMIT */
    MAX_SMALL = 610,
};

static u16 small_primes[MAX_SMALL];
static unsigned small_count;
static u8 *composite;                           /* bit i: 2*i+1 is no prime */
static u8 *message;
static u16 segments_of[MAX_HARTS + 1];
static volatile u64 next_segment;

static void find_small_primes(void)
{
    for (u32 n = 3; n < SMALL_LIMIT; n += 2) {
        u32 d = 3;
        while (d * d <= n && n % d)
            d += 2;
        if (d * d > n)
            small_primes[small_count++] = (u16)n;
    }
}

static void sieve_segment(u64 first_bit)
{
    u64 end_bit = first_bit + SEGMENT_BITS;
    u64 *words = (u64 *)(composite + first_bit / 8);
    for (int i = 0; i < SEGMENT_BITS / 64; i++)
        words[i] = 0;
    u64 first_number = 2 * first_bit + 1;
    for (unsigned i = 0; i < small_count; i++) {
        u64 p = small_primes[i];
        u64 n = p * p;
        if (n < first_number)
            n = ((first_number + p - 1) / p | 1) * p;
        for (u64 bit = n / 2; bit < end_bit; bit += p)
            composite[bit >> 3] |= (u8)(1 << (bit & 7));
    }
}

void find_primes(unsigned me)
{
    u64 n;
    while ((n = take_ticket(&next_segment)) < SEGMENTS) {
        sieve_segment(n * SEGMENT_BITS);
        segments_of[me]++;
    }
}

static u64 ones(u64 x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return x * 0x0101010101010101 >> 56;
}

/* The number 1 is not marked and stands in for the prime 2, which has no bit. */
u64 primes_below(u64 limit)
{
    const u64 *words = (const u64 *)composite;
    u64 bits = limit / 2, count = 0;
    for (u64 i = 0; i < bits / 64; i++)
        count += ones(~words[i]);
    if (bits % 64)
        count += ones(~words[bits / 64] & ((1ul << bits % 64) - 1));
    return count;
}

u64 busiest_hart(void)
{
    u64 most = 0;
    for (unsigned h = 0; h < harts; h++)
        if (segments_of[h] > most)
            most = segments_of[h];
    return most;
}

u64 idlest_hart(void)
{
    u64 least = SEGMENTS;
    for (unsigned h = 0; h < harts; h++)
        if (segments_of[h] < least)
            least = segments_of[h];
    return least;
}

/* ---- the area under 4/(1+x*x) between 0 and 1: partial sums in fixed places, so that every run adds alike */

enum { PIECES = 256, STEPS = 2048 };
static double partial[PIECES];
static volatile u64 next_piece;

void integrate(unsigned me)
{
    (void)me;
    const double width = 1.0 / (PIECES * STEPS);
    u64 n;
    while ((n = take_ticket(&next_piece)) < PIECES) {
        double sum = 0;
        for (u64 i = n * STEPS; i < (n + 1) * STEPS; i++) {
            double x = ((double)i + 0.5) * width;
            sum += 4.0 / (1.0 + x * x);
        }
        partial[n] = sum * width;
    }
}

double integral(void)
{
    double sum = 0;
    for (int i = 0; i < PIECES; i++)
        sum += partial[i];
    return sum;
}

/* ---- one counter in three ways: under a lock, by AMO, by LR/SC */

enum { TOTAL_COUNTS = 1 << 16 };
static struct lock counter_lock;
static u64 locked_counter;
static volatile u64 atomic_counter, reserved_counter;

static u64 counts_each(void)
{
    u64 n = TOTAL_COUNTS / harts;
    return n < 16 ? 16 : n;
}

static void add_reserved(volatile u64 *word)
{
    u64 value, failed;
    do
        __asm__ volatile("lr.d %0, (%2)\n addi %0, %0, 1\n sc.d %1, %0, (%2)"
                         : "=&r"(value), "=&r"(failed) : "r"(word) : "memory");
    while (failed);
}

void count_with_lock(unsigned me)
{
    (void)me;
    for (u64 n = counts_each(); n; n--) {
        lock_take(&counter_lock);
        locked_counter++;
        lock_release(&counter_lock);
        take_ticket(&atomic_counter);
        add_reserved(&reserved_counter);
    }
}

u64 locked_count(void) { return locked_counter; }
u64 atomic_count(void) { return atomic_counter; }
u64 reserved_count(void) { return reserved_counter; }
u64 expected_count(void) { return counts_each() * harts; }

/* ---- SHA-256 of a million letters: the state goes round a ring of harts, each woken by the one before */

enum { MESSAGE_BYTES = 1000000, BLOCKS = MESSAGE_BYTES / 64, FEWEST_HOPS = 250, FILL = 8192 };
#define FINISHED (~0ul)

static struct sha256 state;
static u64 hops;
static volatile u64 token, next_fill;

/* Whole rounds, so that every hart has as many turns as any other. */
static u64 all_hops(void)
{
    return (FEWEST_HOPS + harts - 1) / harts * harts;
}

static void fill_message(void)
{
    u64 n;
    while ((n = take_ticket(&next_fill)) * FILL < MESSAGE_BYTES)
        for (u64 i = n * FILL; i < (n + 1) * FILL && i < MESSAGE_BYTES; i++)
            message[i] = 'a';
}

/* Waits for the hart's turn; false when the message is done. */
static int my_turn(unsigned me)
{
    while (token != me && token != FINISHED)
        doze(me);
    __asm__ volatile("fence r, rw" ::: "memory");
    return token != FINISHED;
}

static void hand_over(unsigned me)
{
    unsigned next = me + 1 == harts ? 0 : me + 1;
    int last = ++hops == all_hops();
    if (last)
        sha256_last(&state, message + MESSAGE_BYTES, MESSAGE_BYTES);
    __asm__ volatile("fence rw, w" ::: "memory");
    token = last ? FINISHED : next;
    if (last)
        wake_others(me);
    else
        wake(next);
}

void hash_round_the_ring(unsigned me)
{
    fill_message();
    if (me == 0)
        sha256_start(&state);
    barrier(me);
    while (my_turn(me)) {
        u64 first = hops * BLOCKS / all_hops(), end = (hops + 1) * BLOCKS / all_hops();
        sha256_blocks(&state, message + 64 * first, end - first);
        hand_over(me);
    }
}

const u32 *ring_digest(void) { return state.h; }
u64 ring_hops(void) { return hops; }

void work_place(void *memory)
{
    message = memory;
    composite = message + ((MESSAGE_BYTES + 4095) & ~4095);
    find_small_primes();
}
