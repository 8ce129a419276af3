/* The reader, the printer and the symbols. */
#include "scheme.h"

enum { BUCKETS = 512 };
static val *symbols; /* root: a vector of lists */
static lock symbols_lock;

void open_symbols(void)
{
    symbols = (val *)gc_roots(1);
    val buckets = new(T_VECTOR, BUCKETS);
    for (uint64_t i = 0; i < BUCKETS; i++)
        set(buckets, i, NIL);
    gc_store(*symbols, buckets);
}

void mistake(const char *what, val v)
{
    say("scheme: %s: ", what);
    print(v, 1);
    say("\n");
    fail("%s", what);
}

val make_string(const char *bytes, uint64_t n)
{
    val s = new(T_STRING, n);
    for (uint64_t i = 0; i < n; i++)
        bytes_of(s)[i] = bytes[i];
    return s;
}

static int same(val string, const char *bytes, uint64_t n)
{
    if (length(string) != n)
        return 0;
    for (uint64_t i = 0; i < n; i++)
        if (bytes_of(string)[i] != bytes[i])
            return 0;
    return 1;
}

val intern(const char *name, uint64_t n)
{
    uint64_t hash = 5381;
    for (uint64_t i = 0; i < n; i++)
        hash = hash * 33 + (uint8_t)name[i];
    hash %= BUCKETS;
    acquire(&symbols_lock);
    val found = 0;
    for (val l = obj(*symbols)->at[hash]; l != NIL && !found; l = cdr(l))
        if (same(obj(car(l))->at[0], name, n))
            found = car(l);
    if (!found) {
        found = new(T_SYMBOL, 0);
        set(found, 0, make_string(name, n));
        set(*symbols, hash, cons(found, obj(*symbols)->at[hash]));
    }
    release(&symbols_lock);
    return found;
}

/* ---- reading ---- */

static int peek(const struct text *t) { return t->at < t->end ? (uint8_t)*t->at : -1; }

static void skip_blanks(struct text *t)
{
    for (; t->at < t->end; t->at++) {
        if (*t->at == ';')
            while (t->at + 1 < t->end && *t->at != '\n')
                t->at++;
        else if (*t->at != ' ' && *t->at != '\n' && *t->at != '\t' && *t->at != '\r')
            return;
    }
}

static int is_delimiter(int c)
{
    return c < 0 || c == '(' || c == ')' || c == ';' || c == '"' || c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static val read_list(struct text *t)
{
    val first = NIL, last = NIL;
    for (;;) {
        skip_blanks(t);
        if (peek(t) == ')') {
            t->at++;
            return first;
        }
        if (peek(t) == '.' && t->at + 1 < t->end && is_delimiter((uint8_t)t->at[1])) {
            t->at++;
            set(last, 1, read_value(t));
            skip_blanks(t);
            if (peek(t) != ')')
                fail("a ) is missing behind the end of a pair");
            t->at++;
            return first;
        }
        val v = read_value(t);
        if (v == END)
            fail("a ) is missing at the end");
        val p = cons(v, NIL);
        if (first == NIL)
            first = p;
        else
            set(last, 1, p);
        last = p;
    }
}

static val read_string(struct text *t)
{
    char buffer[1024];
    uint64_t n = 0;
    for (;;) {
        int c = peek(t);
        t->at++;
        if (c == '"')
            return make_string(buffer, n);
        if (c == '\\') {
            c = peek(t);
            t->at++;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        if (c < 0 || n == sizeof buffer)
            fail("a string does not end");
        buffer[n++] = (char)c;
    }
}

static int spells(const char *at, uint64_t n, const char *word)
{
    for (; n; n--)
        if (*at++ != *word++)
            return 0;
    return *word == 0;
}

/* Returns 0 if it is no number. */
static val read_number(const char *at, uint64_t n)
{
    int minus = n > 1 && *at == '-';
    int64_t number = 0;
    if (minus)
        at++, n--;
    for (; n; at++, n--) {
        if (*at < '0' || *at > '9')
            return 0;
        number = number * 10 + (*at - '0');
    }
    return from_int(minus ? -number : number);
}

static val read_atom(struct text *t)
{
    const char *at = t->at;
    if (at[0] == '#' && at + 2 < t->end && at[1] == '\\')
        t->at += 3; /* the character itself may be a delimiter */
    while (!is_delimiter(peek(t)))
        t->at++;
    uint64_t n = (uint64_t)(t->at - at);
    if (at[0] != '#') {
        val number = read_number(at, n);
        return number ? number : intern(at, n);
    }
    if (n == 3 && at[1] == '\\')
        return CHAR((uint8_t)at[2]);
    if (spells(at, n, "#t"))
        return TRUE;
    if (spells(at, n, "#f"))
        return FALSE;
    if (spells(at, n, "#\\space"))
        return CHAR(' ');
    if (spells(at, n, "#\\newline"))
        return CHAR('\n');
    mistake("no such constant", intern(at, n));
}

/* 'x is (quote x), and so on. */
static val read_quoted(struct text *t, const char *name, uint64_t n)
{
    val x = read_value(t);
    return cons(intern(name, n), cons(x, NIL));
}

val read_value(struct text *t)
{
    skip_blanks(t);
    switch (peek(t)) {
    case -1:
        return END;
    case '(':
        t->at++;
        return read_list(t);
    case ')':
        fail("there is a ) too many");
    case '"':
        t->at++;
        return read_string(t);
    case '\'':
        t->at++;
        return read_quoted(t, "quote", 5);
    case '`':
        t->at++;
        return read_quoted(t, "quasiquote", 10);
    case ',':
        t->at++;
        if (peek(t) != '@')
            return read_quoted(t, "unquote", 7);
        t->at++;
        return read_quoted(t, "unquote-splicing", 16);
    }
    return read_atom(t);
}

/* ---- printing ---- */

static void print_char(int c)
{
    char text[2] = {(char)c, 0};
    say("%s", text);
}

static void print_string(val s, int quoted)
{
    for (uint64_t i = 0; i < length(s); i++) {
        char c = bytes_of(s)[i];
        if (quoted && (c == '"' || c == '\\'))
            print_char('\\');
        print_char(c);
    }
}

static void print_list(val v, int quoted)
{
    say("(");
    print(car(v), quoted);
    for (v = cdr(v); is(v, T_PAIR); v = cdr(v)) {
        say(" ");
        print(car(v), quoted);
    }
    if (v != NIL) {
        say(" . ");
        print(v, quoted);
    }
    say(")");
}

void print(val v, int quoted)
{
    static const char *const constants[] = {"no value", "()", "#f", "#t", "#unspecified", "#end"};
    if (is_int(v)) {
        say("%d", to_int(v));
        return;
    }
    if (is_char(v)) {
        say(quoted ? "#\\" : "");
        print_char((int)(v >> 8));
        return;
    }
    if (v & 15 || !v) {
        say("%s", constants[v >> 8]);
        return;
    }
    switch (gc_type_of(obj(v)->header)) {
    case T_PAIR:
        print_list(v, quoted);
        return;
    case T_SYMBOL:
        print_string(obj(v)->at[0], 0);
        return;
    case T_STRING:
        say(quoted ? "\"" : "");
        print_string(v, quoted);
        say(quoted ? "\"" : "");
        return;
    case T_VECTOR:
        say("#(");
        for (uint64_t i = 0; i < length(v); i++) {
            say(i ? " " : "");
            print(obj(v)->at[i], quoted);
        }
        say(")");
        return;
    }
    say(is(v, T_CLOSURE) || is(v, T_PRIM) ? "#procedure" : "#object");
}
