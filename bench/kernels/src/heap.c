// The heap.
#include <stdlib.h>

#include "kernels.h"

struct tree {
	struct tree *left, *right;
};

static struct tree *grow(long depth)
{
	struct tree *t = malloc(sizeof *t);
	if (t == NULL)
		abort();
	t->left = depth > 0 ? grow(depth - 1) : NULL;
	t->right = depth > 0 ? grow(depth - 1) : NULL;
	return t;
}

static uint64_t count(const struct tree *t)
{
	return t == NULL ? 0 : 1 + count(t->left) + 3 * count(t->right);
}

static void fell(struct tree *t)
{
	if (t == NULL)
		return;
	fell(t->left);
	fell(t->right);
	free(t);
}

// trees makes and frees binary trees: one that lives long and many that do not.
uint64_t trees(long depth)
{
	uint64_t sum = 0;
	begin();
	struct tree *old = grow(depth);
	for (long d = 4; d <= depth; d += 2)
		for (long n = 0; n < 1L << (depth - d); n++) {
			struct tree *t = grow(d - 2);
			sum = mix(sum, count(t));
			fell(t);
		}
	sum = mix(sum, count(old));
	fell(old);
	end();
	return sum;
}
