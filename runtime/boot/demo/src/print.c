/* The 16550 UART by polling, numbers as people read them, and the way out. */
#include "demo.h"

#define UART ((volatile u8 *)0x10000000)
enum { LINE_STATUS = 5, HOLDING_EMPTY = 0x20 };

static void put(char c)
{
    while (!(UART[LINE_STATUS] & HOLDING_EMPTY))
        ;
    UART[0] = (u8)c;
}

void print(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

void print_number(u64 n, int width)
{
    char buf[28], *p = buf + sizeof buf;
    *--p = 0;
    for (int digits = 0; digits == 0 || n; digits++, n /= 10) {
        if (digits && digits % 3 == 0)
            *--p = ',';
        *--p = '0' + n % 10;
    }
    for (int pad = width - (int)(buf + sizeof buf - 1 - p); pad > 0; pad--)
        put(' ');
    print(p);
}

void print_hex32(u32 n)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[n >> shift & 15]);
}

void print_fixed(double x, int digits)
{
    u64 scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    u64 n = (u64)(x * (double)scale + 0.5);
    print_number(n / scale, 0);
    put('.');
    for (n %= scale; digits > 0; digits--) {
        scale /= 10;
        put('0' + n / scale % 10);
    }
}

extern volatile u64 tohost;
#define SYSCON ((volatile u32 *)0x100000)

void exit_machine(int code)
{
    __asm__ volatile("fence" ::: "memory");
    tohost = (u64)(u32)code << 1 | 1;
    __asm__ volatile("fence" ::: "memory");
    /* A machine without HTIF has a power switch. */
    *SYSCON = code ? (u32)code << 16 | 0x3333 : 0x5555;
    for (;;)
        __asm__ volatile("wfi");
}
