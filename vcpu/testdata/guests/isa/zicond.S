/* Zicond: conditional zero. */
#include "guest.h"

/* The assembler does not know these yet. */
.macro czero.eqz rd, rs1, rs2
        .insn   r 0x33, 5, 7, \rd, \rs1, \rs2
.endm
.macro czero.nez rd, rs1, rs2
        .insn   r 0x33, 7, 7, \rd, \rs1, \rs2
.endm

        GUEST_BEGIN

        RR(czero.eqz, 0x0, 0x5, 0x0)
        RR(czero.eqz, 0x5, 0x5, 0x1)
        RR(czero.eqz, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(czero.eqz, 0xffffffffffffffff, 0xffffffffffffffff, 0x100000000)
        RR(czero.eqz, 0x0, 0x0, 0x0)
        RR(czero.eqz, 0x0, 0x0, 0x7)
        RR(czero.eqz, 0x0, 0x123456789abcdef0, 0x0)
        RR(czero.nez, 0x5, 0x5, 0x0)
        RR(czero.nez, 0x0, 0x5, 0x1)
        RR(czero.nez, 0x0, 0x8000000000000000, 0x8000000000000000)
        RR(czero.nez, 0x0, 0xffffffffffffffff, 0x100000000)
        RR(czero.nez, 0x0, 0x0, 0x0)
        RR(czero.nez, 0x0, 0x0, 0x7)
        RR(czero.nez, 0x123456789abcdef0, 0x123456789abcdef0, 0x0)

        GUEST_END
