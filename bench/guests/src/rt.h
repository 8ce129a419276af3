/* What the benchmark guests share. Memory map: as of QEMU's virt machine. */
#ifndef RT_H
#define RT_H

#include <stdint.h>

/* A parameter that the host may overwrite in the file, with the value that it has otherwise. */
#define PARAM(name, value) volatile uint64_t param_##name __attribute__((section(".data"))) = (value)

#define MSIP ((volatile uint32_t *)0x2000000) /* one word a hart */
#define UART ((volatile uint8_t *)0x10000000)

/* Entry of every hart; returning parks it. */
void hart_main(uint64_t hart, const void *fdt);

/* Ends the machine: 0 is success, 1 to 255 the number of a failed check. */
void finish(int code);

/* The number of harts in the device tree. */
uint64_t count_harts(const void *fdt);

/* The first byte behind the stacks of n harts, aligned to a power of two. */
uintptr_t free_memory(uint64_t n, uintptr_t align);

static inline uint64_t xorshift(uint64_t x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ x << 17;
}

static inline void wfi(void) { __asm__ volatile("wfi" ::: "memory"); }

#endif
