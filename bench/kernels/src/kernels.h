// What the kernels share. A kernel does its set-up, calls begin, does the work that is measured, calls end, and returns
// a checksum of everything that it has computed. The checksum must be the same on every machine, to the last bit:
// floating point is compiled without contraction, and nothing depends on addresses or on who comes first.
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <stdint.h>

void begin(void);
void end(void);

// need returns zeroed memory and ends the program if there is none.
void *need(size_t bytes);

// A generator of numbers that look random (xorshift64*). State must not be 0.
static inline uint64_t next(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

// mix adds a value to a checksum; the order counts.
static inline uint64_t mix(uint64_t sum, uint64_t value)
{
	sum ^= value;
	sum *= 0x9e3779b97f4a7c15ULL;
	return sum ^ sum >> 29;
}

uint64_t nbody(long steps);
uint64_t mandelbrot(long width);
uint64_t triad(long rounds);
uint64_t sha256(long kib);
uint64_t crc32(long kib);
uint64_t quicksort(long count);
uint64_t chase(long steps);
uint64_t copy(long mib);
uint64_t matmul(long n);
uint64_t fib(long n);
uint64_t calls(long rounds);
uint64_t bytecode(long limit);
uint64_t trees(long depth);
uint64_t json(long kib);
uint64_t threads(long rounds);
uint64_t atomics(long count);
uint64_t threaded(long limit);
uint64_t hashmap(long count);
uint64_t callback(long count);
uint64_t strings(long rounds);
uint64_t procedures(long rounds);
uint64_t embedded(long rounds);

#endif
