/* RV64I loads and stores: widths, sign extension, offsets, misaligned addresses, overlap. */
#include "guest.h"

#define LOAD(insn, want, off)  at_line __LINE__; insn a2, off(s0); must_equal a2, want
/* Stores write a pattern into a field of ones; the whole 16 bytes are looked at. */
#define STORE(insn, val, off, lo, hi) \
        at_line __LINE__; li a0, -1; sd a0, 0(s1); sd a0, 8(s1); li a0, val; \
        insn a0, off(s1); ld a1, 0(s1); ld a2, 8(s1); must_equal a1, lo; must_equal a2, hi

        GUEST_BEGIN
        la      s0, pattern
        la      s1, scratch

        LOAD(lb, -0x80, 0)
        LOAD(lb, 0x7f, 1)
        LOAD(lb, -1, 2)
        LOAD(lb, 0, 3)
        LOAD(lbu, 0x80, 0)
        LOAD(lbu, 0x7f, 1)
        LOAD(lbu, 0xff, 2)
        LOAD(lh, 0x7f80, 0)
        LOAD(lh, 0x00ff, 2)
        LOAD(lh, -0x7ffe, 4)
        LOAD(lhu, 0x8002, 4)
        LOAD(lhu, 0x7f80, 0)
        LOAD(lw, 0x00ff7f80, 0)
        LOAD(lw, -0x789a7ffe, 4)
        LOAD(lwu, 0x87658002, 4)
        LOAD(lwu, 0x00ff7f80, 0)
        LOAD(ld, 0x8765800200ff7f80, 0)
        LOAD(ld, 0x1122334455667788, 8)
        LOAD(lb, -0x11, -1)
        LOAD(lbu, 0xef, -1)
        LOAD(lh, -0x10ff, -2)
        LOAD(lwu, 0xef01cd23, -4)
        LOAD(ld, 0xef01cd23ab456789, -8)

        /* misaligned, inside a word and over two */
        LOAD(lh, -0x81, 1)
        LOAD(lhu, 0xff7f, 1)
        LOAD(lw, 0x0200ff7f, 1)
        LOAD(lw, 0x77888765, 6)
        LOAD(lwu, 0x66778887, 7)
        LOAD(ld, 0x888765800200ff7f, 1)
        LOAD(ld, 0x77888765800200ff, 2)
        LOAD(ld, 0x6677888765800200, 3)
        LOAD(ld, 0x5566778887658002, 4)
        LOAD(ld, 0x4455667788876580, 5)
        LOAD(ld, 0x3344556677888765, 6)
        LOAD(ld, 0x2233445566778887, 7)

        STORE(sb, 0x1234567812345678, 0, 0xffffffffffffff78, -1)
        STORE(sb, 0, 5, 0xffff00ffffffffff, -1)
        STORE(sb, 0, 15, -1, 0x00ffffffffffffff)
        STORE(sh, 0x12345678, 0, 0xffffffffffff5678, -1)
        STORE(sh, 0x1234, 6, 0x1234ffffffffffff, -1)
        STORE(sw, 0x1122334455667788, 0, 0xffffffff55667788, -1)
        STORE(sw, 0x1122334455667788, 4, 0x55667788ffffffff, -1)
        STORE(sd, 0x1122334455667788, 0, 0x1122334455667788, -1)
        STORE(sd, 0x1122334455667788, 8, -1, 0x1122334455667788)

        /* misaligned stores change their own bytes and no others */
        STORE(sh, 0x1234, 1, 0xffffffffff1234ff, -1)
        STORE(sh, 0x1234, 7, 0x34ffffffffffffff, 0xffffffffffffff12)
        STORE(sw, 0x12345678, 1, 0xffffff12345678ff, -1)
        STORE(sw, 0x12345678, 6, 0x5678ffffffffffff, 0xffffffffffff1234)
        STORE(sw, 0x12345678, 7, 0x78ffffffffffffff, 0xffffffffff123456)
        STORE(sd, 0x1122334455667788, 1, 0x22334455667788ff, 0xffffffffffffff11)
        STORE(sd, 0x1122334455667788, 4, 0x55667788ffffffff, 0xffffffff11223344)
        STORE(sd, 0x1122334455667788, 7, 0x88ffffffffffffff, 0xff11223344556677)

        /* a load sees the newest bytes of stores that overlap it */
        AT
        li      a0, 0x1111111111111111
        sd      a0, 0(s1)
        li      a0, 0x2222
        sh      a0, 2(s1)
        li      a0, 0x33
        sb      a0, 3(s1)
        ld      a1, 0(s1)
        EQ(a1, 0x1111111133221111)
        lw      a1, 1(s1)
        EQ(a1, 0x11332211)

        /* the ends of the immediate's range, and base = destination */
        li      a0, 2047
        add     a0, s1, a0
        li      a1, 0x5a
        sb      a1, 0(a0)
        lbu     a2, 2047(s1)
        EQ(a2, 0x5a)
        addi    a3, s1, 2047
        addi    a3, a3, 1
        sb      a1, -2048(a3)
        lbu     a2, 0(s1)
        EQ(a2, 0x5a)
        sd      s1, 8(s1)
        mv      a0, s1
        ld      a0, 8(a0)
        EQREG(a0, s1)
        addi    a0, s1, 16
        sd      a0, 0(a0)
        ld      a1, 16(s1)
        EQREG(a1, a0)

        /* across a 4 KiB boundary of physical memory */
        la      s2, two_pages + 4096
        li      a0, 0x1122334455667788
        sd      a0, -4(s2)
        lw      a1, 0(s2)
        EQ(a1, 0x11223344)
        lw      a1, -4(s2)
        EQ(a1, 0x55667788)
        ld      a1, -4(s2)
        EQ(a1, 0x1122334455667788)
        sh      x0, -1(s2)
        ld      a1, -4(s2)
        EQ(a1, 0x1122330000667788)
        lhu     a1, -1(s2)
        EQ(a1, 0)

        GUEST_END

        .data
        .balign 16
        .dword  0xef01cd23ab456789
pattern:
        .dword  0x8765800200ff7f80, 0x1122334455667788
        .bss
        .balign 16
scratch:
        .skip   4096
        .section .bss.page, "aw", @nobits
        .balign 4096
two_pages:
        .skip   8192
