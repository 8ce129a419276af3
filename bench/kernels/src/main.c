// The kernels as one program:
//
//   kernels NAME [SIZE]              run one kernel
//   kernels suite PERCENT RUNS NAMES run each of NAMES (behind commas, or all) RUNS times at PERCENT of its usual size,
//                                    each in a process of its own
//
// As the first process of a machine it powers the machine off at the end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernels.h"

static const struct kernel {
	const char *name;
	uint64_t (*run)(long);
	long size;
} kernels[] = {
	{"nbody", nbody, 600000},
	{"mandelbrot", mandelbrot, 480},
	{"sha256", sha256, 14 << 10},
	{"quicksort", quicksort, 1000000},
	{"chase", chase, 500000},
	{"triad", triad, 3},
	{"fib", fib, 37},
	{"trees", trees, 18},
	{"bytecode", bytecode, 9000},
	{"memcpy", copy, 2 << 10},
	{"calls", calls, 12000},
	{"matmul", matmul, 400},
	{"json", json, 32 << 10},
	{"threads", threads, 20000000},
	{"atomic", atomics, 4000000},
	{"crc32", crc32, 40 << 10},
	{"threaded", threaded, 9000},
	{"hashmap", hashmap, 3000000},
	{"callback", callback, 200000},
	{"strings", strings, 6000},
	{"procedures", procedures, 1500000},
	{"embedded", embedded, 2000},
};
enum { COUNT = sizeof kernels / sizeof kernels[0] };

static struct timespec began, ended;

void begin(void) { clock_gettime(CLOCK_MONOTONIC, &began); }
void end(void) { clock_gettime(CLOCK_MONOTONIC, &ended); }

void *need(size_t bytes)
{
	void *p = calloc(1, bytes);
	if (p == NULL) {
		printf("RESULT-FAIL no memory\n");
		exit(1);
	}
	return p;
}

static void run(const struct kernel *k, long size)
{
	uint64_t sum = k->run(size);
	double seconds = (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9;
	printf("RESULT %s %.6f %016llx\n", k->name, seconds, (unsigned long long)sum);
	fflush(stdout);
}

// apart runs a kernel in a process of its own, so that each finds the same heap.
static void apart(const struct kernel *k, long size)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		run(k, size);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		printf("RESULT-FAIL %s ended with status %d\n", k->name, status);
		fflush(stdout);
	}
}

static int chosen(const char *names, const char *name)
{
	size_t length = strlen(name);
	if (strcmp(names, "all") == 0)
		return 1;
	for (const char *at = names; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0))
			return 1;
	}
	return 0;
}

// scaled is a share of the usual size. The time of some kernels does not grow in step with it.
static long scaled(const struct kernel *k, int percent)
{
	long size = k->size;
	if (strcmp(k->name, "fib") == 0 || strcmp(k->name, "trees") == 0) {
		for (int p = percent; p < 100 && size > 4; p += (p + 1) / 2)
			size--;
		return size;
	}
	size = size * percent / 100;
	return size < 1 ? 1 : size;
}

static void suite(int percent, int runs, const char *names)
{
	for (int i = 0; i < COUNT; i++)
		if (chosen(names, kernels[i].name))
			for (int n = 0; n < runs; n++)
				apart(&kernels[i], scaled(&kernels[i], percent));
	printf("RESULTS-DONE\n");
	fflush(stdout);
}

static int usage(void)
{
	fprintf(stderr, "usage: kernels NAME [SIZE] | kernels suite PERCENT RUNS NAMES|all\nkernels:");
	for (int i = 0; i < COUNT; i++)
		fprintf(stderr, " %s", kernels[i].name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "suite") == 0) {
		suite(atoi(argv[2]), atoi(argv[3]), argv[4]);
		if (getpid() == 1)
			reboot(RB_POWER_OFF);
		return 0;
	}
	for (int i = 0; argc >= 2 && i < COUNT; i++)
		if (strcmp(argv[1], kernels[i].name) == 0) {
			run(&kernels[i], argc > 2 ? atol(argv[2]) : kernels[i].size);
			return 0;
		}
	return usage();
}
