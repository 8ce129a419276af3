/* A short loop of integer instructions: the best case of any engine. */
#include "rt.h"

PARAM(loops, 20000000);

void hart_main(uint64_t hart, const void *fdt)
{
    (void)fdt;
    if (hart)
        return;
    uint64_t x = 88172645463325252ull, sum = 0;
    for (uint64_t n = param_loops; n; n--) {
        x = xorshift(x);
        sum = (sum + x) ^ n;
    }
    finish(sum == 0);
}
