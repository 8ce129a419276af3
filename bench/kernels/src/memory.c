// Memory: sorting, waiting for it, copying it, and matrices.
#include <string.h>

#include "kernels.h"

static void sort(int *low, int *high)
{
	while (high - low > 12) {
		int pivot = low[(high - low) / 2], *i = low, *j = high;
		while (i <= j) {
			while (*i < pivot)
				i++;
			while (*j > pivot)
				j--;
			if (i <= j) {
				int t = *i;
				*i++ = *j;
				*j-- = t;
			}
		}
		if (j - low < high - i) {
			sort(low, j);
			low = i;
		} else {
			sort(i, high);
			high = j;
		}
	}
	for (int *i = low + 1; i <= high; i++) {
		int value = *i, *j = i;
		for (; j > low && j[-1] > value; j--)
			*j = j[-1];
		*j = value;
	}
}

// quicksort sorts numbers.
uint64_t quicksort(long count)
{
	int *a = need((size_t)count * sizeof *a);
	uint64_t seed = 5, sum = 0;
	for (long i = 0; i < count; i++)
		a[i] = (int)(next(&seed) >> 32);
	begin();
	sort(a, a + count - 1);
	end();
	for (long i = 0; i < count; i++)
		sum = mix(sum, (uint64_t)a[i] + (i > 0 && a[i - 1] > a[i] ? 1ULL << 63 : 0));
	return sum;
}

// chase follows pointers, one a cache line, round a ring in random order through 64 MiB.
uint64_t chase(long steps)
{
	enum { LINE = 64, NODES = (64 << 20) / LINE };
	struct node {
		struct node *next;
		uint64_t id;
		char rest[LINE - 16];
	} *nodes = need(NODES * sizeof *nodes), *at = nodes;
	uint32_t *order = need(NODES * sizeof *order);
	uint64_t seed = 13, sum = 0;
	for (uint32_t i = 0; i < NODES; i++) {
		uint32_t j = (uint32_t)(next(&seed) >> 32) % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 0; i < NODES; i++) {
		nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
		nodes[i].id = i;
	}
	begin();
	for (long s = 0; s < steps; s++) {
		sum += at->id;
		at = at->next;
	}
	end();
	return mix(sum, at->id);
}

// copy calls the C library's memcpy on blocks of 256 KiB.
uint64_t copy(long mib)
{
	enum { BLOCK = 256 << 10, BLOCKS = 4 };
	uint8_t *from = need(BLOCK * BLOCKS), *to = need(BLOCK * BLOCKS);
	uint64_t seed = 17, sum = 0;
	for (long i = 0; i < BLOCK * BLOCKS; i++)
		from[i] = (uint8_t)(next(&seed) >> 56);
	begin();
	for (long i = 0; i < mib << 20; i += BLOCK) {
		long block = i / BLOCK % BLOCKS * BLOCK;
		from[block] = (uint8_t)i;
		memcpy(to + block, from + block, BLOCK);
		__asm__ volatile("" : : "r"(to) : "memory"); // each copy counts
	}
	end();
	for (long i = 0; i < BLOCK * BLOCKS; i++)
		sum = mix(sum, to[i]);
	return sum;
}

// matmul multiplies square matrices of 32-bit numbers.
uint64_t matmul(long n)
{
	uint32_t *a = need((size_t)(n * n) * 4), *b = need((size_t)(n * n) * 4), *c = need((size_t)(n * n) * 4);
	uint64_t seed = 19, sum = 0;
	for (long i = 0; i < n * n; i++) {
		a[i] = (uint32_t)next(&seed);
		b[i] = (uint32_t)(next(&seed) >> 32);
	}
	begin();
	for (long i = 0; i < n; i++)
		for (long k = 0; k < n; k++) {
			uint32_t factor = a[i * n + k];
			for (long j = 0; j < n; j++)
				c[i * n + j] += factor * b[k * n + j];
		}
	end();
	for (long i = 0; i < n * n; i++)
		sum = mix(sum, c[i]);
	return sum;
}
