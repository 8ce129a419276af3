/*
 * A stand-in for the managed heap, in plain C on any Linux: one lock, a next-fit allocator, and a collector that stops
 * all threads by a signal, wherever they are. It is there to find mistakes of programs:
 *
 *   - Memory is collected often, and what is freed is overwritten: a root that was not registered shows.
 *   - gc_store and its like keep a copy of each reference. A word marked as a reference that differs from its copy was
 *     stored by other means, which the machine's collector could miss. The program ends.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gc.h"
#include "port.h"
#include "portos.h"

#define GRANULE 16
#define FREE 0x80000000u
#define MAX_MUTATORS 64
#define MAX_RANGES 16
#define FREED 0xdb

struct mutator {
    pthread_t thread;
    char *low, *high;
    char *sp;         /* while it is stopped */
    void *in_flight;  /* the place that it is storing to */
};

struct type {
    uint32_t fixed, element;
    uint64_t fixed_refs, element_refs, flags;
    int known;
};

static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER; /* guards all that follows, but for shadow */
static char *memory, *shadow;  /* the shadow has the copies of references, at the same offsets */
static uint64_t bytes;         /* of the heap; memory is larger */
static uint64_t total;
static uint32_t *spans;        /* of the first granule of an object or a gap (FREE): its granules; otherwise 0 */
static uint8_t *marks;         /* one a granule */
static uint32_t *grey;         /* objects to trace */
static uint64_t grey_count, granules, cursor, since, every, cycles;
static struct type types[GC_MAX_TYPE + 1] = {{0, 1, 0, 0, 0, 1}};
static struct { uint64_t *start, words, flags; } ranges[MAX_RANGES];
static struct mutator mutators[MAX_MUTATORS];
static uint64_t registers[32];

static lock stores; /* of references, and of their copies */
static __thread struct mutator *self;

static sem_t parked;
static uint32_t stops; /* odd while threads are to stand still */

static void *map(uint64_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        fail("the shim gets no %u bytes", size);
    return p;
}

char *shim_memory(uint64_t size)
{
    total = size;
    memory = (char *)(((uint64_t)map(size + GC_ALIGN) + GC_ALIGN - 1) & -GC_ALIGN);
    shadow = map(size);
    return memory;
}

/* ---- stores ---- */

static void begin_store(void *place)
{
    if (!self)
        fail("a thread that is not attached stores a reference");
    __atomic_store_n(&self->in_flight, place, __ATOMIC_SEQ_CST);
    acquire(&stores);
}

static void end_store(void *place, uint64_t v)
{
    uint64_t offset = (uint64_t)((char *)place - memory);
    if (offset < total)
        *(uint64_t *)(shadow + offset) = v;
    release(&stores);
    __atomic_store_n(&self->in_flight, NULL, __ATOMIC_SEQ_CST);
}

uint64_t shim_exchange(void *place, uint64_t v)
{
    begin_store(place);
    uint64_t before = __atomic_exchange_n((uint64_t *)place, v, __ATOMIC_SEQ_CST);
    end_store(place, v);
    return before;
}

uint64_t shim_compare(void *place, uint64_t want, uint64_t v)
{
    begin_store(place);
    uint64_t before = want;
    int done = __atomic_compare_exchange_n((uint64_t *)place, &before, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    end_store(place, done ? v : before);
    return before;
}

/* ---- marking ---- */

static void mark(uint64_t value, int inside)
{
    uint64_t offset = value - (uint64_t)memory;
    if (offset >= bytes || (offset % GRANULE && !inside))
        return;
    uint64_t g = offset / GRANULE;
    while (inside && spans[g] == 0)
        g--;
    if (spans[g] == 0 || spans[g] & FREE || marks[g])
        return;
    marks[g] = 1;
    grey[grey_count++] = (uint32_t)g;
}

/* Checks a word that may be a reference against its copy, and marks what it refers to. */
static void mark_word(uint64_t *word, int inside)
{
    uint64_t *copy = (uint64_t *)(shadow + ((char *)word - memory));
    int busy = *word == *copy;
    for (int i = 0; i < MAX_MUTATORS; i++)
        busy |= mutators[i].in_flight == word;
    if (!busy)
        fail("the reference %x at offset %x was stored without a barrier", *word, (uint64_t)((char *)word - memory));
    mark(*word, inside);
}

static void trace(uint64_t g)
{
    uint64_t *object = (uint64_t *)(memory + g * GRANULE);
    const struct type *t = &types[gc_type_of(*object)];
    uint64_t *at = object + 1, *elements = at + t->fixed / 8, words = t->element / 8;
    if (t->flags & GC_CONSERVATIVE) {
        for (uint64_t i = 1; i < (uint64_t)spans[g] * GRANULE / 8; i++)
            mark_word(object + i, 1);
        return;
    }
    for (uint64_t i = 0; i < 64 && t->fixed_refs >> i; i++)
        if (t->fixed_refs >> i & 1)
            mark_word(at + i, 0);
    for (uint64_t n = 0; t->element_refs && n < gc_length_of(*object); n++)
        for (uint64_t i = 0; i < words; i++)
            if (t->element_refs >> i & 1)
                mark_word(elements + n * words + i, 0);
}

static void scan_stack(char *from, char *to)
{
    for (uint64_t *p = (uint64_t *)((uint64_t)from & -8ul); (char *)p < to; p++)
        mark(*p, 1);
}

/* The signal that stops a thread finds its registers saved on its stack. */
static void stopped(int signal)
{
    (void)signal;
    uint32_t now = __atomic_load_n(&stops, __ATOMIC_ACQUIRE);
    self->sp = __builtin_frame_address(0);
    sem_post(&parked);
    while (__atomic_load_n(&stops, __ATOMIC_ACQUIRE) == now)
        relax();
}

static void sweep(void)
{
    for (uint64_t g = 0; g < granules; g += spans[g] & ~FREE) {
        if (marks[g])
            marks[g] = 0;
        else if (!(spans[g] & FREE)) {
            memset(memory + g * GRANULE, FREED, (uint64_t)spans[g] * GRANULE);
            spans[g] |= FREE;
        }
    }
}

/* Collects, with heap_lock held. */
static __attribute__((noinline)) void collect(void)
{
    int others = 0;
    __builtin_unwind_init(); /* registers to the stack */
    __atomic_add_fetch(&stops, 1, __ATOMIC_RELEASE);
    for (struct mutator *m = mutators; m < mutators + MAX_MUTATORS; m++)
        if (m->high && m != self && pthread_kill(m->thread, SIGUSR1) == 0)
            others++;
    while (others)
        if (sem_wait(&parked) == 0)
            others--;
    if (self)
        self->sp = __builtin_frame_address(0);
    for (struct mutator *m = mutators; m < mutators + MAX_MUTATORS; m++)
        if (m->high)
            scan_stack(m->sp, m->high);
    for (int i = 0; i < MAX_RANGES; i++)
        for (uint64_t w = 0; w < ranges[i].words; w++)
            mark_word(ranges[i].start + w, ranges[i].flags & GC_CONSERVATIVE);
    while (grey_count)
        trace(grey[--grey_count]);
    sweep();
    since = 0;
    cycles++;
    __atomic_add_fetch(&stops, 1, __ATOMIC_RELEASE);
}

/* ---- allocation ---- */

/* Next fit, joining gaps on the way. Returns the granule, or granules if there is no room before the end. */
static uint64_t fit(uint64_t n)
{
    while (cursor < granules) {
        uint64_t g = cursor, size = spans[g] & ~FREE;
        if (!(spans[g] & FREE)) {
            cursor += size;
            continue;
        }
        while (size < n && g + size < granules && spans[g + size] & FREE) {
            uint64_t next = g + size;
            size += spans[next] & ~FREE;
            spans[next] = 0;
        }
        spans[g] = (uint32_t)size | FREE;
        if (size < n) {
            cursor += size;
            continue;
        }
        if (size > n)
            spans[g + n] = (uint32_t)(size - n) | FREE;
        spans[g] = (uint32_t)n;
        cursor += n;
        return g;
    }
    return granules;
}

void *gc_new(uint64_t number, uint64_t length)
{
    if (number > GC_MAX_TYPE || !types[number].known || length > UINT32_MAX)
        return NULL;
    if (!self)
        fail("a thread that is not attached allocates");
    uint64_t size = GC_HEADER + types[number].fixed + length * types[number].element, n = (size + GRANULE - 1) / GRANULE;
    if (n > granules)
        return NULL;
    pthread_mutex_lock(&heap_lock);
    since += n * GRANULE;
    if (since > every)
        collect();
    uint64_t g = fit(n);
    if (g == granules)
        cursor = 0, g = fit(n);
    if (g == granules)
        collect(), cursor = 0, g = fit(n);
    uint64_t *object = NULL;
    if (g < granules) {
        object = (uint64_t *)(memory + g * GRANULE);
        memset(object, 0, n * GRANULE);
        memset(shadow + g * GRANULE, 0, n * GRANULE);
        *object = number | length << 32;
    }
    pthread_mutex_unlock(&heap_lock);
    return object;
}

/* ---- the device, and the rest ---- */

uint64_t gc_attach(const void *low, const void *high)
{
    if (self)
        fail("a thread attaches twice");
    pthread_mutex_lock(&heap_lock);
    for (struct mutator *m = mutators; m < mutators + MAX_MUTATORS && !self; m++)
        if (!m->high) {
            *m = (struct mutator){pthread_self(), (char *)low, (char *)high, NULL, NULL};
            self = m;
        }
    pthread_mutex_unlock(&heap_lock);
    return self ? 0 : GC_HOST_FAILED;
}

void gc_detach(void)
{
    pthread_mutex_lock(&heap_lock);
    self->high = NULL;
    self = NULL;
    pthread_mutex_unlock(&heap_lock);
}

uint64_t gc_wait(uint64_t cycle)
{
    pthread_mutex_lock(&heap_lock);
    while (cycles < cycle)
        collect();
    uint64_t last = cycles;
    pthread_mutex_unlock(&heap_lock);
    return last;
}

static uint64_t setup(uint64_t size, uint64_t virtual)
{
    if (bytes)
        return GC_HEAP_EXISTS;
    if (virtual != (uint64_t)memory || size > total)
        return GC_BAD_RANGE;
    bytes = size, granules = size / GRANULE;
    spans = map(granules * sizeof *spans);
    grey = map(granules * sizeof *grey);
    marks = map(granules);
    spans[0] = (uint32_t)granules | FREE;
    const char *text = getenv("SHIM_EVERY"); /* bytes of new objects between collections */
    every = text ? strtoul(text, NULL, 0) : size / 4;
    sem_init(&parked, 0, 0);
    struct sigaction act = {.sa_handler = stopped, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &act, NULL);
    return GC_DONE;
}

static uint64_t execute(uint64_t command, const uint64_t a[5], uint64_t *result)
{
    switch (command) {
    case GC_SETUP:
        return setup(a[1], a[2]);
    case GC_TYPE:
        if (a[0] == 0 || a[0] > GC_MAX_TYPE || types[a[0]].known)
            return GC_BAD_TYPE;
        types[a[0]] = (struct type){(uint32_t)a[1], (uint32_t)(a[1] >> 32), a[2], a[3], a[4], 1};
        return GC_DONE;
    case GC_ADD_ROOTS: /* a physical address is an offset in memory */
        for (uint64_t i = 0; i < MAX_RANGES; i++)
            if (!ranges[i].words) {
                ranges[i].start = (uint64_t *)(memory + a[0]);
                ranges[i].words = a[1] / 8, ranges[i].flags = a[2];
                *result = i;
                return GC_DONE;
            }
        return GC_BAD_ROOTS;
    case GC_COLLECT:
        collect();
        *result = cycles;
        return GC_DONE;
    }
    return GC_BAD_COMMAND;
}

uint64_t shim_read(uint64_t reg)
{
    switch (reg) {
    case GC_REG_ID:
        return GC_ID;
    case GC_REG_LIMIT:
        return total;
    case GC_REG_PHASE:
        return bytes ? GC_IDLE : GC_NO_HEAP;
    case GC_REG_CYCLES:
        return __atomic_load_n(&cycles, __ATOMIC_ACQUIRE);
    }
    return reg < sizeof registers ? registers[reg / 8] : 0;
}

void shim_write(uint64_t reg, uint64_t v)
{
    registers[reg / 8] = v;
    if (reg != GC_REG_COMMAND)
        return;
    uint64_t result = 0;
    pthread_mutex_lock(&heap_lock);
    registers[GC_REG_ERROR / 8] = execute(v, &registers[GC_REG_ARG0 / 8], &result);
    pthread_mutex_unlock(&heap_lock);
    registers[GC_REG_RESULT / 8] = result;
}
