/*
 * Cold start: a page of code is copied to many pages and called there, once in each. Almost every instruction runs for
 * the first time.
 */
#include "rt.h"

PARAM(pages, 4000);

#define PAGE 4096

/* A page of position-independent code: short blocks, as compilers make them. a0 in, a0 out. */
extern const uint64_t cold_page[];
__asm__(".balign 4096\n"
        ".globl cold_page\n"
        "cold_page:\n"
        ".rept 72\n"
        "  slli a1, a0, 13\n"
        "  xor  a0, a0, a1\n"
        "  srli a1, a0, 7\n"
        "  xor  a0, a0, a1\n"
        "  andi a2, a0, 255\n"
        "  addi a3, a2, 17\n"
        "  beqz a2, 1f\n"
        "  mul  a0, a0, a3\n"
        "1: sub  a4, a0, a2\n"
        "  sltu a5, a4, a0\n"
        "  add  a0, a4, a5\n"
        "  bltu a3, a2, 2f\n"
        "  addiw a6, a0, 1\n"
        "  or   a0, a0, a6\n"
        "2: ori  a0, a0, 1\n"
        ".endr\n"
        "  ret\n"
        ".balign 4096\n");

void hart_main(uint64_t hart, const void *fdt)
{
    (void)fdt;
    if (hart)
        return;
    uint8_t *to = (uint8_t *)free_memory(1, PAGE);
    for (uint64_t i = 0; i < param_pages; i++) {
        uint64_t *p = (uint64_t *)(to + i * PAGE);
#pragma GCC unroll 8
        for (int w = 0; w < PAGE / 8; w++)
            p[w] = cold_page[w];
    }
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t x = 1;
    for (uint64_t i = 0; i < param_pages; i++)
        x = ((uint64_t(*)(uint64_t))(to + i * PAGE))(x);
    finish(x == 0);
}
