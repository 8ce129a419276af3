// Text.
#include <stdio.h>
#include <string.h>

#include "kernels.h"

// scanner reads JSON: values of all kinds, without escapes of more than one character.
struct scanner {
	const char *at;
	uint64_t sum;
	int bad;
};

static void blanks(struct scanner *s)
{
	while (*s->at == ' ' || *s->at == '\n' || *s->at == '\t')
		s->at++;
}

static int take(struct scanner *s, char wanted)
{
	blanks(s);
	if (*s->at != wanted)
		return 0;
	s->at++;
	return 1;
}

static void string(struct scanner *s)
{
	uint32_t hash = 5381;
	while (*s->at != '"' && *s->at != 0) {
		if (*s->at == '\\' && s->at[1] != 0)
			s->at++;
		hash = hash * 33 + (uint8_t)*s->at++;
	}
	s->bad |= *s->at++ != '"';
	s->sum = mix(s->sum, hash);
}

static void number(struct scanner *s)
{
	int64_t value = 0;
	int negative = *s->at == '-';
	s->at += negative;
	s->bad |= *s->at < '0' || *s->at > '9';
	while (*s->at >= '0' && *s->at <= '9')
		value = value * 10 + (*s->at++ - '0');
	s->sum = mix(s->sum, (uint64_t)(negative ? -value : value));
}

static void word(struct scanner *s, const char *wanted)
{
	while (*wanted != 0 && *s->at == *wanted)
		s->at++, wanted++;
	s->bad |= *wanted != 0;
}

static void value(struct scanner *s)
{
	blanks(s);
	switch (*s->at) {
	case '{':
		s->at++;
		if (take(s, '}'))
			return;
		do {
			s->bad |= !take(s, '"');
			string(s);
			s->bad |= !take(s, ':');
			value(s);
		} while (!s->bad && take(s, ','));
		s->bad |= !take(s, '}');
		return;
	case '[':
		s->at++;
		if (take(s, ']'))
			return;
		do
			value(s);
		while (!s->bad && take(s, ','));
		s->bad |= !take(s, ']');
		return;
	case '"':
		s->at++;
		string(s);
		return;
	case 't':
		word(s, "true");
		return;
	case 'n':
		word(s, "null");
		return;
	default:
		number(s);
	}
}

// json reads a document of 256 KiB again and again.
uint64_t json(long kib)
{
	enum { BYTES = 256 << 10 };
	char *text = need(BYTES + 256), *to = text;
	uint64_t seed = 29;
	struct scanner s = {0};
	to += sprintf(to, "[");
	while (to - text < BYTES) {
		unsigned long x = next(&seed), y = next(&seed);
		to += sprintf(to, "{\"id\": %ld, \"name\": \"item \\\"%lx\\\"\", \"tags\": [\"red\", \"%lx\", null],", (long)(to - text), x, x >> 48);
		to += sprintf(to, " \"at\": {\"x\": -%lu, \"y\": %lu}, \"ok\": true},\n", y >> 50, y & 0xffffffff);
	}
	sprintf(to, "{}]");
	begin();
	for (long n = 0; n < kib << 10; n += BYTES) {
		s.at = text;
		value(&s);
	}
	end();
	return s.bad ? 0 : s.sum;
}

// strings measures, searches, compares and joins words of a text by the C library's functions.
uint64_t strings(long rounds)
{
	enum { BYTES = 4 << 10 };
	char *text = need(BYTES + 64), *copy = need(BYTES + 64), *to = text;
	uint64_t seed = 53, sum = 0;
	while (to - text < BYTES) {
		uint64_t x = next(&seed);
		for (int n = 2 + (int)(x & 15); n > 0; n--, x >>= 3)
			*to++ = (char)('a' + (x >> 8 & 15));
		*to++ = ' ';
	}
	*to = 0;
	begin();
	for (long r = 0; r < rounds; r++) {
		size_t length = 0;
		strcpy(copy, text);
		sum += strlen(copy);
		for (char *word = copy; word != NULL && *word != 0;) {
			char *end = strchr(word, ' ');
			if (end != NULL)
				*end++ = 0;
			if (strcmp(word, "hello") > 0)
				length += strlen(word);
			sum += strstr(word, "ab") != NULL;
			word = end;
		}
		sum = mix(sum, length + (uint64_t)memcmp(text, copy, 3));
	}
	end();
	return sum;
}
