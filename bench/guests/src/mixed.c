/*
 * A mixed integer program: lists, matrices, a state machine, CRC, a hash table and recursive sorting. Every round does
 * the same and must come to the same result.
 */
#include "rt.h"

PARAM(rounds, 100);

#define NODES 1024
#define SIDE 40
#define TEXT 8192
#define SLOTS 1024

struct node {
    struct node *next;
    int64_t value;
};

static struct node nodes[NODES];
static int64_t a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];
static char text[TEXT];
static uint32_t crc_table[256];
static uint64_t keys[SLOTS], values[SLOTS];
static int32_t array[NODES];

static uint64_t seed;

static uint64_t next_random(void) { return seed = xorshift(seed); }

/* Links all nodes in a random order. */
static struct node *make_list(void)
{
    uint16_t order[NODES / 4]; /* a stack is small: quarter by quarter */
    struct node *head = 0;
    for (int q = 0; q < 4; q++) {
        for (int i = 0; i < NODES / 4; i++)
            order[i] = (uint16_t)(4 * i + q);
        for (int i = NODES / 4 - 1; i > 0; i--) {
            int j = (int)(next_random() % (uint64_t)(i + 1));
            uint16_t t = order[i];
            order[i] = order[j];
            order[j] = t;
        }
        for (int i = 0; i < NODES / 4; i++) {
            struct node *n = &nodes[order[i]];
            n->value = order[i];
            n->next = head;
            head = n;
        }
    }
    return head;
}

static struct node *reverse(struct node *n)
{
    struct node *done = 0;
    while (n) {
        struct node *next = n->next;
        n->next = done;
        done = n;
        n = next;
    }
    return done;
}

static uint64_t lists(void)
{
    struct node *head = make_list();
    uint64_t sum = 0;
    for (int pass = 0; pass < 8; pass++) {
        uint64_t at = 1;
        for (struct node *n = head; n; n = n->next)
            sum += (uint64_t)n->value * at++;
        head = reverse(head);
    }
    return sum;
}

static uint64_t matrices(void)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            a[i][j] = i + 2 * j;
            b[i][j] = i * j - 7;
        }
    uint64_t trace = 0;
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            int64_t sum = 0;
            for (int k = 0; k < SIDE; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
        trace += (uint64_t)c[i][i];
    }
    return trace;
}

/* A scanner: words, numbers, strings and comments of a text. */
static uint64_t scan(void)
{
    enum { blank, word, number, string, escape, comment } state = blank;
    uint64_t words = 0, numbers = 0, strings = 0, value = 0;
    for (int i = 0; i < TEXT; i++) {
        char ch = text[i];
        switch (state) {
        case blank:
            if (ch >= 'a' && ch <= 'z')
                state = word;
            else if (ch >= '0' && ch <= '9') {
                state = number;
                value += (uint64_t)(ch - '0');
            } else if (ch == '"')
                state = string;
            else if (ch == '#')
                state = comment;
            break;
        case word:
            if ((ch < 'a' || ch > 'z') && ch != '_') {
                words++;
                state = blank;
            }
            break;
        case number:
            if (ch < '0' || ch > '9') {
                numbers++;
                state = blank;
            } else
                value = value * 10 + (uint64_t)(ch - '0');
            break;
        case string:
            if (ch == '"') {
                strings++;
                state = blank;
            } else if (ch == '\\')
                state = escape;
            break;
        case escape:
            state = string;
            break;
        case comment:
            if (ch == '\n')
                state = blank;
            break;
        }
    }
    return words * 1000003 + numbers * 10007 + strings * 101 + value;
}

static void make_text(void)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz_____0123456789012345     \n\n\"#\\+-*/()=";
    for (int i = 0; i < TEXT; i++)
        text[i] = alphabet[next_random() % (sizeof alphabet - 1)];
}

static void make_crc(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t r = i;
        for (int k = 0; k < 8; k++)
            r = r & 1 ? r >> 1 ^ 0xedb88320 : r >> 1;
        crc_table[i] = r;
    }
}

static uint32_t crc(const char *p, int n)
{
    uint32_t r = ~0u;
    while (n--)
        r = r >> 8 ^ crc_table[(r ^ (uint8_t)*p++) & 255];
    return ~r;
}

static uint64_t hashes(void)
{
    for (int i = 0; i < SLOTS; i++)
        keys[i] = 0;
    for (int i = 0; i < 4 * SLOTS; i++) {
        uint64_t key = next_random() % (SLOTS / 2) + 1;
        uint64_t at = key * 0x9e3779b97f4a7c15ull >> 54;
        while (keys[at] && keys[at] != key)
            at = (at + 1) % SLOTS;
        if (!keys[at]) {
            keys[at] = key;
            values[at] = 0;
        }
        values[at]++;
    }
    uint64_t sum = 0;
    for (uint64_t i = 0; i < SLOTS; i++)
        if (keys[i])
            sum += keys[i] * values[i];
    return sum;
}

static void sort(int32_t *p, int n)
{
    while (n > 12) {
        int32_t pivot = p[n / 2];
        int i = 0, j = n - 1;
        for (;;) {
            while (p[i] < pivot)
                i++;
            while (p[j] > pivot)
                j--;
            if (i >= j)
                break;
            int32_t t = p[i];
            p[i++] = p[j];
            p[j--] = t;
        }
        if (i < n - i) {
            sort(p, i);
            p += i;
            n -= i;
        } else {
            sort(p + i, n - i);
            n = i;
        }
    }
    for (int i = 1; i < n; i++) {
        int32_t v = p[i];
        int j = i;
        for (; j > 0 && p[j - 1] > v; j--)
            p[j] = p[j - 1];
        p[j] = v;
    }
}

static uint64_t sorting(void)
{
    for (int i = 0; i < NODES; i++)
        array[i] = (int32_t)next_random();
    sort(array, NODES);
    for (int i = 1; i < NODES; i++)
        if (array[i - 1] > array[i])
            finish(4);
    return (uint64_t)(uint32_t)array[NODES / 2];
}

static uint64_t one_round(void)
{
    seed = 88172645463325252ull;
    uint64_t sum = lists();
    sum = sum * 31 + matrices();
    make_text();
    for (int i = 0; i < 8; i++)
        sum = sum * 31 + scan();
    for (int i = 0; i < 8; i++)
        sum = sum * 31 + crc(text, TEXT);
    sum = sum * 31 + hashes();
    return sum * 31 + sorting();
}

void hart_main(uint64_t hart, const void *fdt)
{
    (void)fdt;
    if (hart)
        return;
    make_crc();
    if (crc("123456789", 9) != 0xcbf43926) /* the check value that the polynomial is published with */
        finish(1);
    uint64_t want = one_round();
    for (uint64_t n = param_rounds; n > 1; n--)
        if (one_round() != want)
            finish(2);
    finish(0);
}
