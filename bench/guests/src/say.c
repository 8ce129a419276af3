/* Output, and the lock, which are the same wherever the programs run. */
#include <stdarg.h>

#include "port.h"
#include "portos.h"

void acquire(lock *l)
{
    while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE))
        while (__atomic_load_n(&l->taken, __ATOMIC_RELAXED))
            relax();
}

void release(lock *l) { __atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE); }

static lock output;

static void put_number(uint64_t n, uint64_t base, int digits)
{
    char text[20];
    int at = sizeof text;
    do {
        text[--at] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n || (int)sizeof text - at < digits);
    while (at < (int)sizeof text)
        put_byte(text[at++]);
}

static void vsay(const char *format, va_list values)
{
    acquire(&output);
    for (; *format; format++) {
        if (*format != '%') {
            put_byte(*format);
            continue;
        }
        if (*++format == 's') {
            for (const char *s = va_arg(values, const char *); *s; s++)
                put_byte(*s);
            continue;
        }
        uint64_t n = va_arg(values, uint64_t);
        if (*format == 'd' && (int64_t)n < 0) {
            put_byte('-');
            n = -n;
        }
        put_number(n, *format == 'x' ? 16 : 10, *format == 'x' ? 16 : 1);
    }
    flush_bytes();
    release(&output);
}

void say(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsay(format, values);
    va_end(values);
}

void fail(const char *format, ...)
{
    va_list values;
    say("%s FAILS: ", program_name);
    va_start(values, format);
    vsay(format, values);
    va_end(values);
    say("\n");
    quit(1);
}

void skip(const char *why)
{
    say("%s is left out: %s\n", program_name, why);
    quit(SKIPPED);
}
