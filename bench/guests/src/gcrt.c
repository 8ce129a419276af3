#include "gcrt.h"
#include "port.h"
#include "portos.h"

#define ROOT_WORDS 512 /* behind the heap, in a page of their own: their physical address is known there */
#define ROOT_BYTES (8 * ROOT_WORDS)

static struct place place;
static void **next_root, **last_root;
static lock device;     /* a command is several stores and loads */
static uint64_t before; /* cycles that had ended then */

#ifdef GC_SHIM
uint64_t gc_register(uint64_t offset) { return shim_read(offset); }
static void set_register(uint64_t offset, uint64_t v) { shim_write(offset, v); }
#else
uint64_t gc_register(uint64_t offset) { return place.device[offset / 8]; }
static void set_register(uint64_t offset, uint64_t v) { place.device[offset / 8] = v; }
#endif

uint64_t gc_execute(enum gc_command command, const uint64_t arguments[5], uint64_t *result)
{
    acquire(&device);
    for (uint64_t i = 0; i < 5; i++)
        set_register(GC_REG_ARG0 + 8 * i, arguments[i]);
    set_register(GC_REG_COMMAND, command);
    uint64_t error = gc_register(GC_REG_ERROR);
    if (result)
        *result = gc_register(GC_REG_RESULT);
    release(&device);
    return error;
}

static uint64_t must(const char *what, enum gc_command command, const uint64_t arguments[5])
{
    uint64_t result, error = gc_execute(command, arguments, &result);
    if (error)
        fail("%s: %s", what, gc_error_text(error));
    return result;
}

static void wait_for_cycle(void)
{
    while (gc_register(GC_REG_PHASE) == GC_MARKING)
        relax();
}

/* Takes a heap away that another program has left behind. Until all harts have let go of it a cycle seems to run. */
static void clear_away(void)
{
    uint64_t error = GC_DONE;
    wait_for_cycle();
    if (gc_register(GC_REG_PHASE) != GC_NO_HEAP)
        while ((error = gc_execute(GC_RESET, (uint64_t[5]){0}, NULL)) == GC_RUNNING)
            wait_for_cycle();
    if (error)
        fail("reset: %s", gc_error_text(error));
    wait_for_cycle();
}

uint64_t gc_open(uint64_t bytes)
{
    place = find_heap(bytes ? bytes + ROOT_BYTES : 0);
    if (!place.device)
        skip("this machine has no managed heap");
    if (gc_register(GC_REG_ID) != GC_ID)
        fail("the device at %x is %x and no managed heap", GC_DEVICE, gc_register(GC_REG_ID));
    uint64_t room = (place.bytes - ROOT_BYTES) & -GC_ALIGN, limit = gc_register(GC_REG_LIMIT);
    if (!bytes)
        bytes = room < limit ? room : limit;
    if (bytes > room)
        fail("the heap wants %u bytes of memory, there are %u", bytes, room);
    clear_away();
    before = gc_register(GC_REG_CYCLES);
    must("setup", GC_SETUP, (uint64_t[5]){place.physical, bytes, (uint64_t)place.memory, 0, 0});
    uint64_t *roots = (uint64_t *)(place.memory + bytes);
    for (uint64_t i = 0; i < ROOT_WORDS; i++)
        roots[i] = 0;
    next_root = (void **)roots, last_root = next_root + ROOT_WORDS;
    must("roots", GC_ADD_ROOTS, (uint64_t[5]){place.physical + bytes, ROOT_BYTES, 0, 0, 0});
    return bytes;
}

void gc_enter(void)
{
    struct stack s = own_stack();
    uint64_t error = gc_attach(s.low, s.high);
    if (error)
        fail("attaching a stack from %x to %x: error %u", s.low, s.high, error);
}

void gc_leave(void) { gc_detach(); }

void gc_type(uint64_t number, uint64_t fixed, uint64_t element, uint64_t fixed_refs, uint64_t element_refs, uint64_t flags)
{
    must("type", GC_TYPE, (uint64_t[5]){number, fixed | element << 32, fixed_refs, element_refs, flags});
}

void **gc_roots(uint64_t n)
{
    if (n > (uint64_t)(last_root - next_root))
        fail("there are no %u words of roots left", n);
    void **words = next_root;
    next_root += n;
    return words;
}

uint64_t gc_cycles(void) { return gc_register(GC_REG_CYCLES) - before; }

uint64_t gc_collect(void)
{
    uint64_t cycle, error;
    while ((error = gc_execute(GC_COLLECT, (uint64_t[5]){0}, &cycle)) == GC_RUNNING)
        wait_for_cycle(); /* that one began before the call */
    if (error)
        fail("collect: %s", gc_error_text(error));
    gc_wait(cycle);
    return cycle;
}
