/* What the parts of the demo guest share. */
#ifndef DEMO_H
#define DEMO_H

#define STACK_BYTES 1024        /* of one hart */
#define MAX_HARTS   4095

#ifndef __ASSEMBLER__
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* fdt.c */
unsigned fdt_count_cpus(const void *blob);

/* print.c: the UART; hart 0 only. */
void print(const char *text);
void print_number(u64 n, int width);            /* thousands separated by commas */
void print_hex32(u32 n);
void print_fixed(double x, int digits);         /* 0 <= x < 1000 */
void exit_machine(int code) __attribute__((noreturn));

/* sync.c */
struct lock { volatile u32 taken; };
extern unsigned harts;
void lock_take(struct lock *l);
void lock_release(struct lock *l);
void wake(unsigned hart);                       /* sends a software interrupt */
void wake_others(unsigned me);
void doze(unsigned me);                         /* WFI until somebody wakes us, or for no reason */
void barrier(unsigned me);                      /* everybody waits for everybody */
u64 take_ticket(volatile u64 *queue);           /* 0, 1, 2 ... each number to one hart */

/* sha256.c */
struct sha256 { u32 h[8]; };
void sha256_start(struct sha256 *s);
void sha256_blocks(struct sha256 *s, const u8 *data, u64 blocks);
void sha256_last(struct sha256 *s, const u8 *rest, u64 total_bytes);

/* work.c: what the harts compute. Each of these is called by every hart. */
#define PRIME_LIMIT  20000000
#define FIRST_LIMIT   5000000
void work_place(void *memory);                  /* hart 0, before the others */
void find_primes(unsigned me);
void integrate(unsigned me);
void count_with_lock(unsigned me);
void hash_round_the_ring(unsigned me);
/* Results: hart 0, after a barrier. */
u64 primes_below(u64 limit);
double integral(void);
u64 locked_count(void);
u64 atomic_count(void);
u64 reserved_count(void);
u64 expected_count(void);
const u32 *ring_digest(void);
u64 ring_hops(void);
u64 busiest_hart(void);                         /* in sieve segments */
u64 idlest_hart(void);
#endif
#endif
