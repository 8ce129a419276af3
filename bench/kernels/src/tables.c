// Containers: a hash map, and a sort that is handed what to compare with.
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

struct map {
	uint64_t *keys, *values; // key 0: the place is empty
	uint64_t mask;
};

// at returns the place of a key, or the empty one where it belongs.
static uint64_t at(const struct map *m, uint64_t key)
{
	uint64_t i = key * 0x9e3779b97f4a7c15ULL >> 20 & m->mask;
	while (m->keys[i] != 0 && m->keys[i] != key)
		i = (i + 1) & m->mask;
	return i;
}

// drop takes a key out, and moves those behind it up that would be found no more.
static void drop(struct map *m, uint64_t key)
{
	uint64_t hole = at(m, key), i = hole;
	if (m->keys[hole] == 0)
		return;
	for (;;) {
		i = (i + 1) & m->mask;
		if (m->keys[i] == 0)
			break;
		uint64_t home = m->keys[i] * 0x9e3779b97f4a7c15ULL >> 20 & m->mask;
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->keys[hole] = m->keys[i];
			m->values[hole] = m->values[i];
			hole = i;
		}
	}
	m->keys[hole] = 0;
}

// hashmap counts, looks up and drops keys of which some come often.
uint64_t hashmap(long count)
{
	struct map m = {need((1 << 16) * sizeof(uint64_t)), need((1 << 16) * sizeof(uint64_t)), (1 << 16) - 1};
	uint64_t seed = 41, sum = 0;
	begin();
	for (long n = 0; n < count; n++) {
		uint64_t x = next(&seed), key = (x & 1 ? x >> 57 : x >> 49) + 1, i = at(&m, key);
		m.keys[i] = key;
		m.values[i] += x >> 3;
		sum += m.values[at(&m, (x >> 20 & 0x7fff) + 1)];
		if ((x & 6) == 0)
			drop(&m, (x >> 30 & 0x7fff) + 1);
	}
	for (uint64_t i = 0; i <= m.mask; i++)
		sum = mix(sum, m.keys[i] == 0 ? 0 : m.values[i]);
	end();
	return sum;
}

struct record {
	uint32_t key, number;
	char name[8];
};

static int by_name(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = strncmp(x->name, y->name, sizeof x->name);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_key(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

// callback sorts records by the C library's function, by one order and then by another.
uint64_t callback(long count)
{
	struct record *r = need((size_t)count * sizeof *r);
	uint64_t seed = 43, sum = 0;
	for (long i = 0; i < count; i++) {
		uint64_t x = next(&seed);
		r[i] = (struct record){(uint32_t)(x >> 44), (uint32_t)i, ""};
		for (int c = 0; c < 3; c++)
			r[i].name[c] = (char)('a' + (x >> 8 * c & 15));
	}
	begin();
	qsort(r, (size_t)count, sizeof *r, by_key);
	for (long i = 0; i < count; i += 7)
		sum = mix(sum, r[i].number);
	qsort(r, (size_t)count, sizeof *r, by_name);
	for (long i = 0; i < count; i += 7)
		sum = mix(sum, r[i].number);
	end();
	return sum;
}
