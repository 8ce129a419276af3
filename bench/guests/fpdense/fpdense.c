/* Bodies that attract one another, in double precision: multiplications, additions, a root and a division a pair. */
#include "bench.h"

u64 steps = 400000;                     /* a host may change it */

enum { BODIES = 5, PAIRS = BODIES * (BODIES - 1) / 2 };
struct body { double at[3], speed[3], mass; };

/* A heavy one in the middle and four on nearly round ways, the sum of all impulses zero. */
static struct body bodies[BODIES] = {
    { { 0.0, 0.0, 0.0 },    { 0.0, 0.0, 0.0 },      40.0 },
    { { 5.0, 0.5, 0.1 },    { -0.2, 2.8, 0.02 },    0.05 },
    { { -8.0, 3.0, -0.3 },  { -0.8, -2.0, 0.05 },   0.02 },
    { { 1.0, -14.0, 0.2 },  { 1.7, 0.1, -0.04 },    0.002 },
    { { 12.0, 15.0, 0.6 },  { -1.1, 0.9, 0.06 },    0.003 },
};

static double root(double x)
{
    __asm__("fsqrt.d %0, %1" : "=f"(x) : "f"(x));
    return x;
}

static double distance2(const struct body *a, const struct body *b, double d[3])
{
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        d[k] = a->at[k] - b->at[k];
        sum += d[k] * d[k];
    }
    return sum;
}

static void advance(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], r2 = distance2(a, b, d), pull = dt / (r2 * root(r2));
            for (int k = 0; k < 3; k++) {
                a->speed[k] -= d[k] * b->mass * pull;
                b->speed[k] += d[k] * a->mass * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            bodies[i].at[k] += dt * bodies[i].speed[k];
}

static double energy(void)
{
    double e = 0, d[3];
    for (int i = 0; i < BODIES; i++) {
        struct body *a = &bodies[i];
        e += 0.5 * a->mass * (a->speed[0] * a->speed[0] + a->speed[1] * a->speed[1] + a->speed[2] * a->speed[2]);
        for (int j = i + 1; j < BODIES; j++)
            e -= a->mass * bodies[j].mass / root(distance2(a, &bodies[j], d));
    }
    return e;
}

static void stand_still(void)
{
    for (int k = 0; k < 3; k++) {
        double impulse = 0;
        for (int i = 1; i < BODIES; i++)
            impulse += bodies[i].mass * bodies[i].speed[k];
        bodies[0].speed[k] = -impulse / bodies[0].mass;
    }
}

void hart_main(unsigned me, const void *fdt)
{
    (void)fdt;
    if (me != 0)
        return;
    stand_still();
    double before = energy();
    for (u64 i = 0; i < steps; i++)
        advance(0.001);
    /* Energy is kept: a wrong operation anywhere would show. */
    double change = (energy() - before) / before;
    finish("fpdense", instructions(), change > -1e-3 && change < 1e-3);
}
