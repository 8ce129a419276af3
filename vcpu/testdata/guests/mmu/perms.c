/*
 * Permissions, exhaustively: every legal R, W, X, U against S and U mode, SUM and
 * MXR, for loads, stores, AMOs, LR and fetches; directly and through MPRV (TRAPS 4).
 */
#include "pt.h"

static volatile u64 page[512] __attribute__((aligned(4096), section(".bss.page")));

#define VA TEST_VA

static int may(enum mode m, u64 flags, char access, int sum, int mxr)
{
    int user_page = !!(flags & PU);
    if (m == U && !user_page)
        return 0;
    if (m == S && user_page && (access == 'x' || !sum))
        return 0;
    switch (access) {
    case 'r': return flags & R || (mxr && flags & X);
    case 'w': return !!(flags & W);
    default: return !!(flags & X);
    }
}

static void set_status(int sum, int mxr)
{
    CLEAR(mstatus, SUM | MXR);
    SET(mstatus, (sum ? SUM : 0) | (mxr ? MXR : 0));
}

#define EXPECT(allowed, good, bad) CHECK(T.cause, (allowed) ? (good) : (bad))

static void one(enum mode m, u64 flags, int sum, int mxr)
{
    set_status(sum, mxr);
    page[1] = 7;
    RUN(m, "ld a0, 8(a0)", VA, 0);
    EXPECT(may(m, flags, 'r', sum, mxr), ECALL_OF(m), LOAD_PAGE);
    RUN(m, "lr.d a0, (a0)", VA + 8, 0);
    EXPECT(may(m, flags, 'r', sum, mxr), ECALL_OF(m), LOAD_PAGE);
    RUN(m, "sd a1, 16(a0)", VA, 3);
    EXPECT(may(m, flags, 'w', sum, mxr), ECALL_OF(m), STORE_PAGE);
    RUN(m, "amoadd.d a0, a1, (a0)", VA + 8, 1);
    EXPECT(may(m, flags, 'w', sum, mxr), ECALL_OF(m), STORE_PAGE);
    CHECK(page[1], 7 + may(m, flags, 'w', sum, mxr));
    RUN(m, "jr a0", VA, 0);
    EXPECT(may(m, flags, 'x', sum, mxr), ECALL_OF(m), FETCH_PAGE);

#define AS(code) "li t0, 3 << 11\n csrc mstatus, t0\n csrs mstatus, a1\n " code "\n csrc mstatus, a1"
    RUN(M, AS("ld a0, 8(a0)"), VA, MPP_IS(m) | MPRV);
    EXPECT(may(m, flags, 'r', sum, mxr), ECALL_M, LOAD_PAGE);
    CLEAR(mstatus, MPRV);
    RUN(M, AS("sd a1, 16(a0)"), VA, MPP_IS(m) | MPRV);
    EXPECT(may(m, flags, 'w', sum, mxr), ECALL_M, STORE_PAGE);
    CLEAR(mstatus, MPRV);
}

static void matrix(struct space *s)
{
    static const u8 kinds[] = { R, R | W, X, R | X, R | W | X };
    for (unsigned k = 0; k < sizeof kinds; k++)
        for (int user = 0; user < 2; user++) {
            u64 flags = kinds[k] | (user ? PU : 0) | A | D | V;
            map(s, VA, 0, page, flags);
            FENCE_ALL();
            for (int bits = 0; bits < 8; bits++)
                one(bits & 1 ? S : U, flags, bits >> 1 & 1, bits >> 2 & 1);
        }
}

/* SUM and MXR act at once, written by S itself, with the translation already warm. */
static void at_once(struct space *s)
{
    map(s, VA, 0, page, V | R | W | PU | A | D);
    FENCE_ALL();
    set_status(0, 0);
    page[0] = 42;
    for (int i = 0; i < 3; i++) {
        PASSES(S, "csrs sstatus, a1\n ld a0, 0(a0)", VA, SUM);
        CHECK(A0, 42);
        FAULTS(LOAD_PAGE, S, "csrs sstatus, a1\n ld t0, 0(a0)\n csrc sstatus, a1\n ld t0, 0(a0)", VA, SUM);
        FAULTS(STORE_PAGE, S, "csrs sstatus, a1\n sd t0, 8(a0)\n csrc sstatus, a1\n sd t0, 8(a0)", VA, SUM);
        PASSES(U, "ld a0, 0(a0)", VA, 0);
    }
    map(s, VA, 0, page, V | X | A | D);
    FENCE_ALL();
    for (int i = 0; i < 3; i++) {
        FAULTS(LOAD_PAGE, S, "csrs sstatus, a1\n ld t0, 0(a0)\n csrc sstatus, a1\n ld t0, 0(a0)", VA, MXR);
        CHECK(T.x[5], 42);
    }
    set_status(0, 0);
}

void test(void)
{
    struct space s = new_space(SV39);
    use(&s, 0);
    *(volatile u32 *)page = INSN_ECALL;
    __asm__ volatile("fence.i" ::: "memory");
    matrix(&s);
    at_once(&s);
    leave();
}
