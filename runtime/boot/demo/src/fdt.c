/*
 * Counts the cpu nodes of a flattened device tree. Whatever is wrong with the
 * blob, the answer is a number from 1 to MAX_HARTS and nothing outside is read.
 */
#include "demo.h"

enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, MAX_BLOB = 4 << 20 };

static u32 big_endian(const u8 *p)
{
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static int starts_with(const u8 *p, const u8 *end, const char *word)
{
    while (*word)
        if (p == end || *p++ != (u8)*word++)
            return 0;
    return 1;
}

/* The length of a node's name with its zero byte, padded to a multiple of four. */
static u32 name_space(const u8 *p, const u8 *end)
{
    u32 n = 0;
    while (p + n < end && p[n])
        n++;
    return (n + 4) & ~3u;
}

unsigned fdt_count_cpus(const void *blob)
{
    const u8 *base = blob;
    if (!base || (uintptr_t)base & 3 || big_endian(base) != MAGIC)
        return 1;
    u32 total = big_endian(base + 4), start = big_endian(base + 8);
    if (total > MAX_BLOB || start > total || start & 3)
        return 1;

    const u8 *p = base + start, *end = base + (total & ~3u);
    unsigned depth = 0, cpus = 0, inside = 0;
    while (end - p >= 4) {
        u32 token = big_endian(p);
        p += 4;
        if (token == BEGIN_NODE) {
            depth++;
            if (depth == 2)
                inside = starts_with(p, end, "cpus") && p + 4 < end && p[4] == 0;
            if (depth == 3 && inside && starts_with(p, end, "cpu@"))
                cpus++;
            u32 n = name_space(p, end);
            if (n > (u64)(end - p))
                break;
            p += n;
        } else if (token == PROP) {
            if (end - p < 8)
                break;
            u64 n = 8 + (((u64)big_endian(p) + 3) & ~3ull);
            if (n > (u64)(end - p))
                break;
            p += n;
        } else if (token == END_NODE) {
            if (depth-- == 0)
                break;
        } else if (token != NOP) {
            break;
        }
    }
    return cpus < 1 ? 1 : cpus > MAX_HARTS ? MAX_HARTS : cpus;
}
