/* A program of floating point: five bodies in each other's gravity, a matrix product, a polynomial in both precisions. */
#include "rt.h"

PARAM(rounds, 200);

#define BODIES 5
#define SIDE 32
#define STEPS 200

static double mass[BODIES] = {39.5, 0.0377, 0.0113, 0.0017, 0.002};
static double place[BODIES][3], speed[BODIES][3];
static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static double root(double x)
{
    __asm__("fsqrt.d %0, %1" : "=f"(x) : "f"(x));
    return x;
}

static void start(void)
{
    for (int i = 0; i < BODIES; i++) {
        double r = i * i * 1.5;
        place[i][0] = r * 0.8;
        place[i][1] = r * 0.6;
        place[i][2] = r * 0.01;
        double v = i ? root(mass[0] / r) : 0;
        speed[i][0] = -0.6 * v;
        speed[i][1] = 0.8 * v;
        speed[i][2] = 0;
    }
}

static void step(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double dx = place[i][0] - place[j][0], dy = place[i][1] - place[j][1], dz = place[i][2] - place[j][2];
            double d2 = dx * dx + dy * dy + dz * dz;
            double pull = dt / (d2 * root(d2));
            double mi = mass[i] * pull, mj = mass[j] * pull;
            speed[i][0] -= dx * mj;
            speed[i][1] -= dy * mj;
            speed[i][2] -= dz * mj;
            speed[j][0] += dx * mi;
            speed[j][1] += dy * mi;
            speed[j][2] += dz * mi;
        }
    for (int i = 0; i < BODIES; i++)
        for (int k = 0; k < 3; k++)
            place[i][k] += dt * speed[i][k];
}

static double energy(void)
{
    double e = 0;
    for (int i = 0; i < BODIES; i++) {
        double v2 = 0;
        for (int k = 0; k < 3; k++)
            v2 += speed[i][k] * speed[i][k];
        e += 0.5 * mass[i] * v2;
        for (int j = i + 1; j < BODIES; j++) {
            double d2 = 0;
            for (int k = 0; k < 3; k++) {
                double d = place[i][k] - place[j][k];
                d2 += d * d;
            }
            e -= mass[i] * mass[j] / root(d2);
        }
    }
    return e;
}

/* Energy is kept, nearly. */
static int bodies(void)
{
    start();
    double before = energy();
    for (int i = 0; i < STEPS; i++)
        step(0.0005);
    double off = (energy() - before) / before;
    return off > -1e-3 && off < 1e-3;
}

/* (I + E) times its approximate inverse (I - E). */
static int product(void)
{
    const double e = 0x1p-20;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            a[i][j] = (i == j) + e;
            b[i][j] = (i == j) - e;
        }
    double far = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            double sum = 0;
            for (int k = 0; k < SIDE; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum - (i == j);
            far += c[i][j] * c[i][j];
        }
    return far < 1e-12;
}

/* sin(x) by its series, against 2 sin(x/2) cos(x/2) by the same, in double and single precision. */
#define SERIES(type, name)                                                                                             \
    static type name(type x, int odd)                                                                                  \
    {                                                                                                                  \
        type term = odd ? x : 1, sum = term;                                                                           \
        for (int n = odd + 1; n < 16; n += 2) {                                                                        \
            term *= -x * x / (type)(n * (n + 1));                                                                      \
            sum += term;                                                                                               \
        }                                                                                                              \
        return sum;                                                                                                    \
    }
SERIES(double, series64)
SERIES(float, series32)

static int polynomials(void)
{
    for (int i = 1; i <= 100; i++) {
        double x = i * 0.015, d = series64(x, 1) - 2 * series64(x / 2, 1) * series64(x / 2, 0);
        float y = (float)i * 0.015f, f = series32(y, 1) - 2 * series32(y / 2, 1) * series32(y / 2, 0);
        if (d > 1e-10 || d < -1e-10 || f > 1e-5f || f < -1e-5f)
            return 0;
    }
    return 1;
}

void hart_main(uint64_t hart, const void *fdt)
{
    (void)fdt;
    if (hart)
        return;
    for (uint64_t n = param_rounds; n; n--) {
        if (!bodies())
            finish(1);
        if (!product())
            finish(2);
        if (!polynomials())
            finish(3);
    }
    finish(0);
}
