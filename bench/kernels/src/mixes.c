// Mixes in the manner of well-known benchmarks: records, strings and small procedures; lists, matrices, a state machine
// and a checksum.
#include <string.h>

#include "kernels.h"

enum color { RED, GREEN, BLUE };

struct item {
	struct item *next;
	enum color color;
	int count;
	char label[31];
};

static char global_letter, letters[50], words[2][31];
static int global_flag, numbers[50], grid[50][50];

#define APART __attribute__((noinline))

static APART enum color letter_color(char a, char b)
{
	if (a != b)
		return RED;
	global_letter = a;
	return GREEN;
}

static APART int words_differ(const char *a, const char *b)
{
	int i = 2;
	char letter = 'A';
	while (i <= 2)
		if (letter_color(a[i], b[i + 1]) == RED)
			letter = 'A', i++;
	if (letter >= 'W' && letter < 'Z')
		i = 7;
	if (letter == 'R')
		return 1;
	return strcmp(a, b) > 0;
}

static APART void choose(enum color in, enum color *out)
{
	*out = in;
	switch (in) {
	case RED: *out = RED; break;
	case GREEN: *out = numbers[8] > 100 ? RED : BLUE; break;
	case BLUE: *out = GREEN; break;
	}
}

static APART void add(int a, int b, int *out) { *out = b + a + 2; }

static APART void fill(int *list, int (*square)[50], int a, int b)
{
	int at = a + 5;
	list[at] = b;
	list[at + 1] = list[at];
	list[at + 30] = at;
	for (int i = at; i <= at + 1; i++)
		square[at][i] = at;
	square[at][at - 1]++;
	square[at + 20][at] = list[at];
	global_letter = 'B';
}

static APART void visit(struct item *x)
{
	struct item *y = x->next;
	*y = *x;
	x->count = 5;
	y->count = x->count;
	y->next = x->next;
	if (y->color == RED) {
		y->count = 6;
		choose(x->color, &y->color);
		add(y->count, 10, &y->count);
	} else {
		*x = *y;
	}
}

// procedures is a round of small procedures, again and again.
uint64_t procedures(long rounds)
{
	static struct item first, second;
	uint64_t sum = 0;
	second = (struct item){&second, RED, 0, "PROGRAM, SOME STRING"};
	first = (struct item){&second, RED, 40, "PROGRAM, SOME STRING"};
	strcpy(words[0], "PROGRAM, 1'ST STRING");
	begin();
	for (long n = 0; n < rounds; n++) {
		int a = 2, b = 3, c = 0;
		enum color hue = GREEN;
		letters[5] = 'A';
		global_flag |= letters[5] == 'A';
		strcpy(words[1], "PROGRAM, 2'ND STRING");
		global_flag = !words_differ(words[0], words[1]);
		while (a < b) {
			c = 5 * a - b;
			add(a, b, &c);
			a++;
		}
		fill(numbers, grid, a, c);
		first.next = &second;
		first.color = (enum color)(n & 1);
		visit(&first);
		for (char letter = 'A'; letter <= global_letter; letter++)
			if (hue == letter_color(letter, 'C'))
				choose(RED, &hue);
		b = b * a;
		a = b / (c | 1);
		b = 7 * (b - c) - a;
		sum += (uint64_t)(a + b + first.count + second.count + (int)hue + global_flag + numbers[8]);
	}
	end();
	return mix(sum, (uint64_t)grid[8][7]);
}

struct node {
	struct node *next;
	int16_t value, key;
};

static uint16_t crc16(uint16_t crc, uint16_t data)
{
	for (int i = 0; i < 16; i++, data >>= 1) {
		int carry = (crc ^ data) & 1;
		crc >>= 1;
		if (carry)
			crc ^= 0xa001;
	}
	return crc;
}

static APART struct node *reverse(struct node *list)
{
	struct node *done = NULL;
	while (list != NULL) {
		struct node *rest = list->next;
		list->next = done;
		done = list;
		list = rest;
	}
	return done;
}

static APART struct node *find(struct node *list, int16_t value)
{
	while (list != NULL && (list->value & 0xff) != value)
		list = list->next;
	return list;
}

// merge_sort sorts a list from below, without recursion.
static APART struct node *merge_sort(struct node *list)
{
	for (int size = 1;; size *= 2) {
		struct node *p = list, *tail = NULL;
		int merges = 0;
		list = NULL;
		while (p != NULL) {
			struct node *q = p;
			int left = 0, right = size;
			merges++;
			while (left < size && q != NULL)
				left++, q = q->next;
			while (left > 0 || (right > 0 && q != NULL)) {
				struct node *e;
				if (left > 0 && (right == 0 || q == NULL || p->value <= q->value))
					e = p, p = p->next, left--;
				else
					e = q, q = q->next, right--;
				if (tail != NULL)
					tail->next = e;
				else
					list = e;
				tail = e;
			}
			p = q;
		}
		tail->next = NULL;
		if (merges <= 1)
			return list;
	}
}

static APART int32_t matrices(int n, int32_t *c, const int16_t *a, const int16_t *b, int16_t by)
{
	int32_t sum = 0;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int32_t s = 0;
			for (int k = 0; k < n; k++)
				s += a[i * n + k] * (b[k * n + j] + by);
			c[i * n + j] = s;
			sum += s >> 2 & 15;
		}
	return sum;
}

enum state { START, SIGN, WHOLE, FRACTION, EXPONENT, POWER, BAD, STATES };

// scan counts the states in which the numbers of a text end.
static APART void scan(const char *at, uint32_t *ends)
{
	while (*at != 0) {
		enum state s = START;
		for (; *at != 0 && *at != ','; at++) {
			int digit = *at >= '0' && *at <= '9';
			switch (s) {
			case START: s = digit ? WHOLE : *at == '+' || *at == '-' ? SIGN : *at == '.' ? FRACTION : BAD; break;
			case SIGN: s = digit ? WHOLE : *at == '.' ? FRACTION : BAD; break;
			case WHOLE: s = digit ? WHOLE : *at == '.' ? FRACTION : *at == 'e' ? EXPONENT : BAD; break;
			case FRACTION: s = digit ? FRACTION : *at == 'e' ? EXPONENT : BAD; break;
			case EXPONENT: s = digit || *at == '+' || *at == '-' ? POWER : BAD; break;
			case POWER: s = digit ? POWER : BAD; break;
			default: break;
			}
		}
		ends[s]++;
		at += *at == ',';
	}
}

// embedded is lists, matrices and a state machine in turns, with a checksum of what they find.
uint64_t embedded(long rounds)
{
	enum { NODES = 200, N = 12 };
	static const char text[] = "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^";
	struct node *nodes = need(NODES * sizeof *nodes), *list = NULL;
	int16_t *a = need(N * N * sizeof *a), *b = need(N * N * sizeof *b);
	int32_t *c = need(N * N * sizeof *c);
	uint64_t seed = 47;
	uint16_t crc = 0;
	for (int i = 0; i < NODES; i++) {
		nodes[i] = (struct node){list, (int16_t)(next(&seed) >> 50), (int16_t)i};
		list = &nodes[i];
	}
	for (int i = 0; i < N * N; i++)
		a[i] = (int16_t)(next(&seed) >> 56), b[i] = (int16_t)(next(&seed) >> 56);
	begin();
	for (long n = 0; n < rounds; n++) {
		uint32_t ends[STATES] = {0};
		for (int16_t i = 0; i < 16; i++) {
			struct node *found = find(list, (int16_t)(i * 11 & 0xff));
			if (found != NULL)
				crc = crc16(crc, (uint16_t)found->key);
			list = reverse(list);
		}
		if (n % 4 == 0) {
			list = merge_sort(list);
			for (struct node *x = list; x != NULL; x = x->next)
				x->value = (int16_t)(x->value * 31 + 7 + crc);
		}
		crc = crc16(crc, (uint16_t)matrices(N, c, a, b, (int16_t)(n & 7)));
		scan(text, ends);
		for (int i = 0; i < STATES; i++)
			crc = crc16(crc, (uint16_t)ends[i]);
	}
	end();
	return mix(crc, (uint64_t)c[5]);
}
