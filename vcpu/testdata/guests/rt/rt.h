/*
 * Frame and checks for guests written in C.
 *
 * A guest defines test(), which hart 0 runs, and perhaps test_other(), which all
 * other harts run; the machine stops with code 0 when test() returns. A check that
 * fails stops the machine with its source line as exit code (a line that is a
 * multiple of 256 reports the one before, because a shell would take it for
 * success), and fail_info holds: line, value seen, value wanted, mcause, mepc, mtval.
 *
 * The one instrument is RUN: it executes a few instructions in M, S or U mode until
 * something traps, and comes back with a description of the trap. A probe that runs
 * to its end stops by an ecall of its own. Interrupts come back in the same way.
 */
#ifndef RT_H
#define RT_H

#define MAX_HARTS    16
#define STACK_BYTES  8192
/* struct cell, offsets for the assembler */
#define CELL_BYTES   512
#define CELL_X       0
#define CELL_EPC     256
#define CELL_CAUSE   264
#define CELL_TVAL    272
#define CELL_STATUS  280
#define CELL_ACTIVE  288
#define CELL_VECTOR  296
#define CELL_SAVED   304

#ifndef __ASSEMBLER__
#include <stdint.h>
#include <stddef.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

enum mode { U = 0, S = 1, M = 3 };

enum {
    FETCH_MISALIGNED = 0, FETCH_ACCESS = 1, ILLEGAL = 2, BREAKPOINT = 3,
    LOAD_MISALIGNED = 4, LOAD_ACCESS = 5, STORE_MISALIGNED = 6, STORE_ACCESS = 7,
    ECALL_U = 8, ECALL_S = 9, ECALL_M = 11,
    FETCH_PAGE = 12, LOAD_PAGE = 13, STORE_PAGE = 15,
};
#define INTERRUPT(n) (1ul << 63 | (n))
enum { SSI = 1, MSI = 3, STI = 5, MTI = 7, SEI = 9, MEI = 11 };

/* What one hart keeps about its traps. */
struct cell {
    u64 x[32];          /* registers when the probe trapped */
    u64 epc, cause, tval, status;
    u64 active;         /* a probe is running; a trap without one is a failure */
    u64 vector;         /* entry of the vector table that was taken; 0 also in direct mode */
    u64 saved[16];      /* run()'s own registers */
};
/* Cells lie CELL_BYTES apart. */
extern u8 cells[];
#define T (*(struct cell *)(cells + CELL_BYTES * hart_id()))
#define A0 (T.x[10])

/* What the S-mode handler saw last; it always ends in an ecall to M. */
struct s_record { u64 cause, tval, epc, status, count; };
extern struct s_record seen_by_s;
void s_trap(void);      /* its entry, for stvec */

extern u64 fail_info[6];
extern u32 expected_harts;

void test(void);
void test_other(u64 id);

void run(enum mode mode, u64 fn, u64 a0, u64 a1);
void finish(u64 code) __attribute__((noreturn));
void fail(u64 line, u64 got, u64 want) __attribute__((noreturn));

/* Added to a probe's address when it runs in S or U mode: the alias through which page tables show the image. */
extern u64 s_alias, u_alias;

#define READ(csr) ({ u64 v_; __asm__ volatile("csrr %0, " #csr : "=r"(v_) :: "memory"); v_; })
#define WRITE(csr, v) ({ u64 v_ = (u64)(v); __asm__ volatile("csrw " #csr ", %0" :: "r"(v_) : "memory"); })
#define SET(csr, v) ({ u64 v_ = (u64)(v); __asm__ volatile("csrs " #csr ", %0" :: "r"(v_) : "memory"); })
#define CLEAR(csr, v) ({ u64 v_ = (u64)(v); __asm__ volatile("csrc " #csr ", %0" :: "r"(v_) : "memory"); })
/* Writes and reads back: for WARL fields. */
#define AFTER(csr, v) ({ WRITE(csr, v); READ(csr); })

static inline u64 hart_id(void) { return READ(mhartid); }

#define CHECK(got, want) do { u64 g_ = (u64)(got), w_ = (u64)(want); if (g_ != w_) fail(__LINE__, g_, w_); } while (0)
#define TRUE(condition) CHECK(!!(condition), 1)

/* Address of a probe: instructions, then an ecall. a0 and a1 are its arguments; it may use t and a registers. */
#define PROBE(code) ({ u64 fn_; \
    __asm__ volatile(".pushsection .text.probe, \"ax\"\n .balign 4\n .option push\n .option norvc\n 8: " code "\n ecall\n" \
        " .option pop\n .popsection\n la %0, 8b" : "=r"(fn_)); fn_; })
/* Runs it; the value is the probe's own address (without alias). */
#define RUN(mode, code, a, b) ({ u64 at_ = PROBE(code); run(mode, at_, (u64)(a), (u64)(b)); at_; })

#define ECALL_OF(mode) ((mode) == M ? ECALL_M : (mode) == S ? ECALL_S : ECALL_U)
/* The probe runs to its end. */
#define PASSES(mode, code, a, b) do { RUN(mode, code, a, b); CHECK(T.cause, ECALL_OF(mode)); } while (0)
/* The probe ends by that exception (or interrupt) and not by its ecall. */
#define FAULTS(why, mode, code, a, b) do { RUN(mode, code, a, b); CHECK(T.cause, why); } while (0)

/* mstatus */
#define SIE   (1ul << 1)
#define MIE   (1ul << 3)
#define SPIE  (1ul << 5)
#define MPIE  (1ul << 7)
#define SPP   (1ul << 8)
#define MPP   (3ul << 11)
#define FS    (3ul << 13)
#define MPRV  (1ul << 17)
#define SUM   (1ul << 18)
#define MXR   (1ul << 19)
#define TVM   (1ul << 20)
#define TW    (1ul << 21)
#define TSR   (1ul << 22)
#define MPP_IS(mode) ((u64)(mode) << 11)

/* devices */
#define CLINT_MSIP(h)     (*(volatile u32 *)(0x02000000ul + 4 * (h)))
#define CLINT_MTIMECMP(h) (*(volatile u64 *)(0x02004000ul + 8 * (h)))
#define CLINT_MTIME       (*(volatile u64 *)0x0200bff8ul)

#define FENCE() __asm__ volatile("fence iorw, iorw" ::: "memory")
#endif
#endif
