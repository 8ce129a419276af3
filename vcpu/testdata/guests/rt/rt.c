/* Start of each hart and the way out. */
#include "rt.h"

u64 fail_info[6];
__attribute__((weak)) u32 expected_harts = 2;
extern volatile u64 tohost;

_Static_assert(offsetof(struct cell, epc) == CELL_EPC, "cell");
_Static_assert(offsetof(struct cell, active) == CELL_ACTIVE, "cell");
_Static_assert(offsetof(struct cell, vector) == CELL_VECTOR, "cell");
_Static_assert(offsetof(struct cell, saved) == CELL_SAVED, "cell");
_Static_assert(sizeof(struct cell) <= CELL_BYTES, "cell");

__attribute__((weak)) void test_other(u64 id) { (void)id; }

void hart_main(u64 id)
{
    if (id != 0) {
        test_other(id);
        return;
    }
    test();
    finish(0);
}

void finish(u64 code)
{
    FENCE();
    tohost = code << 1 | 1;
    for (;;)
        __asm__ volatile("wfi");
}

void fail(u64 line, u64 got, u64 want)
{
    fail_info[0] = line;
    fail_info[1] = got;
    fail_info[2] = want;
    finish(line & 255 ? line : line - 1);
}
