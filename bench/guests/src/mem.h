/*
 * Objects of a program that does not care who manages its memory: the managed heap (HEAP_GC), malloc and free
 * (HEAP_MALLOC), or Boehm's collector (HEAP_BOEHM).
 *
 * A structure on the heap begins with HEADER. Its type has a number, and mem_type tells where it has references:
 *
 *     struct pair { HEADER struct pair *next; uint64_t value; };
 *     enum { T_pair = 1 };
 *     mem_type(T_pair, sizeof(struct pair), REF(struct pair, next));
 *     struct pair *p = NEW(pair);
 *     SET(p->next, other);
 *
 * SET stores a reference, SWAP and CAS do so atomically; CLEAR makes one of a new object null. DROP ends an object's life where that is said by hand, which
 * MEM_BY_HAND tells.
 */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

#define NEW(name) ((struct name *)mem_new(T_##name, sizeof(struct name)))

/* An array of references, and memory without any. */
struct refs;
struct data;
enum { T_refs = 4095, T_data = 0 };

#if defined HEAP_GC

#include "gcrt.h"

#define MEM_NAME "managed"
#define HEADER uint64_t header;
#define REF(type, field) (1ul << (offsetof(type, field) - GC_HEADER) / 8)
#define SET(place, v) gc_store(place, v)
#define SWAP(place, v) gc_swap(place, v)
#define CAS(place, want, v) gc_cas(place, want, v)
#define MEM_BY_HAND 0
#define CLEAR(place) ((void)0)
#define DROP(object) ((void)(object))

static inline void mem_type(uint64_t number, uint64_t bytes, uint64_t refs)
{
    gc_type(number, bytes - GC_HEADER, 0, refs, 0, 0);
}

static inline void mem_open(uint64_t heap)
{
    gc_open(heap);
    gc_type(T_refs, 0, 8, 0, 1, 0);
}

static inline void mem_enter(void) { gc_enter(); }
static inline void mem_leave(void) { gc_leave(); }

static inline void *mem_have(void *object)
{
    if (__builtin_expect(!object, 0))
        fail("out of memory");
    return object;
}

static inline void *mem_new(uint64_t type, uint64_t bytes)
{
    (void)bytes;
    return mem_have(gc_new(type, 0));
}

static inline struct refs *mem_refs(uint64_t n) { return mem_have(gc_new(T_refs, n)); }
static inline struct data *mem_data(uint64_t bytes) { return mem_have(gc_new(T_data, bytes)); }
static inline void **mem_roots(uint64_t n) { return gc_roots(n); }
static inline void mem_collect(void) { gc_collect(); }
static inline uint64_t mem_cycles(void) { return gc_cycles(); }

#else

#include <stdlib.h>

#define HEADER
#define REF(type, field) 0
#define SET(place, v) ((void)((place) = (v)))
#define SWAP(place, v) __atomic_exchange_n(&(place), v, __ATOMIC_ACQ_REL)
#define CAS(place, want, v) ({ \
    __typeof__(place) want_ = (want); \
    __atomic_compare_exchange_n(&(place), &want_, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); \
    want_; })

#if defined HEAP_BOEHM

#define GC_THREADS
#include <gc/gc.h>

#define MEM_NAME "boehm"
#define MEM_BY_HAND 0
#define CLEAR(place) ((void)0)
#define DROP(object) ((void)(object))

static inline void mem_open(uint64_t heap)
{
    GC_INIT();
    if (heap)
        GC_set_max_heap_size(heap);
}

static inline void *mem_allocate(uint64_t bytes) { return GC_MALLOC(bytes); }
static inline void *mem_allocate_data(uint64_t bytes) { return GC_MALLOC_ATOMIC(bytes); }
static inline void mem_collect(void) { GC_gcollect(); }
static inline uint64_t mem_cycles(void) { return GC_get_gc_no(); }

#else

#define MEM_NAME "malloc"
#define MEM_BY_HAND 1
#define CLEAR(place) ((void)((place) = NULL))
#define DROP(object) free(object)

static inline void mem_open(uint64_t heap) { (void)heap; }
static inline void *mem_allocate(uint64_t bytes) { return malloc(bytes); }
static inline void *mem_allocate_data(uint64_t bytes) { return malloc(bytes); }
static inline void mem_collect(void) {}
static inline uint64_t mem_cycles(void) { return 0; }

#endif

static inline void *mem_have(void *object)
{
    if (__builtin_expect(!object, 0))
        fail("out of memory");
    return object;
}

static inline void mem_type(uint64_t number, uint64_t bytes, uint64_t refs) { (void)number, (void)bytes, (void)refs; }
static inline void mem_enter(void) {}
static inline void mem_leave(void) {}

static inline void *mem_new(uint64_t type, uint64_t bytes)
{
    (void)type;
    return mem_have(mem_allocate(bytes));
}

static inline void *mem_zeroed(void *object, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes / 8; i++)
        ((uint64_t *)object)[i] = 0;
    return object;
}

static inline struct refs *mem_refs(uint64_t n) { return mem_zeroed(mem_have(mem_allocate(8 * n)), 8 * n); }
static inline struct data *mem_data(uint64_t bytes) { return mem_zeroed(mem_have(mem_allocate_data(bytes)), bytes); }

static inline void **mem_roots(uint64_t n)
{
    static void *words[512];
    static uint64_t used;
    if (n > sizeof words / sizeof words[0] - used)
        fail("there are no %u words of roots left", n);
    used += n;
    return words + used - n;
}

#endif

struct refs {
    HEADER
    void *at[0];
};

struct data {
    HEADER
    double at[0];
};

#endif
