/*
 * What the programs of the managed heap need of the machine under them. portbare.c is for harts without an operating
 * system, portposix.c for processes of Linux; a program is written once, and is
 *
 *     void program(void)
 *
 * which runs as worker 0. Worker i is hart i, or a thread.
 */
#ifndef PORT_H
#define PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef PORT_BARE
#include "rt.h"
#else
/* A parameter: NAME=VALUE on the command line changes it. Its value may be 0x1234, and 12 if there is none. */
struct param {
    const char *name;
    uint64_t *value;
};
#define PARAM(name, initial) \
    uint64_t param_##name = (initial); \
    static const struct param entry_##name __attribute__((used, section("params"))) = {#name, &param_##name}

static inline uint64_t xorshift(uint64_t x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ x << 17;
}
#endif

extern const char program_name[];
void program(void);

/* The number of workers: parameter workers, or as many as there are harts. */
uint64_t workers(void);

/* Runs f(worker, arg) on every worker, on worker 0 too, and returns when all have. Worker 0 calls it. */
void together(void (*f)(uint64_t worker, void *arg), void *arg);

/* Sleeps while *word is value, unless woken for nothing. Whoever changes the word calls wake afterwards. */
void wait_while(uint32_t *word, uint32_t value);
void wake(uint32_t *word);

uint64_t now_ns(void);

/* A lock; 0 is open. Whoever waits for it spins: it is for a few instructions. */
typedef struct { uint32_t taken; } lock;
void acquire(lock *l);
void release(lock *l);

/* Writes text. %s is a string, %u a number, %d with a sign, %x in 16 hexadecimal digits: all of 64 bits. */
void say(const char *format, ...);

/* Says what went wrong and ends the program, without success. */
void fail(const char *format, ...) __attribute__((noreturn));

/* Ends the program without a verdict: something it needs is not there. */
void skip(const char *why) __attribute__((noreturn));
enum { SKIPPED = 77 };

/* The bounds of the calling worker's stack, in bytes, and what the program may use of it. */
struct stack {
    char *low, *high;
};
struct stack own_stack(void);

/* Mixes a value into a checksum: the order counts. */
static inline uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15ul;
    return sum ^ sum >> 29;
}

#endif
