// Control flow: calls, calls through pointers, and jumps through tables.
#include "kernels.h"

static uint64_t fibonacci(long n) { return n < 2 ? (uint64_t)n : fibonacci(n - 1) + fibonacci(n - 2); }

// fib calls itself.
uint64_t fib(long n)
{
	begin();
	uint64_t sum = fibonacci(n);
	end();
	return sum;
}

struct shape {
	const struct methods *methods;
	uint64_t width, height;
};

struct methods {
	uint64_t (*area)(const struct shape *);
	void (*grow)(struct shape *, uint64_t);
};

static uint64_t box_area(const struct shape *s) { return s->width * s->height; }
static uint64_t corner_area(const struct shape *s) { return s->width * s->height / 2; }
static uint64_t frame_area(const struct shape *s) { return 2 * (s->width + s->height); }
static uint64_t dot_area(const struct shape *s) { return s->width ^ s->height; }
static void grow_both(struct shape *s, uint64_t by) { s->width += by, s->height += by >> 1; }
static void grow_wide(struct shape *s, uint64_t by) { s->width += by & 0xff; }

static const struct methods kinds[] = {
	{box_area, grow_both}, {corner_area, grow_wide}, {frame_area, grow_both}, {dot_area, grow_wide},
};

// calls asks objects of several kinds, in no order that could be foreseen, for two methods each.
uint64_t calls(long rounds)
{
	enum { SHAPES = 1000 };
	struct shape *shapes = need(SHAPES * sizeof *shapes);
	uint64_t seed = 23, sum = 0;
	for (int i = 0; i < SHAPES; i++)
		shapes[i] = (struct shape){&kinds[next(&seed) >> 62], next(&seed) >> 48, next(&seed) >> 48};
	begin();
	for (long r = 0; r < rounds; r++)
		for (int i = 0; i < SHAPES; i++) {
			uint64_t area = shapes[i].methods->area(&shapes[i]);
			shapes[i].methods->grow(&shapes[i], area & 3);
			sum += area;
		}
	end();
	return sum;
}

enum op { PUSH, LOAD, STORE, ADD, SUB, MUL, REM, AND, XOR, LESS, JUMP, JUMP_IF_ZERO, HALT };

struct insn {
	enum op op;
	int arg;
};

// interpret executes a program for a stack machine with some variables, and returns variable 0 at its end.
static int64_t interpret(const struct insn *program, int64_t *variables)
{
	int64_t stack[64], *top = stack;
	for (const struct insn *at = program;; at++)
		switch (at->op) {
		case PUSH: *++top = at->arg; break;
		case LOAD: *++top = variables[at->arg]; break;
		case STORE: variables[at->arg] = *top--; break;
		case ADD: top--; *top += top[1]; break;
		case SUB: top--; *top -= top[1]; break;
		case MUL: top--; *top *= top[1]; break;
		case REM: top--; *top %= top[1]; break;
		case AND: top--; *top &= top[1]; break;
		case XOR: top--; *top ^= top[1]; break;
		case LESS: top--; *top = *top < top[1]; break;
		case JUMP: at = program + at->arg - 1; break;
		case JUMP_IF_ZERO: if (*top-- == 0) at = program + at->arg - 1; break;
		case HALT: return variables[0];
		}
}

// DIVISORS looks for the smallest divisor of every number below limit.
#define DIVISORS \
	{ \
		{PUSH, 2}, {STORE, N}, \
		/* 2: while n < limit */ \
		{LOAD, N}, {LOAD, LIMIT}, {LESS, 0}, {JUMP_IF_ZERO, 34}, \
		{PUSH, 2}, {STORE, D}, \
		/* 8: while d*d < n and n%d != 0: d++ */ \
		{LOAD, D}, {LOAD, D}, {MUL, 0}, {LOAD, N}, {LESS, 0}, {JUMP_IF_ZERO, 23}, \
		{LOAD, N}, {LOAD, D}, {REM, 0}, {JUMP_IF_ZERO, 23}, \
		{LOAD, D}, {PUSH, 1}, {ADD, 0}, {STORE, D}, {JUMP, 8}, \
		/* 23: sum = sum*31 ^ d, n++ */ \
		{LOAD, SUM}, {PUSH, 31}, {MUL, 0}, {LOAD, D}, {XOR, 0}, {STORE, SUM}, \
		{LOAD, N}, {PUSH, 1}, {ADD, 0}, {STORE, N}, {JUMP, 2}, \
		{HALT, 0}, /* 34 */ \
	}

// bytecode interprets a program that looks for the smallest divisor of every number below limit * 10.
uint64_t bytecode(long limit)
{
	enum { SUM, N, D, LIMIT };
	static const struct insn program[] = DIVISORS;
	int64_t variables[4] = {0, 0, 0, limit * 10};
	begin();
	int64_t sum = interpret(program, variables);
	end();
	return (uint64_t)sum;
}

// threaded is the same program for an interpreter whose operations jump to the next one's code by themselves.
uint64_t threaded(long limit)
{
	enum { SUM, N, D, LIMIT };
	static const void *const code[] = {
		[PUSH] = &&push, [LOAD] = &&load, [STORE] = &&store, [ADD] = &&add, [MUL] = &&mul, [REM] = &&rem, [XOR] = &&xor,
		[LESS] = &&less, [JUMP] = &&jump, [JUMP_IF_ZERO] = &&jump_if_zero, [HALT] = &&halt,
	};
	static const struct insn program[] = DIVISORS;
	int64_t variables[4] = {0, 0, 0, limit * 10}, stack[64], *top = stack;
	const struct insn *at = program;
#define NEXT goto *code[at->op]
	begin();
	NEXT;
push: *++top = at++->arg; NEXT;
load: *++top = variables[at++->arg]; NEXT;
store: variables[at++->arg] = *top--; NEXT;
add: at++, top--; *top += top[1]; NEXT;
mul: at++, top--; *top *= top[1]; NEXT;
rem: at++, top--; *top %= top[1]; NEXT;
xor: at++, top--; *top ^= top[1]; NEXT;
less: at++, top--; *top = *top < top[1]; NEXT;
jump: at = program + at->arg; NEXT;
jump_if_zero: at = *top-- == 0 ? program + at->arg : at + 1; NEXT;
halt:
	end();
	return (uint64_t)variables[SUM];
}
