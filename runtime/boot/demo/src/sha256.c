/* SHA-256 (FIPS 180-4), block by block, with a rolling window of 16 words so that the stack stays small. */
#include "demo.h"

static const u32 K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotr(u32 x, int n) { return x >> n | x << (32 - n); }

void sha256_start(struct sha256 *s)
{
    static const u32 initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    for (int i = 0; i < 8; i++)
        s->h[i] = initial[i];
}

static u32 word_at(const u8 *p)
{
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void one_block(struct sha256 *s, const u8 *data)
{
    u32 w[16], v[8];
    for (int i = 0; i < 8; i++)
        v[i] = s->h[i];
    for (int i = 0; i < 64; i++) {
        u32 wi;
        if (i < 16) {
            wi = word_at(data + 4 * i);
        } else {
            u32 x = w[(i + 1) & 15], y = w[(i + 14) & 15];
            wi = w[i & 15] + (rotr(x, 7) ^ rotr(x, 18) ^ x >> 3) + w[(i + 9) & 15] + (rotr(y, 17) ^ rotr(y, 19) ^ y >> 10);
        }
        w[i & 15] = wi;
        u32 a = v[0], e = v[4];
        u32 t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + K[i] + wi;
        u32 t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = e, v[4] = v[3] + t1;
        v[3] = v[2], v[2] = v[1], v[1] = a, v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void sha256_blocks(struct sha256 *s, const u8 *data, u64 blocks)
{
    for (; blocks; blocks--, data += 64)
        one_block(s, data);
}

void sha256_last(struct sha256 *s, const u8 *rest, u64 total_bytes)
{
    u8 tail[64];
    u64 n = total_bytes % 64;
    for (u64 i = 0; i < 64; i++)
        tail[i] = i < n ? rest[i] : i == n ? 0x80 : 0;
    if (n >= 56) {
        one_block(s, tail);
        for (int i = 0; i < 64; i++)
            tail[i] = 0;
    }
    for (int i = 0; i < 8; i++)
        tail[63 - i] = (u8)(total_bytes * 8 >> 8 * i);
    one_block(s, tail);
}
