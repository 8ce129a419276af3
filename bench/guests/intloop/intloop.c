/* A tight integer loop: four instructions an iteration, nothing but registers. */
#include "bench.h"

u64 iterations = 100000000;             /* a host may change it */

void hart_main(unsigned me, const void *fdt)
{
    (void)fdt;
    if (me != 0)
        return;
    u64 n = iterations, x = 0, sum = 0;
    __asm__ volatile("1: addi %0, %0, -1\n xor %1, %1, %0\n add %2, %2, %1\n bnez %0, 1b"
                     : "+r"(n), "+r"(x), "+r"(sum));
    finish("intloop", instructions(), n == 0 && (iterations != 100000000 || sum == EXPECTED));
}
