/* Zihintpause and Zawrs: they end, and they change nothing. */
#include "guest.h"

        GUEST_BEGIN
        la      s0, cell

        AT
        pause
        pause
        /* without a reservation neither form waits */
        sc.d    a1, zero, (s0)
        wrs.nto
        wrs.sto
        /* with one, the short form ends by itself */
        lr.d    a1, (s0)
        wrs.sto
        /* the long form ends at a pending enabled interrupt, taken or not */
        csrci   mstatus, 8
        li      a0, 8
        csrw    mie, a0
        li      a2, 0x02000000
        li      a0, 1
        sw      a0, 0(a2)
1:      csrr    a0, mip
        andi    a0, a0, 8
        beqz    a0, 1b
        lr.d    a1, (s0)
        wrs.nto
        sw      zero, 0(a2)
        csrw    mie, zero
        EQ(x0, 0)

        /* hints in the register-register and immediate formats */
        li      a0, 5
        lui     x0, 5
        slti    x0, a0, 6
        xor     x0, a0, a0
        .word   0x00002013              /* slti x0, x0, 0 */
        .word   0x4010d013              /* srai x0, x1, 1 */
        EQ(x0, 0)
        EQ(a0, 5)

        GUEST_END

        .bss
        .balign 8
cell:   .skip   8
