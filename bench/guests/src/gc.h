/*
 * The managed heap (docs/MANAGED_HEAP.md): its instructions, and the registers of its control device. Nothing here
 * depends on an operating system. With GC_SHIM defined, functions of shim.c take the place of both, so that programs
 * can be tried where there is no managed heap.
 */
#ifndef GC_H
#define GC_H

#include <stdint.h>

#define GC_DEVICE 0x102000ul           /* physical address of the control device */
#define GC_DEVICE_BYTES 0x1000ul
#define GC_ID 0x6763706172000001ul     /* of this version of the interface */
#define GC_ALIGN 0x10000ul             /* of the heap's address and size */
#define GC_DATA 0                      /* the type of objects without references, whose length is in bytes */
#define GC_MAX_TYPE 4095
#define GC_HEADER 8                    /* bytes in front of an object's fixed part */

enum gc_register {
    GC_REG_ID = 0x00,
    GC_REG_LIMIT = 0x08,   /* bytes of the largest heap */
    GC_REG_PHASE = 0x10,   /* enum gc_phase */
    GC_REG_CYCLES = 0x18,  /* cycles that have ended */
    GC_REG_COMMAND = 0x20,
    GC_REG_ERROR = 0x28,
    GC_REG_RESULT = 0x30,
    GC_REG_ARG0 = 0x40,    /* to ARG4 at 0x60 */
    GC_REG_STATS = 0x80,   /* enum gc_statistic */
};

/* Statistics since the machine began, a word each; sizes in bytes, times in nanoseconds. */
enum gc_statistic {
    GC_HEAP_SIZE,
    GC_USED,
    GC_LIVE,              /* in use after the last cycle */
    GC_ALLOCATED,
    GC_MARKED_OBJECTS,
    GC_MARKED_BYTES,
    GC_STALLS,            /* allocations that had to wait */
    GC_OUT_OF_MEMORY,     /* allocations that failed */
    GC_PAUSES,            /* of harts at safe points */
    GC_PAUSE_SUM,
    GC_PAUSE_P99,
    GC_PAUSE_MAX,
    GC_TO_SAFE_POINT_P99, /* from the request until a hart came to a safe point */
    GC_TO_SAFE_POINT_MAX,
    GC_MARKING_SUM,
    GC_CYCLE_SUM,
};

enum gc_phase { GC_NO_HEAP, GC_IDLE, GC_MARKING };

enum gc_command {
    GC_SETUP = 1,     /* physical address, size, address in references, tag mask */
    GC_RESET,
    GC_TYPE,          /* number, bytes of fixed part | of element << 32, bitmap of fixed part, of element, flags */
    GC_ADD_ROOTS,     /* physical address, bytes, flags; result: number of the range */
    GC_REMOVE_ROOTS,  /* number */
    GC_COLLECT,       /* result: number of the cycle */
};

enum { GC_CONSERVATIVE = 1 };  /* flag of types and of roots: any word may point into an object */

enum gc_error {
    GC_DONE,
    GC_BAD_COMMAND,
    GC_NO_HEAP_YET,
    GC_HEAP_EXISTS,
    GC_BAD_RANGE,
    GC_BAD_ALIGNMENT,
    GC_TOO_LARGE,
    GC_BAD_TYPE,
    GC_BAD_ROOTS,
    GC_RUNNING,
    GC_HOST_FAILED,
};

/* What an error of a command means. */
static inline const char *gc_error_text(uint64_t error)
{
    static const char *const texts[] = {
        "done", "no such command", "there is no heap yet", "there is a heap already", "the range is not RAM",
        "an address or size is not aligned", "the heap is larger than the limit", "the type is taken or contradicts itself",
        "no such root range, or too many", "a cycle runs already", "the host could not do it",
    };
    return error < sizeof texts / sizeof texts[0] ? texts[error] : "unknown error";
}

/* Header of an object, which gc_new has written. */
static inline unsigned gc_type_of(uint64_t header) { return (unsigned)header; }
static inline uint64_t gc_length_of(uint64_t header) { return header >> 32; }

/*
 * The instructions.
 *
 *   gc_attach(low, high)     registers of this hart, and its stack within these bounds, are roots; 0 or an error
 *   gc_detach()              no longer
 *   gc_wait(n)               waits for the end of cycle n; the number of the last cycle that has ended
 *   gc_new(type, length)     a new object, zeroed, or a null pointer
 *   gc_store(place, v)       place = v, where place is any expression of a pointer's or integer's type in memory
 *   gc_swap(place, v)        the same, and gives the value before; atomic, acquires and releases
 *   gc_cas(place, want, v)   stores v if place is want, and gives the value before; atomic, acquires and releases
 *
 * References are loaded by ordinary loads, so that the compiler may do as it likes; gc.ld is spelt for completeness.
 */
#ifndef GC_SHIM

static inline uint64_t gc_attach(const void *low, const void *high)
{
    uint64_t error;
    __asm__ volatile(".insn r 0x0b, 0, 0, %0, %1, %2" : "=r"(error) : "r"(low), "r"(high) : "memory");
    return error;
}

static inline void gc_detach(void)
{
    uint64_t error;
    __asm__ volatile(".insn r 0x0b, 0, 1, %0, x0, x0" : "=r"(error) : : "memory");
}

static inline uint64_t gc_wait(uint64_t cycle)
{
    uint64_t last;
    __asm__ volatile(".insn r 0x0b, 0, 2, %0, %1, x0" : "=r"(last) : "r"(cycle) : "memory");
    return last;
}

static inline void *gc_new(uint64_t type, uint64_t length)
{
    void *object;
    __asm__ volatile(".insn r 0x0b, 1, 0, %0, %1, %z2" : "=r"(object) : "r"(type), "rJ"(length));
    return object;
}

#define gc_load(place) ({ \
    __typeof__(place) loaded_; \
    __asm__ volatile(".insn i 0x0b, 2, %0, %1" : "=r"(loaded_) : "m"(place)); \
    loaded_; })

#define gc_store(place, v) ({ \
    __typeof__(place) new_ = (v); \
    __asm__ volatile(".insn s 0x0b, 3, %z1, %0" : "=m"(place) : "rJ"(new_)); })

#define gc_swap(place, v) ({ \
    __typeof__(place) new_ = (v), before_; \
    __asm__ volatile(".insn r 0x0b, 4, 0, %0, %1, %z2" : "=r"(before_) : "r"(&(place)), "rJ"(new_) : "memory"); \
    before_; })

#define gc_cas(place, want, v) ({ \
    __typeof__(place) new_ = (v), before_ = (want); \
    __asm__ volatile(".insn r 0x0b, 4, 1, %0, %1, %z2" : "+r"(before_) : "r"(&(place)), "rJ"(new_) : "memory"); \
    before_; })

#else

uint64_t gc_attach(const void *low, const void *high);
void gc_detach(void);
uint64_t gc_wait(uint64_t cycle);
void *gc_new(uint64_t type, uint64_t length);
uint64_t shim_exchange(void *place, uint64_t v);
uint64_t shim_compare(void *place, uint64_t want, uint64_t v);
uint64_t shim_read(uint64_t reg);
void shim_write(uint64_t reg, uint64_t v);

#define gc_load(place) (place)
#define gc_store(place, v) ({ __typeof__(place) new_ = (v); (void)shim_exchange(&(place), (uint64_t)new_); })
#define gc_swap(place, v) ({ __typeof__(place) new_ = (v); (__typeof__(place))shim_exchange(&(place), (uint64_t)new_); })
#define gc_cas(place, want, v) ({ __typeof__(place) new_ = (v), want_ = (want); \
    (__typeof__(place))shim_compare(&(place), (uint64_t)want_, (uint64_t)new_); })

#endif
#endif
