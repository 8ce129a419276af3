// Floating point in double precision.
#include <math.h>
#include <string.h>

#include "kernels.h"

static uint64_t bits(double x)
{
	uint64_t b;
	memcpy(&b, &x, sizeof b);
	return b;
}

enum { BODIES = 5 };

struct body {
	double x, y, z, vx, vy, vz, mass;
};

// attract changes the speeds of two bodies by their gravity.
static inline void attract(struct body *a, struct body *b, double dt)
{
	double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
	double square = dx * dx + dy * dy + dz * dz + 1e-3;
	double pull = dt / (square * sqrt(square));
	a->vx -= dx * b->mass * pull;
	a->vy -= dy * b->mass * pull;
	a->vz -= dz * b->mass * pull;
	b->vx += dx * a->mass * pull;
	b->vy += dy * a->mass * pull;
	b->vz += dz * a->mass * pull;
}

// nbody moves five bodies round each other.
uint64_t nbody(long steps)
{
	struct body bodies[BODIES];
	uint64_t seed = 7, sum = 0;
	double *field = &bodies[0].x;
	const int fields = BODIES * 7;
	for (int i = 0; i < fields; i++)
		field[i] = (double)(int64_t)next(&seed) / 0x1p63;
	for (int i = 0; i < BODIES; i++)
		bodies[i].mass = 0.1 + bodies[i].mass * bodies[i].mass;

	begin();
	for (long s = 0; s < steps; s++) {
		for (int i = 0; i < BODIES; i++)
			for (int j = i + 1; j < BODIES; j++)
				attract(&bodies[i], &bodies[j], 1e-3);
		for (int i = 0; i < BODIES; i++) {
			bodies[i].x += 1e-3 * bodies[i].vx;
			bodies[i].y += 1e-3 * bodies[i].vy;
			bodies[i].z += 1e-3 * bodies[i].vz;
		}
	}
	end();

	for (int i = 0; i < fields; i++)
		sum = mix(sum, bits(field[i]));
	return sum;
}

// mandelbrot counts the iterations that the points of a square picture take.
uint64_t mandelbrot(long width)
{
	uint64_t sum = 0;
	begin();
	for (long row = 0; row < width; row++)
		for (long column = 0; column < width; column++) {
			double cr = 2.0 * (double)column / (double)width - 1.5, ci = 2.0 * (double)row / (double)width - 1.0;
			double zr = 0, zi = 0, r2 = 0, i2 = 0;
			int n = 0;
			while (n < 200 && r2 + i2 <= 4.0) {
				zi = 2.0 * zr * zi + ci;
				zr = r2 - i2 + cr;
				r2 = zr * zr;
				i2 = zi * zi;
				n++;
			}
			sum = sum * 31 + (uint64_t)n + (bits(zr) >> 40);
		}
	end();
	return sum;
}

// fused is a multiplication and an addition. RISC-V compilers make one instruction of it, which is asked for here; the
// operands are whole numbers, so that the result is the same where it is two.
static inline double fused(double a, double b, double c)
{
#ifdef __riscv
	return __builtin_fma(a, b, c);
#else
	return a * b + c;
#endif
}

// triad streams through three arrays of 64 MiB.
uint64_t triad(long rounds)
{
	enum { N = 8 << 20 };
	double *a = need(N * sizeof *a), *b = need(N * sizeof *b), *c = need(N * sizeof *c);
	uint64_t seed = 3, sum = 0;
	for (long i = 0; i < N; i++) {
		b[i] = (double)(next(&seed) >> 44);
		c[i] = (double)(i & 1023);
	}
	begin();
	for (long r = 0; r < rounds; r++) {
		double scale = (double)(r + 2);
		for (long i = 0; i < N; i++)
			a[i] = fused(scale, c[i], b[i]);
	}
	end();
	for (long i = 0; i < N; i += 509)
		sum = mix(sum, bits(a[i]));
	return sum;
}
