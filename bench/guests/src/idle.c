/* Every hart starts, touches no memory of its own and waits for ever. The last to come says so on the serial port. */
#include "rt.h"

static uint64_t harts; /* 0 until hart 0 has counted them */
static uint64_t here;

void hart_main(uint64_t hart, const void *fdt)
{
    if (hart == 0) {
        uint64_t n = count_harts(fdt);
        __atomic_store_n(&harts, n, __ATOMIC_RELEASE);
        for (uint64_t i = 1; i < n; i++)
            MSIP[i] = 1;
    }
    while (__atomic_load_n(&harts, __ATOMIC_ACQUIRE) == 0)
        wfi();
    MSIP[hart] = 0;
    if (__atomic_add_fetch(&here, 1, __ATOMIC_ACQ_REL) == harts) {
        for (const char *p = "all harts wait\n"; *p; p++)
            *UART = (uint8_t)*p;
    }
}
