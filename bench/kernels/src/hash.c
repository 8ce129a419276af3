// Hashing: rotations, logic and additions; and table look-ups.
#include <string.h>

#include "kernels.h"

static uint8_t *noise(size_t bytes)
{
	uint8_t *p = need(bytes);
	uint64_t seed = 11;
	for (size_t i = 0; i + 8 <= bytes; i += 8) {
		uint64_t x = next(&seed);
		memcpy(p + i, &x, 8);
	}
	return p;
}

static uint32_t round_constant[64], first_state[8];

// root_bits sets *out to the first 32 bits of the fraction of value's root of the given degree: the largest r with
// r^degree <= value * 2^(32*degree), by bisection (FIPS 180-4, sections 4.2.2 and 5.3.3).
static void root_bits(uint32_t *out, uint32_t value, int degree)
{
	uint64_t low = 0, high = 32ULL << 32;
	while (high - low > 1) {
		uint64_t mid = (low + high) / 2;
		unsigned __int128 power = (unsigned __int128)mid * mid; // fewer than 75 bits, 64 of them fraction
		if (degree == 3)
			power *= mid;
		if (power >> 32 * degree < value)
			low = mid;
		else
			high = mid;
	}
	*out = (uint32_t)low;
}

static void sha_setup(void)
{
	int found = 0;
	for (uint32_t n = 2; found < 64; n++) {
		uint32_t d = 2;
		while (d * d <= n && n % d != 0)
			d++;
		if (d * d <= n)
			continue;
		root_bits(&round_constant[found], n, 3);
		if (found < 8)
			root_bits(&first_state[found], n, 2);
		found++;
	}
}

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void sha_block(uint32_t state[8], const uint8_t *data)
{
	uint32_t w[64], s[8];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)data[4 * i] << 24 | (uint32_t)data[4 * i + 1] << 16 | (uint32_t)data[4 * i + 2] << 8 | data[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t x = w[i - 15], y = w[i - 2];
		w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 64; i++) {
		uint32_t one = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
		uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
		uint32_t t = s[7] + one + choice + round_constant[i] + w[i];
		uint32_t zero = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
		uint32_t most = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
		s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t;
		s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t + zero + most;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

// sha256 hashes a large buffer.
uint64_t sha256(long kib)
{
	size_t bytes = (size_t)kib << 10;
	uint8_t *data = noise(bytes), last[64] = {0x80};
	uint32_t state[8];
	sha_setup();
	memcpy(state, first_state, sizeof state);
	for (int i = 0; i < 8; i++)
		last[56 + i] = (uint8_t)(bytes * 8 >> (56 - 8 * i));
	begin();
	for (size_t i = 0; i < bytes; i += 64)
		sha_block(state, data + i);
	sha_block(state, last);
	end();
	return (uint64_t)state[0] << 32 | state[7];
}

// crc32 checks a large buffer by a table, byte by byte.
uint64_t crc32(long kib)
{
	enum { PIECE = 1 << 20 };
	uint8_t *data = noise(PIECE);
	uint32_t table[256], crc = ~0u;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t x = i;
		for (int bit = 0; bit < 8; bit++)
			x = x >> 1 ^ (x & 1 ? 0xedb88320u : 0);
		table[i] = x;
	}
	begin();
	for (long left = kib << 10; left > 0; left -= PIECE)
		for (long i = 0; i < PIECE && i < left; i++)
			crc = crc >> 8 ^ table[(crc ^ data[i]) & 255];
	end();
	return ~crc;
}
