/* CSRs: access rules, read-modify-write forms, WARL fields, views of one register through another. */
#include "rt.h"

#define ANY_MISA ((1ul << ('I' - 'A')) | 1ul << ('M' - 'A') | 1ul << ('A' - 'A') | 1ul << ('F' - 'A') | \
                  1ul << ('D' - 'A') | 1ul << ('C' - 'A') | 1ul << ('S' - 'A') | 1ul << ('U' - 'A'))

static void identity(void)
{
    u64 misa_now = READ(misa);
    CHECK(misa_now >> 62, 2);
    CHECK(misa_now & ANY_MISA, ANY_MISA);
    PASSES(M, "csrr t0, misa\n csrw misa, zero\n csrr a0, misa\n csrw misa, t0", 0, 0);
    CHECK(A0 >> 62, 2);
    CHECK(READ(misa), misa_now);
    PASSES(M, "csrr a0, mvendorid\n csrr a0, marchid\n csrr a0, mimpid\n csrr a0, mconfigptr", 0, 0);
    CHECK(READ(mhartid), 0);
}

static void read_only(void)
{
    FAULTS(ILLEGAL, M, "csrw mhartid, zero", 0, 0);
    FAULTS(ILLEGAL, M, "csrw mvendorid, a0", 0, 0);
    FAULTS(ILLEGAL, M, "csrw cycle, a0", 0, 0);
    FAULTS(ILLEGAL, M, "csrw time, a0", 0, 0);
    FAULTS(ILLEGAL, M, "csrw instret, a0", 0, 0);
    FAULTS(ILLEGAL, M, "csrrw a0, mhartid, zero", 0, 0);
    FAULTS(ILLEGAL, M, "csrrwi a0, mhartid, 0", 0, 0);
    /* csrrs and csrrc write unless the source is x0 (or the immediate 0): the register's name counts, not its value */
    FAULTS(ILLEGAL, M, "csrrs a0, mhartid, a1", 0, 0);
    FAULTS(ILLEGAL, M, "csrrc a0, mhartid, a1", 0, 0);
    FAULTS(ILLEGAL, M, "csrrsi a0, mhartid, 1", 0, 0);
    PASSES(M, "csrrs a0, mhartid, zero\n csrrc a0, mhartid, zero\n csrrsi a0, mhartid, 0\n csrrci a0, mhartid, 0", 9, 0);
    CHECK(A0, 0);
}

static void no_such_csr(void)
{
    u64 at = RUN(M, "csrr a0, 0x5c0", 0x77, 0);
    CHECK(T.cause, ILLEGAL);
    CHECK(T.epc, at);
    CHECK(T.tval, 0x5c002573);
    CHECK(A0, 0x77);
    FAULTS(ILLEGAL, M, "csrr a0, 0x7c0", 0, 0);
    FAULTS(ILLEGAL, M, "csrr a0, 0x800", 0, 0);
    FAULTS(ILLEGAL, M, "csrr a0, 0xbff", 0, 0);
    FAULTS(ILLEGAL, M, "csrr a0, 0xfff", 0, 0);
    FAULTS(ILLEGAL, M, "csrr a0, 0x600", 0, 0);     /* hypervisor: not there */
    FAULTS(ILLEGAL, M, "csrr a0, 0x000", 0, 0);     /* user-level interrupts: not there */
    FAULTS(ILLEGAL, M, "csrr a0, 0xc80", 0, 0);     /* cycleh exists for RV32 alone */
    FAULTS(ILLEGAL, M, "csrr a0, 0x310", 0, 0);     /* mstatush too */
    FAULTS(ILLEGAL, M, "csrr a0, 0x3a1", 0, 0);     /* pmpcfg1 too */
    FAULTS(ILLEGAL, S, "csrr a0, 0x5c0", 0, 0);
    FAULTS(ILLEGAL, U, "csrr a0, 0x5c0", 0, 0);
}

static void by_privilege(void)
{
    FAULTS(ILLEGAL, U, "csrr a0, sstatus", 0, 0);
    FAULTS(ILLEGAL, U, "csrr a0, satp", 0, 0);
    FAULTS(ILLEGAL, U, "csrr a0, sscratch", 0, 0);
    FAULTS(ILLEGAL, U, "csrr a0, mstatus", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, mstatus", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, mscratch", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, mhartid", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, pmpcfg0", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, medeleg", 0, 0);
    FAULTS(ILLEGAL, S, "csrr a0, menvcfg", 0, 0);
    FAULTS(ILLEGAL, S, "csrw minstret, a0", 0, 0);
    PASSES(S, "csrw sscratch, a0\n csrr a0, sscratch", 0x123456789abcdef0, 0);
    CHECK(A0, 0x123456789abcdef0);
    PASSES(S, "csrr a0, sstatus\n csrr a0, sie\n csrr a0, sip\n csrr a0, stvec\n csrr a0, scounteren\n"
              "csrr a0, sepc\n csrr a0, scause\n csrr a0, stval\n csrr a0, satp\n csrr a0, senvcfg", 0, 0);
    PASSES(U, "csrr a0, fcsr", 0, 0);
}

static void forms(void)
{
    WRITE(sscratch, 0xff00);
    PASSES(M, "csrrw a0, sscratch, a1", 0, 0x1234);
    CHECK(A0, 0xff00);
    CHECK(READ(sscratch), 0x1234);
    PASSES(M, "csrrs a0, sscratch, a1", 0, 0x8001);
    CHECK(A0, 0x1234);
    CHECK(READ(sscratch), 0x9235);
    PASSES(M, "csrrc a0, sscratch, a1", 0, 0x0235);
    CHECK(A0, 0x9235);
    CHECK(READ(sscratch), 0x9000);
    PASSES(M, "csrrwi a0, sscratch, 31", 0, 0);
    CHECK(A0, 0x9000);
    CHECK(READ(sscratch), 31);
    PASSES(M, "csrrci a0, sscratch, 10", 0, 0);
    CHECK(A0, 31);
    CHECK(READ(sscratch), 21);
    PASSES(M, "csrrsi a0, sscratch, 8", 0, 0);
    CHECK(A0, 21);
    CHECK(READ(sscratch), 29);
    /* rd = rs1: the old value comes back, the register's value goes in */
    PASSES(M, "csrrw a0, sscratch, a0", 77, 0);
    CHECK(A0, 29);
    CHECK(READ(sscratch), 77);
    PASSES(M, "csrrw zero, sscratch, a0\n csrrs zero, sscratch, a1", 8, 3);
    CHECK(READ(sscratch), 11);
    PASSES(M, "csrr t0, mscratch\n csrw mscratch, a0\n csrr a0, mscratch\n csrw mscratch, t0", ~0ul, 0);
    CHECK(A0, ~0ul);
}

static void status_fields(void)
{
    u64 known = SIE | MIE | SPIE | MPIE | SPP | MPP | FS | MPRV | SUM | MXR | TVM | TW | TSR | 0xful << 32 | 1ul << 63;
    u64 before = READ(mstatus);
    CHECK(before >> 32 & 15, 10);                   /* UXL = SXL = 64 bits */
    PASSES(M, "csrw mstatus, a0\n csrr a0, mstatus", ~(MIE | SIE), 0);
    CHECK(A0 & ~known, 0);
    CHECK(A0 & (SPIE | MPIE | SPP | FS | MPRV | SUM | MXR | TVM | TW | TSR), SPIE | MPIE | SPP | FS | MPRV | SUM | MXR | TVM | TW | TSR);
    CHECK(A0 >> 63, 1);
    CHECK(A0 >> 32 & 15, 10);
    WRITE(mstatus, before);
    /* MPP = 2 is no mode */
    PASSES(M, "csrc mstatus, a1\n csrs mstatus, a0\n csrr a0, mstatus", MPP_IS(2), MPP);
    TRUE((A0 & MPP) != MPP_IS(2));
    PASSES(M, "csrc mstatus, a1\n csrs mstatus, a0\n csrr a0, mstatus", MPP_IS(S), MPP);
    CHECK(A0 & MPP, MPP_IS(S));
    WRITE(mstatus, before);

    /* sstatus shows and writes its own fields only */
    WRITE(mstatus, before | TVM | TW | TSR | MPIE);
    u64 s = READ(sstatus);
    CHECK(s & (TVM | TW | TSR | MPIE | MPP | MIE | MPRV), 0);
    CHECK(s >> 32 & 3, 2);
    PASSES(M, "csrw sstatus, zero\n csrr a0, mstatus\n", 0, 0);
    CHECK(A0 & (TVM | TW | TSR | MPIE), TVM | TW | TSR | MPIE);
    CHECK(A0 & FS, 0);
    PASSES(M, "csrw sstatus, a0\n csrr a0, mstatus", ~SIE, 0);
    CHECK(A0 & (SPIE | SPP | FS | SUM | MXR), SPIE | SPP | FS | SUM | MXR);
    CHECK(A0 & (MPRV), 0);
    WRITE(mstatus, before);
    /* SD follows FS */
    CLEAR(mstatus, FS);
    CHECK(READ(mstatus) >> 63, 0);
    CHECK(READ(sstatus) >> 63, 0);
    SET(mstatus, FS);
    CHECK(READ(mstatus) >> 63, 1);
    CHECK(READ(sstatus) >> 63, 1);
    WRITE(mstatus, before);
}

static void vectors_and_pcs(void)
{
    u64 old = READ(mtvec);
    CHECK(AFTER(mtvec, 0x80001000), 0x80001000);
    CHECK(AFTER(mtvec, 0x80001001), 0x80001001);
    TRUE((AFTER(mtvec, 0x80001002) & 3) < 2);
    TRUE((AFTER(mtvec, 0x80001003) & 3) < 2);
    WRITE(mtvec, old);
    CHECK(AFTER(stvec, 0x80002000), 0x80002000);
    CHECK(AFTER(stvec, 0x80002001), 0x80002001);
    CHECK(AFTER(mepc, 0x80001235), 0x80001234);
    CHECK(AFTER(mepc, 0x80001232), 0x80001232);
    CHECK(AFTER(sepc, 0x80001237), 0x80001236);
    CHECK(AFTER(scause, INTERRUPT(5)), INTERRUPT(5));
    CHECK(AFTER(mcause, 15), 15);
    CHECK(AFTER(stval, 0x123456789abcdef0), 0x123456789abcdef0);
    CHECK(AFTER(mtval, 0xfedcba9876543210), 0xfedcba9876543210);
}

static void delegation_registers(void)
{
    u64 all = AFTER(medeleg, ~0ul);
    CHECK(all >> ECALL_M & 1, 0);
    u64 want = 1ul << ILLEGAL | 1ul << BREAKPOINT | 1ul << LOAD_ACCESS | 1ul << STORE_ACCESS | 1ul << FETCH_ACCESS |
               1ul << ECALL_U | 1ul << FETCH_PAGE | 1ul << LOAD_PAGE | 1ul << STORE_PAGE;
    CHECK(all & want, want);
    CHECK(AFTER(medeleg, 0), 0);
    u64 lines = AFTER(mideleg, ~0ul);
    CHECK(lines & (1 << SSI | 1 << STI | 1 << SEI), 1 << SSI | 1 << STI | 1 << SEI);
    CHECK(lines & (1 << MSI | 1 << MTI | 1 << MEI), 0);
    CHECK(AFTER(mideleg, 0), 0);
    u64 enabled = AFTER(mie, ~0ul);
    CHECK(enabled & 0xfff, 1 << SSI | 1 << MSI | 1 << STI | 1 << MTI | 1 << SEI | 1 << MEI);
    CHECK(AFTER(mie, 0), 0);
}

static void translation_register(void)
{
    for (u64 m = 1; m < 16; m++) {
        WRITE(satp, 0);
        u64 got = AFTER(satp, m << 60 | 0x12345);
        /* A mode that is not there leaves the whole register as it was. */
        CHECK(got, m >= 8 && m <= 10 ? m << 60 | 0x12345 : 0);
    }
    CHECK(AFTER(satp, 8ul << 60 | 0xffffffffffful) & 0xffffffffffful, 0xffffffffffful);
    WRITE(satp, 0);
    CHECK(READ(satp), 0);
}

static void environment(void)
{
    u64 fields = 1ul << 0 | 3ul << 4 | 1ul << 6 | 1ul << 7 | 1ul << 61 | 1ul << 62 | 1ul << 63;
    WRITE(menvcfg, ~0ul);
    CHECK(READ(menvcfg) & ~fields, 0);
    CHECK(READ(menvcfg) & fields, fields);
    CHECK(AFTER(menvcfg, 0), 0);
    TRUE((AFTER(menvcfg, 2ul << 4) >> 4 & 3) != 2);
    WRITE(menvcfg, 0);
    u64 s_fields = 1ul << 0 | 3ul << 4 | 1ul << 6 | 1ul << 7;
    CHECK(AFTER(senvcfg, ~0ul), s_fields);
    CHECK(AFTER(senvcfg, 0), 0);
}

static u64 block[16] __attribute__((aligned(64)));

/* menvcfg, and senvcfg below it, switch the cache-block instructions on for S and U. */
static void cache_blocks(void)
{
    enum { INVAL = 3 << 4, INVAL_AS_FLUSH = 1 << 4, CLEAN = 1 << 6, ZERO = 1 << 7 };
#define EACH(mode, zero, clean, inval) do { \
        RUN(mode, "cbo.zero (a0)", block, 0); CHECK(T.cause, zero ? ECALL_OF(mode) : ILLEGAL); \
        RUN(mode, "cbo.clean (a0)", block, 0); CHECK(T.cause, clean ? ECALL_OF(mode) : ILLEGAL); \
        RUN(mode, "cbo.flush (a0)", block, 0); CHECK(T.cause, clean ? ECALL_OF(mode) : ILLEGAL); \
        RUN(mode, "cbo.inval (a0)", block, 0); CHECK(T.cause, inval ? ECALL_OF(mode) : ILLEGAL); } while (0)

    WRITE(menvcfg, 0);
    WRITE(senvcfg, INVAL | CLEAN | ZERO);
    EACH(M, 1, 1, 1);
    EACH(S, 0, 0, 0);
    EACH(U, 0, 0, 0);
    WRITE(menvcfg, INVAL | CLEAN | ZERO);
    WRITE(senvcfg, 0);
    EACH(S, 1, 1, 1);
    EACH(U, 0, 0, 0);
    WRITE(senvcfg, ZERO);
    EACH(U, 1, 0, 0);
    WRITE(senvcfg, CLEAN);
    EACH(U, 0, 1, 0);
    WRITE(senvcfg, INVAL_AS_FLUSH);
    EACH(U, 0, 0, 1);
    WRITE(menvcfg, ZERO);
    EACH(S, 1, 0, 0);
    WRITE(menvcfg, 0);
    WRITE(senvcfg, 0);
}

void test(void)
{
    identity();
    read_only();
    no_such_csr();
    by_privilege();
    forms();
    status_fields();
    vectors_and_pcs();
    delegation_registers();
    translation_register();
    environment();
    cache_blocks();
}
