/*
 * What ordinary programs do, in turns: lists that are sorted and reversed, products of
 * integer matrices, a state machine over text, a table-driven CRC-32.
 */
#include "bench.h"

u64 rounds = 100;                       /* a host may change it */

/* The compiler clears arrays by this name. */
void *memset(void *to, int value, unsigned long bytes)
{
    for (u8 *p = to; bytes; bytes--)
        *p++ = (u8)value;
    return to;
}

/* ---- lists */

struct node { struct node *next; u32 key, value; };
enum { NODES = 2000 };
static struct node nodes[NODES];
static u32 seed = 1;

static u32 random_number(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static struct node *merge(struct node *a, struct node *b)
{
    struct node head, *tail = &head;
    while (a && b) {
        struct node **least = a->key <= b->key ? &a : &b;
        tail->next = *least;
        tail = *least;
        *least = tail->next;
    }
    tail->next = a ? a : b;
    return head.next;
}

/* Bottom-up: bin i holds a sorted list of 2^i nodes, or nothing. */
static struct node *sort(struct node *list)
{
    struct node *bins[16] = { 0 };
    while (list) {
        struct node *one = list;
        list = list->next;
        one->next = 0;
        int i = 0;
        for (; bins[i]; i++) {
            one = merge(bins[i], one);
            bins[i] = 0;
        }
        bins[i] = one;
    }
    for (int i = 0; i < 16; i++)
        if (bins[i])
            list = list ? merge(bins[i], list) : bins[i];
    return list;
}

static struct node *reverse(struct node *list)
{
    struct node *done = 0;
    while (list) {
        struct node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static u32 lists(void)
{
    for (int i = 0; i < NODES; i++)
        nodes[i] = (struct node){ i + 1 < NODES ? &nodes[i + 1] : 0, random_number(), (u32)i };
    struct node *list = reverse(sort(nodes));
    u32 sum = 0, place = 1;
    for (struct node *n = list; n; n = n->next, place++)
        sum += n->key * place ^ n->value;
    return sum;
}

/* ---- matrices */

enum { SIDE = 48 };
static int a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static u32 matrices(void)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            a[i][j] = (int)(random_number() % 2000) - 1000;
            b[i][j] = i * 3 - j;
        }
    u32 sum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            int s = 0;
            for (int k = 0; k < SIDE; k++)
                s += a[i][k] * b[k][j];
            c[i][j] = s;
            sum = sum * 31 + (u32)s;
        }
    return sum;
}

/* ---- a state machine that counts numbers, names and blanks in text */

enum state { START, IN_NAME, IN_INTEGER, IN_FRACTION, IN_BLANK, WRONG };
enum { TEXT = 16384 };
static char text[TEXT];

static enum state step(enum state s, char ch)
{
    switch (s) {
    case START:
    case IN_BLANK:
    case WRONG:
        if (ch >= 'a' && ch <= 'z')
            return IN_NAME;
        if (ch >= '0' && ch <= '9')
            return IN_INTEGER;
        return ch == ' ' ? IN_BLANK : WRONG;
    case IN_NAME:
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))
            return IN_NAME;
        return ch == ' ' ? IN_BLANK : WRONG;
    case IN_INTEGER:
        if (ch == '.')
            return IN_FRACTION;
        /* fall through */
    case IN_FRACTION:
        if (ch >= '0' && ch <= '9')
            return s;
        return ch == ' ' ? IN_BLANK : WRONG;
    }
    return WRONG;
}

static u32 machine(void)
{
    static const char letters[] = "abcxyz0123456789.    ";
    for (int i = 0; i < TEXT; i++)
        text[i] = letters[random_number() % (sizeof letters - 1)];
    u32 entered[6] = { 0 };
    enum state s = START;
    for (int i = 0; i < TEXT; i++) {
        enum state next = step(s, text[i]);
        entered[next] += next != s;
        s = next;
    }
    u32 sum = 0;
    for (int i = 0; i < 6; i++)
        sum = sum * 1009 + entered[i];
    return sum;
}

/* ---- CRC-32 of the text, reflected polynomial */

static u32 table[256];

static u32 crc(void)
{
    u32 r = ~0u;
    for (int pass = 0; pass < 8; pass++)
        for (int i = 0; i < TEXT; i++)
            r = r >> 8 ^ table[(r ^ (u8)text[i]) & 255];
    return ~r;
}

static void make_table(void)
{
    for (u32 i = 0; i < 256; i++) {
        u32 r = i;
        for (int bit = 0; bit < 8; bit++)
            r = r & 1 ? r >> 1 ^ 0xedb88320 : r >> 1;
        table[i] = r;
    }
}

void hart_main(unsigned me, const void *fdt)
{
    (void)fdt;
    if (me != 0)
        return;
    make_table();
    u32 sum = 0;
    for (u64 i = 0; i < rounds; i++) {
        sum = sum * 7 + lists();
        sum = sum * 7 + matrices();
        sum = sum * 7 + machine();
        sum = sum * 7 + crc();
    }
    finish("mixed", instructions(), rounds != 100 || sum == EXPECTED);
}
