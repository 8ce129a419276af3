// Two threads.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kernels.h"

struct job {
	long rounds;
	uint64_t seed, sum;
};

static _Atomic uint64_t counter;

static void *compute(void *arg)
{
	struct job *j = arg;
	uint64_t state = j->seed, sum = 0;
	for (long i = 0; i < j->rounds; i++)
		sum = mix(sum, next(&state));
	j->sum = sum;
	return NULL;
}

static void *add(void *arg)
{
	struct job *j = arg;
	for (long i = 0; i < j->rounds; i++)
		atomic_fetch_add(&counter, (uint64_t)i & 7);
	return NULL;
}

static uint64_t both(void *(*f)(void *), long rounds)
{
	struct job jobs[2] = {{rounds, 31, 0}, {rounds, 37, 0}};
	pthread_t other;
	begin();
	if (pthread_create(&other, NULL, f, &jobs[1]) != 0)
		abort();
	f(&jobs[0]);
	pthread_join(other, NULL);
	end();
	return mix(jobs[0].sum, jobs[1].sum);
}

// threads computes on two harts that share nothing.
uint64_t threads(long rounds) { return both(compute, rounds); }

// atomics adds to one counter on two harts.
uint64_t atomics(long count)
{
	uint64_t sum = both(add, count);
	return mix(sum, atomic_load(&counter));
}
