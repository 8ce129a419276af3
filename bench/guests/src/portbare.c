/* Harts without an operating system. Hart 0 runs the program; the others sleep until there is work for all. */
#include "mem.h"
#include "port.h"
#include "portos.h"

PARAM(workers, 0);   /* 0: all harts */
PARAM(heap_mib, 0);  /* 0: as large as the machine allows */

static const uint8_t *tree;
static uint64_t harts;

static uint32_t round_;  /* of work for all; the heap stands from 1 on */
static uint32_t busy;    /* other workers that have not ended theirs */
static void (*work)(uint64_t, void *);
static void *work_arg;

static uint64_t hart_id(void)
{
    uint64_t id;
    __asm__("csrr %0, mhartid" : "=r"(id));
    return id;
}

uint64_t workers(void) { return param_workers && param_workers < harts ? param_workers : harts; }

struct stack own_stack(void)
{
    extern char image_end[];
    char *low = image_end + hart_id() * STACK_BYTES; /* as start.S has it */
    return (struct stack){low, low + STACK_BYTES};
}

void relax(void) { __asm__ volatile(".insn 0x0100000f"); } /* pause */

void wait_while(uint32_t *word, uint32_t value)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
        wfi();
        MSIP[hart_id()] = 0;
        __asm__ volatile("fence w, r" ::: "memory");
    }
}

void wake(uint32_t *word)
{
    (void)word;
    __asm__ volatile("fence rw, w" ::: "memory");
    for (uint64_t i = 0; i < harts; i++)
        if (i != hart_id())
            MSIP[i] = 1;
}

void together(void (*f)(uint64_t, void *), void *arg)
{
    uint32_t left;
    work = f, work_arg = arg;
    __atomic_store_n(&busy, (uint32_t)workers() - 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&round_, 1, __ATOMIC_RELEASE);
    wake(&round_);
    f(0, arg);
    while ((left = __atomic_load_n(&busy, __ATOMIC_ACQUIRE)))
        wait_while(&busy, left);
}

static void serve(uint64_t hart)
{
    for (uint32_t seen = 0;; seen++) {
        wait_while(&round_, seen);
        if (seen == 0)
            mem_enter();
        if (seen == 0 || hart >= workers())
            continue;
        work(hart, work_arg);
        if (__atomic_sub_fetch(&busy, 1, __ATOMIC_RELEASE) == 0)
            wake(&busy);
    }
}

uint64_t now_ns(void)
{
    uint64_t ticks;
    __asm__ volatile("rdtime %0" : "=r"(ticks));
    return ticks * 100; /* 10 MHz, as on QEMU's virt machine */
}

void put_byte(char c) { *UART = (uint8_t)c; }
void flush_bytes(void) {}

void quit(int code)
{
    finish(code);
    for (;;)
        wfi();
}

static uint64_t big(const uint8_t *p, int bytes)
{
    uint64_t n = 0;
    for (int i = 0; i < bytes; i++)
        n = n << 8 | p[i];
    return n;
}

/* Reports whether a text begins with a prefix. */
static int begins(const char *text, const char *prefix)
{
    for (; *prefix; prefix++)
        if (*text++ != *prefix)
            return 0;
    return 1;
}

/*
 * Looks for a property of a node whose name begins so, and whose value does (empty: any); null if there is none. Nodes
 * within nodes may have any depth (Devicetree Specification, chapter 5).
 */
static const uint8_t *property(const char *node, const char *name, const char *value)
{
    const uint8_t *p = tree + big(tree + 8, 4), *strings = tree + big(tree + 12, 4);
    int here = 0;
    for (;;) {
        uint64_t token = big(p, 4), length = 0;
        p += 4;
        switch (token) {
        case 1: /* begin of a node, its name */
            here = begins((const char *)p, node);
            while (p[length++])
                ;
            p += (length + 3) & ~3ul;
            break;
        case 3: /* property: length, name, value */
            length = big(p, 4);
            if (here && begins((const char *)strings + big(p + 4, 4), name) && begins((const char *)p + 8, value))
                return p + 8;
            p += 8 + ((length + 3) & ~3ul);
            break;
        case 2: /* end of a node: properties come before the nodes within */
        case 4: /* nothing */
            break;
        default:
            return 0;
        }
    }
}

/* The heap lies behind the stacks; the device tree may lie behind it. */
struct place find_heap(uint64_t wanted)
{
    char *memory = (char *)free_memory(harts, GC_ALIGN);
    struct place p = {0, memory, (uint64_t)memory, 0};
    if (property("", "compatible", "hartwood,gcpar"))
        p.device = (volatile uint64_t *)GC_DEVICE;
    const uint8_t *ram = property("memory@", "reg", ""); /* two cells each */
    uint64_t end = big(ram, 8) + big(ram + 8, 8), tree_at = (uint64_t)tree;
    if (tree_at > (uint64_t)memory && tree_at < end)
        end = tree_at;
    p.bytes = (end - (uint64_t)memory) & -4096ul;
    if (wanted && wanted < p.bytes)
        p.bytes = wanted;
    return p;
}

void hart_main(uint64_t hart, const void *fdt)
{
    if (hart != 0)
        serve(hart);
    tree = fdt;
    harts = count_harts(fdt);
    mem_open(param_heap_mib << 20);
    mem_enter();
    __atomic_store_n(&round_, 1, __ATOMIC_RELEASE);
    wake(&round_);
    program();
    quit(0);
}
