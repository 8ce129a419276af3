/* The PLIC with the UART behind it: claim and complete, thresholds, priorities, both contexts of hart 0, WFI. */
#include "rt.h"

#define PLIC(offset) (*(volatile u32 *)(0x0c000000ul + (offset)))
#define PRIORITY(n)  PLIC(4 * (n))
#define PENDING      PLIC(0x1000)
#define ENABLE(c)    PLIC(0x2000 + 0x80 * (c))
#define THRESHOLD(c) PLIC(0x200000 + 0x1000 * (c))
#define CLAIM(c)     PLIC(0x200004 + 0x1000 * (c))
#define UART(reg)    (*(volatile u8 *)(0x10000000ul + (reg)))
enum { IER = 1, IIR = 2, LSR = 5, SCRATCH = 7, SOURCE = 10, MCTX = 0, SCTX = 1 };

#define LINE(n) (READ(mip) >> (n) & 1)

/* "Transmitter empty" is the interrupt that the UART can be made to raise at will. */
static void raise(void)
{
    UART(IER) = 0;
    UART(IER) = 2;
}

static void lower(void)
{
    UART(IER) = 0;
    (void)UART(IIR);
}

static void uart(void)
{
    UART(SCRATCH) = 0x5a;
    CHECK(UART(SCRATCH), 0x5a);
    CHECK(UART(LSR) & 0x60, 0x60);
    lower();
    CHECK(UART(IIR) & 1, 1);                        /* nothing pending */
    raise();
    CHECK(UART(IIR) & 15, 2);                       /* transmitter empty; reading it acknowledges */
    CHECK(UART(IIR) & 1, 1);
    lower();
}

static void claiming(void)
{
    PRIORITY(SOURCE) = 1;
    CHECK(PRIORITY(SOURCE), 1);
    ENABLE(MCTX) = 1 << SOURCE;
    CHECK(ENABLE(MCTX), 1 << SOURCE);
    THRESHOLD(MCTX) = 0;
    /* a gateway may have latched what went before */
    u32 left = CLAIM(MCTX);
    if (left)
        CLAIM(MCTX) = left;
    CHECK(LINE(MEI), 0);
    CHECK(CLAIM(MCTX), 0);
    raise();
    CHECK(PENDING >> SOURCE & 1, 1);
    CHECK(LINE(MEI), 1);
    CHECK(LINE(SEI), 0);
    CHECK(CLAIM(MCTX), SOURCE);
    /* claimed: not pending, the gate is closed although the line is still up */
    CHECK(PENDING >> SOURCE & 1, 0);
    CHECK(LINE(MEI), 0);
    CHECK(CLAIM(MCTX), 0);
    /* completed with the line up: pending again; completed with it down: quiet */
    CLAIM(MCTX) = SOURCE;
    CHECK(LINE(MEI), 1);                            /* again */
    CHECK(CLAIM(MCTX), SOURCE);                     /* again */
    lower();
    CLAIM(MCTX) = SOURCE;
    CHECK(LINE(MEI), 0);
    CHECK(CLAIM(MCTX), 0);
}

static void masks(void)
{
    raise();
    CHECK(LINE(MEI), 1);
    THRESHOLD(MCTX) = 1;
    CHECK(LINE(MEI), 0);
    PRIORITY(SOURCE) = 2;
    CHECK(LINE(MEI), 1);
    THRESHOLD(MCTX) = 7;
    CHECK(LINE(MEI), 0);
    THRESHOLD(MCTX) = 0;
    PRIORITY(SOURCE) = 0;                           /* never interrupts */
    CHECK(LINE(MEI), 0);
    PRIORITY(SOURCE) = 1;
    ENABLE(MCTX) = 0;
    CHECK(LINE(MEI), 0);                            /* at once */
    CHECK(CLAIM(MCTX), 0);
    ENABLE(MCTX) = 1 << SOURCE;
    CHECK(LINE(MEI), 1);                            /* at once */
    CHECK(CLAIM(MCTX), SOURCE);
    lower();
    CLAIM(MCTX) = SOURCE;
    CHECK(LINE(MEI), 0);
}

static void supervisor_context(void)
{
    ENABLE(MCTX) = 0;
    ENABLE(SCTX) = 1 << SOURCE;
    THRESHOLD(SCTX) = 0;
    raise();
    CHECK(LINE(MEI), 0);
    CHECK(LINE(SEI), 1);
    /* mip.SEIP reads as the line or software's bit; clearing software's leaves the line */
    CLEAR(mip, 1 << SEI);
    CHECK(LINE(SEI), 1);
    WRITE(mideleg, 1 << SEI);
    WRITE(mie, 1 << SEI);
    WRITE(stvec, s_trap);
    RUN(U, "nop", 0, 0);
    CHECK(T.cause, ECALL_S);
    CHECK(seen_by_s.cause, INTERRUPT(SEI));
    CHECK(CLAIM(SCTX), SOURCE);
    CHECK(LINE(SEI), 0);
    SET(mip, 1 << SEI);
    CHECK(LINE(SEI), 1);
    CLEAR(mip, 1 << SEI);
    CHECK(LINE(SEI), 0);
    lower();
    CLAIM(SCTX) = SOURCE;
    PASSES(U, "nop", 0, 0);
    WRITE(mideleg, 0);
    WRITE(mie, 0);
    ENABLE(SCTX) = 0;
}

static void taken_and_waited_for(void)
{
    ENABLE(MCTX) = 1 << SOURCE;
    WRITE(mie, 1 << MEI);
    raise();
    PASSES(M, "wfi", 0, 0);
    CLEAR(mstatus, MIE | MPIE);
    u64 at = RUN(M, "csrsi mstatus, 8\n nop\n nop", 0, 0);
    CHECK(T.cause, INTERRUPT(MEI));
    CHECK(T.epc, at + 4);
    CHECK(CLAIM(MCTX), SOURCE);
    lower();
    CLAIM(MCTX) = SOURCE;
    CLEAR(mstatus, MIE | MPIE);
    PASSES(M, "csrsi mstatus, 8\n nop", 0, 0);
    WRITE(mie, 0);
}

void test(void)
{
    uart();
    claiming();
    masks();
    supervisor_context();
    taken_and_waited_for();
}
