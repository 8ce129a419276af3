/* A process of Linux, with the heap and its device mapped through /dev/mem; or, with the shim, of any machine. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mem.h" /* first: it says which pthread.h this is */

#include <pthread.h>
#include <sched.h>

#include "port.h"
#include "portos.h"

PARAM(workers, 0);   /* 0: as many as there are processors */
PARAM(heap_mib, 0);  /* 0: as large as the machine allows */

#define MAX_WORKERS 64

uint64_t workers(void)
{
    static uint64_t processors; /* asking takes three system calls */
    if (!processors)
        processors = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t n = param_workers ? param_workers : processors;
    return n < MAX_WORKERS ? n : MAX_WORKERS;
}

struct job {
    void (*f)(uint64_t, void *);
    void *arg;
    uint64_t worker;
};

static void *thread(void *arg)
{
    struct job *j = arg;
    mem_enter();
    j->f(j->worker, j->arg);
    mem_leave();
    return NULL;
}

void together(void (*f)(uint64_t, void *), void *arg)
{
    pthread_t threads[MAX_WORKERS];
    struct job jobs[MAX_WORKERS];
    uint64_t n = workers();
    for (uint64_t i = 1; i < n; i++) {
        jobs[i] = (struct job){f, arg, i};
        if (pthread_create(&threads[i], NULL, thread, &jobs[i]) != 0)
            fail("no thread for worker %u", i);
    }
    f(0, arg);
    for (uint64_t i = 1; i < n; i++)
        pthread_join(threads[i], NULL);
}

void wait_while(uint32_t *word, uint32_t value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0); }
void wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, MAX_WORKERS, NULL, NULL, 0); }
void relax(void) { sched_yield(); }

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct stack own_stack(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t bytes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0 || pthread_attr_getstack(&attributes, &low, &bytes) != 0)
        fail("a thread does not know its stack");
    pthread_attr_destroy(&attributes);
    return (struct stack){low, (char *)low + bytes};
}

void put_byte(char c) { putchar_unlocked(c); }
void flush_bytes(void) { fflush(stdout); }
void quit(int code) { exit(code); }

#ifdef HEAP_BOEHM
/* A library that was built with a newer C library has these; an older one knows them by their old names. */
__attribute__((weak)) long __isoc23_strtol(const char *s, char **end, int base) { return strtol(s, end, base); }
__attribute__((weak)) unsigned long __isoc23_strtoul(const char *s, char **end, int base) { return strtoul(s, end, base); }
#endif

#ifdef HEAP_GC
#ifdef GC_SHIM
struct place find_heap(uint64_t wanted)
{
    char *shim_memory(uint64_t bytes);
    static uint64_t there;
    if (!wanted)
        wanted = 64 << 20;
    return (struct place){&there, shim_memory(wanted), 0, wanted};
}
#else
static void *map(int mem, uint64_t physical, uint64_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mem, (off_t)physical);
    if (p == MAP_FAILED)
        fail("/dev/mem gives no %u bytes at %x", bytes, physical);
    return p;
}

/* Reads the beginning of a property of the device tree; 0 is its length if it is not there. */
static size_t property(const char *node, const char *name, uint8_t *value, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", node, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    size_t n = fread(value, 1, size, f);
    fclose(f);
    return n;
}

/* Finds a node that is compatible, and what its reg begins with: two cells of address, two of size. */
static int node(const char *pattern, const char *compatible, uint64_t reg[2])
{
    glob_t found;
    int ok = 0;
    if (glob(pattern, 0, NULL, &found) != 0)
        return 0;
    for (size_t i = 0; i < found.gl_pathc && !ok; i++) {
        uint8_t text[64] = {0}, cells[16];
        property(found.gl_pathv[i], "compatible", text, sizeof text - 1);
        if (strcmp((char *)text, compatible) != 0 || property(found.gl_pathv[i], "reg", cells, 16) != 16)
            continue;
        reg[0] = reg[1] = 0;
        for (int b = 0; b < 16; b++)
            reg[b / 8] = reg[b / 8] << 8 | cells[b];
        ok = 1;
    }
    globfree(&found);
    return ok;
}

struct place find_heap(uint64_t wanted)
{
    uint64_t memory[2], device[2];
    struct place p = {0};
    if (!node("/proc/device-tree/soc/*", "hartwood,gcpar", device) ||
        !node("/proc/device-tree/reserved-memory/*", "hartwood,gcpar-heap", memory))
        return p;
    int mem = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
    if (mem < 0)
        fail("/dev/mem does not open");
    if (flock(mem, LOCK_EX | LOCK_NB) != 0)
        fail("another process has the managed heap"); /* until it ends and closes the file */
    p.physical = memory[0];
    p.bytes = wanted && wanted < memory[1] ? wanted : memory[1];
    p.device = map(mem, device[0], device[1]);
    p.memory = map(mem, p.physical, p.bytes);
    return p;
}
#endif
#endif

extern const struct param __start_params[], __stop_params[];

static void set(const char *argument)
{
    const char *value = strchr(argument, '=');
    for (const struct param *p = __start_params; value && p < __stop_params; p++) {
        char *rest;
        uint64_t n = strtoul(value + 1, &rest, 0);
        if (strlen(p->name) == (size_t)(value - argument) && memcmp(p->name, argument, strlen(p->name)) == 0 && !*rest && value[1]) {
            *p->value = n;
            return;
        }
    }
    fprintf(stderr, "%s: what is %s? There are:", program_name, argument);
    for (const struct param *p = __start_params; p < __stop_params; p++)
        fprintf(stderr, " %s=%lu", p->name, *p->value);
    fprintf(stderr, "\n");
    exit(2);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        set(argv[i]);
    mem_open(param_heap_mib << 20);
    mem_enter();
    program();
    mem_leave();
    return 0;
}
