/* harts: 4. Shared counters by AMO, LR/SC and locks: exact totals; neighbours stay untouched (TRAPS 11, 12, 14). */
#include "smp.h"

u32 expected_harts = 4;

enum { EACH = 5000 };

static volatile u64 dwords[8] __attribute__((aligned(64)));
static volatile u32 words[16] __attribute__((aligned(64)));
static volatile u8 bytes[64] __attribute__((aligned(64)));
static volatile u16 halves[32] __attribute__((aligned(64)));
static u64 plain[3];
static volatile u32 swap_lock, sc_lock;
static volatile u64 next_ticket, serving, sc_failures;

static void add_word(volatile u32 *p)
{
    __asm__ volatile("amoadd.w zero, %1, (%0)" :: "r"(p), "r"(1) : "memory");
}

static void add_by_lrsc(volatile u64 *p)
{
    u64 v, failed;
    __asm__ volatile("1: lr.d %0, (%2)\n addi %0, %0, 1\n sc.d %1, %0, (%2)\n bnez %1, 1b"
                     : "=&r"(v), "=&r"(failed) : "r"(p) : "memory");
}

static void add_word_by_lrsc(volatile u32 *p)
{
    u64 v, failed;
    __asm__ volatile("1: lr.w %0, (%2)\n addi %0, %0, 1\n sc.w %1, %0, (%2)\n bnez %1, 1b"
                     : "=&r"(v), "=&r"(failed) : "r"(p) : "memory");
}

static void counters(void)
{
    for (int i = 0; i < EACH; i++) {
        add(&dwords[0], 1);
        add(&dwords[1], ~0ul);                      /* downwards */
        add_by_lrsc(&dwords[2]);
        add_word(&words[0]);                        /* two words of one doubleword */
        add_word(&words[1]);
        add_word_by_lrsc(&words[2]);
        add_word_by_lrsc(&words[3]);
        __asm__ volatile("amomaxu.d zero, %1, (%0)" :: "r"(&dwords[3]), "r"((u64)i) : "memory");
    }
}

/* AMO on some, LR/SC on others, of one counter. */
static void mixed(u64 id)
{
    for (int i = 0; i < EACH; i++)
        if ((id + i) & 1)
            add(&dwords[4], 1);
        else
            add_by_lrsc(&dwords[4]);
}

/* The lock is opened by a plain store. */
static void locks(void)
{
    for (int i = 0; i < EACH / 4; i++) {
        u32 was;
        do {
            while (swap_lock)
                relax();
            __asm__ volatile("amoswap.w.aq %0, %2, (%1)" : "=r"(was) : "r"(&swap_lock), "r"(1) : "memory");
        } while (was);
        plain[0]++;
        __asm__ volatile("fence rw, w" ::: "memory");
        swap_lock = 0;

        u64 mine = add(&next_ticket, 1);
        while (serving != mine)
            relax();
        __asm__ volatile("fence r, rw" ::: "memory");
        plain[1]++;
        __asm__ volatile("fence rw, w" ::: "memory");
        serving = mine + 1;

        u64 v, failed;
        __asm__ volatile("1: lr.w.aq %0, (%2)\n bnez %0, 1b\n sc.w %1, %3, (%2)\n bnez %1, 1b"
                         : "=&r"(v), "=&r"(failed) : "r"(&sc_lock), "r"(1) : "memory");
        plain[2]++;
        __asm__ volatile("amoswap.w.rl zero, zero, (%0)" :: "r"(&sc_lock) : "memory");
    }
}

/* Each hart owns a byte and a half; the neighbours' stores in the same word must not undo its own. */
static void neighbours(u64 id)
{
    for (u32 i = 0; i < 4 * EACH; i++) {
        bytes[id] = (u8)i;
        halves[id] = (u16)i;
        add_word((volatile u32 *)&bytes[8 + 4 * (id & 1)]);
        if (bytes[id] != (u8)i)
            fail(__LINE__, bytes[id], (u8)i);
        if (halves[id] != (u16)i)
            fail(__LINE__, halves[id], (u16)i);
    }
}

static void part(u64 id)
{
    counters();
    meet();
    mixed(id);
    meet();
    locks();
    meet();
    neighbours(id);
}

static void verdict(void)
{
    u64 all = harts() * EACH;
    CHECK(dwords[0], all);
    CHECK(dwords[1], -all);
    CHECK(dwords[2], all);
    CHECK(dwords[3], EACH - 1);
    for (int i = 0; i < 4; i++)
        CHECK(words[i], all);
    CHECK(dwords[4], all);
    for (int i = 0; i < 3; i++)
        CHECK(plain[i], harts() * (EACH / 4));
}
