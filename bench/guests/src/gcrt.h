/* A small runtime for the managed heap: the commands of its device, one at a time, and the harts that use it. */
#ifndef GCRT_H
#define GCRT_H

#include "gc.h"

/*
 * Finds the heap's memory and the device and sets up a heap of bytes bytes; 0: as large as the machine allows. Called
 * once, before anything else here. Ends the program if that cannot be. Returns the heap's size.
 */
uint64_t gc_open(uint64_t bytes);

/* The calling worker's registers and stack are roots from gc_enter to gc_leave. */
void gc_enter(void);
void gc_leave(void);

/*
 * Says where in the objects of a type references are. Sizes are in bytes, without the header. Bit i of a bitmap is
 * word i of the fixed part or of an element.
 */
void gc_type(uint64_t number, uint64_t fixed, uint64_t element, uint64_t fixed_refs, uint64_t element_refs, uint64_t flags);

/* Returns n words, zeroed, that are roots. They are never given back; all together are few: see ROOT_WORDS. */
void **gc_roots(uint64_t n);

/* Runs a cycle that begins after the call, waits for its end, and returns its number. */
uint64_t gc_collect(void);

/* Returns how many cycles have ended since gc_open. */
uint64_t gc_cycles(void);

/* Executes a command, alone, and returns how it ended; the result is stored unless result is null. */
uint64_t gc_execute(enum gc_command command, const uint64_t arguments[5], uint64_t *result);

uint64_t gc_register(uint64_t offset);

static inline uint64_t gc_statistic(enum gc_statistic s) { return gc_register(GC_REG_STATS + 8 * s); }

#endif
