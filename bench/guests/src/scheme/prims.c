/* Primitive procedures: a table of name, function, and the least and most arguments. */
#include "scheme.h"

PARAM(rounds, 20); /* what the procedure rounds returns */

#define UNUSED __attribute__((unused))
#define PRIM(name) static val name(val *a UNUSED, uint64_t n UNUSED, const char *low UNUSED)

static int64_t integer(val v)
{
    if (!is_int(v))
        mistake("this is no integer", v);
    return to_int(v);
}

static val checked(val v, enum type t, const char *what)
{
    if (!is(v, t))
        mistake(what, v);
    return v;
}

static val pair(val v) { return checked(v, T_PAIR, "this is no pair"); }
static val string(val v) { return checked(v, T_STRING, "this is no string"); }
static val vector(val v) { return checked(v, T_VECTOR, "this is no vector"); }
static val symbol(val v) { return checked(v, T_SYMBOL, "this is no symbol"); }

/* An index below limit. */
static uint64_t index_in(val v, uint64_t limit)
{
    if ((uint64_t)integer(v) >= limit)
        mistake("this index is out of range", v);
    return (uint64_t)to_int(v);
}

/* ---- integers ---- */

static val fits(int64_t n)
{
    if (n != to_int(from_int(n)))
        fail("an integer has more than 63 bits");
    return from_int(n);
}

PRIM(add)
{
    int64_t sum = 0;
    for (uint64_t i = 0; i < n; i++)
        sum = to_int(fits(sum + integer(a[i])));
    return from_int(sum);
}

PRIM(subtract)
{
    int64_t left = integer(a[0]);
    if (n == 1)
        return fits(-left);
    for (uint64_t i = 1; i < n; i++)
        left = to_int(fits(left - integer(a[i])));
    return from_int(left);
}

PRIM(multiply)
{
    int64_t product = 1;
    for (uint64_t i = 0; i < n; i++) {
        if (__builtin_mul_overflow(product, integer(a[i]), &product))
            fail("an integer has more than 63 bits");
        fits(product);
    }
    return from_int(product);
}

static int64_t divisor(val v)
{
    if (integer(v) == 0)
        fail("division by zero");
    return to_int(v);
}

PRIM(quotient) { return fits(integer(a[0]) / divisor(a[1])); }
PRIM(remainder_) { return from_int(integer(a[0]) % divisor(a[1])); }

PRIM(modulo)
{
    int64_t d = divisor(a[1]), r = integer(a[0]) % d;
    return from_int(r && (r < 0) != (d < 0) ? r + d : r);
}

PRIM(equals) { return truth(integer(a[0]) == integer(a[1])); }
PRIM(less) { return truth(integer(a[0]) < integer(a[1])); }
PRIM(greater) { return truth(integer(a[0]) > integer(a[1])); }
PRIM(at_most) { return truth(integer(a[0]) <= integer(a[1])); }
PRIM(at_least) { return truth(integer(a[0]) >= integer(a[1])); }

/* ---- equality and types ---- */

static int same_bytes(val a, val b)
{
    if (length(a) != length(b))
        return 0;
    for (uint64_t i = 0; i < length(a); i++)
        if (bytes_of(a)[i] != bytes_of(b)[i])
            return 0;
    return 1;
}

static int same(val a, val b, const char *low)
{
    if ((const char *)__builtin_frame_address(0) < low)
        fail("equal? compares too deep a structure");
    for (; is(a, T_PAIR) && is(b, T_PAIR); a = cdr(a), b = cdr(b))
        if (!same(car(a), car(b), low))
            return 0;
    return a == b || (is(a, T_STRING) && is(b, T_STRING) && same_bytes(a, b));
}

PRIM(is_eq) { return truth(a[0] == a[1]); }
PRIM(is_equal) { return truth(same(a[0], a[1], low)); }
PRIM(not) { return truth(a[0] == FALSE); }
PRIM(is_null) { return truth(a[0] == NIL); }
PRIM(is_pair) { return truth(is(a[0], T_PAIR)); }
PRIM(is_symbol) { return truth(is(a[0], T_SYMBOL)); }
PRIM(is_string) { return truth(is(a[0], T_STRING)); }
PRIM(is_vector) { return truth(is(a[0], T_VECTOR)); }
PRIM(is_integer) { return truth(is_int(a[0])); }
PRIM(is_character) { return truth(is_char(a[0])); }
PRIM(is_procedure) { return truth(is(a[0], T_CLOSURE) || is(a[0], T_PRIM)); }

/* ---- pairs ---- */

PRIM(cons_) { return cons(a[0], a[1]); }
PRIM(car_) { return car(pair(a[0])); }
PRIM(cdr_) { return cdr(pair(a[0])); }
PRIM(cadr) { return car(pair(cdr(pair(a[0])))); }
PRIM(cddr) { return cdr(pair(cdr(pair(a[0])))); }
PRIM(caddr) { return car(pair(cdr(pair(cdr(pair(a[0])))))); }

PRIM(set_car)
{
    set(pair(a[0]), 0, a[1]);
    return VOID;
}

PRIM(set_cdr)
{
    set(pair(a[0]), 1, a[1]);
    return VOID;
}

PRIM(list)
{
    val l = NIL;
    while (n)
        l = cons(a[--n], l);
    return l;
}

PRIM(length_)
{
    int64_t count = 0;
    for (val l = a[0]; l != NIL; l = cdr(pair(l)))
        count++;
    return from_int(count);
}

PRIM(append)
{
    val first = a[1], last = NIL;
    for (val l = a[0]; l != NIL; l = cdr(pair(l))) {
        val p = cons(car(pair(l)), a[1]);
        if (last == NIL)
            first = p;
        else
            set(last, 1, p);
        last = p;
    }
    return first;
}

PRIM(reverse)
{
    val r = NIL;
    for (val l = a[0]; l != NIL; l = cdr(pair(l)))
        r = cons(car(pair(l)), r);
    return r;
}

PRIM(memq)
{
    val l = a[1];
    while (l != NIL && car(pair(l)) != a[0])
        l = cdr(l);
    return l == NIL ? FALSE : l;
}

PRIM(assq)
{
    for (val l = a[1]; l != NIL; l = cdr(pair(l)))
        if (car(pair(car(pair(l)))) == a[0])
            return car(l);
    return FALSE;
}

/* ---- vectors ---- */

PRIM(make_vector)
{
    val v = new(T_VECTOR, index_in(a[0], 1ul << 32));
    for (uint64_t i = 0; i < length(v); i++)
        set(v, i, n > 1 ? a[1] : VOID);
    return v;
}

PRIM(vector_ref) { return obj(vector(a[0]))->at[index_in(a[1], length(a[0]))]; }
PRIM(vector_length) { return from_int((int64_t)length(vector(a[0]))); }

PRIM(vector_set)
{
    set(vector(a[0]), index_in(a[1], length(a[0])), a[2]);
    return VOID;
}

/* ---- strings, characters, symbols ---- */

static int code(val v)
{
    if (!is_char(v))
        mistake("this is no character", v);
    return (int)(v >> 8);
}

static void copy(char *to, const char *from, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        to[i] = from[i];
}

PRIM(make_string_)
{
    val s = new(T_STRING, index_in(a[0], 1ul << 32));
    for (uint64_t i = 0; i < length(s); i++)
        bytes_of(s)[i] = (char)code(a[1]);
    return s;
}

PRIM(string_append)
{
    uint64_t bytes = 0, at = 0;
    for (uint64_t i = 0; i < n; i++)
        bytes += length(string(a[i]));
    val s = new(T_STRING, bytes);
    for (uint64_t i = 0; i < n; at += length(a[i]), i++)
        copy(bytes_of(s) + at, bytes_of(a[i]), length(a[i]));
    return s;
}

PRIM(substring)
{
    uint64_t end = index_in(a[2], length(string(a[0])) + 1), from = index_in(a[1], end + 1);
    val s = new(T_STRING, end - from);
    copy(bytes_of(s), bytes_of(a[0]) + from, end - from);
    return s;
}

PRIM(string_length) { return from_int((int64_t)length(string(a[0]))); }
PRIM(string_ref) { return CHAR((uint8_t)bytes_of(string(a[0]))[index_in(a[1], length(a[0]))]); }
PRIM(string_equals) { return truth(same_bytes(string(a[0]), string(a[1]))); }
PRIM(char_to_integer) { return from_int(code(a[0])); }
PRIM(integer_to_char) { return CHAR(index_in(a[0], 256)); }
PRIM(symbol_to_string) { return obj(symbol(a[0]))->at[0]; }

PRIM(string_to_symbol)
{
    char name[64]; /* interning allocates, and the string is nobody else's business meanwhile */
    uint64_t bytes = length(string(a[0]));
    if (bytes > sizeof name)
        mistake("this is too long for a symbol", a[0]);
    copy(name, bytes_of(a[0]), bytes);
    return intern(name, bytes);
}

PRIM(number_to_string)
{
    char text[24];
    int64_t number = integer(a[0]);
    uint64_t at = sizeof text, left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        text[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        text[--at] = '-';
    return make_string(text + at, sizeof text - at);
}

/* ---- the world ---- */

PRIM(display)
{
    print(a[0], 0);
    return VOID;
}

PRIM(write_)
{
    print(a[0], 1);
    return VOID;
}

PRIM(newline)
{
    say("\n");
    return VOID;
}

PRIM(error)
{
    print(a[0], 0);
    mistake("error", n > 1 ? a[1] : NIL);
}

PRIM(rounds) { return from_int((int64_t)param_rounds); }
PRIM(workers_) { return from_int((int64_t)workers()); }
PRIM(spawn_) { return spawn(a[0]); }
PRIM(join_) { return join(checked(a[0], T_THREAD, "this is no thread"), low); }

val prim_apply(val *a, uint64_t n, const char *low)
{
    (void)n;
    return apply(a[0], a[1], low);
}

void open_primitives(void)
{
    enum { ANY = MAX_ARGUMENTS };
    static const struct { const char *name; primitive *f; uint8_t least, most; } table[] = {
        {"+", add, 0, ANY}, {"-", subtract, 1, ANY}, {"*", multiply, 0, ANY}, {"quotient", quotient, 2, 2},
        {"remainder", remainder_, 2, 2}, {"modulo", modulo, 2, 2}, {"=", equals, 2, 2}, {"<", less, 2, 2},
        {">", greater, 2, 2}, {"<=", at_most, 2, 2}, {">=", at_least, 2, 2}, {"eq?", is_eq, 2, 2},
        {"equal?", is_equal, 2, 2}, {"not", not, 1, 1}, {"null?", is_null, 1, 1}, {"pair?", is_pair, 1, 1},
        {"symbol?", is_symbol, 1, 1}, {"string?", is_string, 1, 1}, {"vector?", is_vector, 1, 1},
        {"integer?", is_integer, 1, 1}, {"char?", is_character, 1, 1}, {"procedure?", is_procedure, 1, 1},
        {"cons", cons_, 2, 2}, {"car", car_, 1, 1}, {"cdr", cdr_, 1, 1}, {"cadr", cadr, 1, 1}, {"cddr", cddr, 1, 1},
        {"caddr", caddr, 1, 1}, {"set-car!", set_car, 2, 2}, {"set-cdr!", set_cdr, 2, 2}, {"list", list, 0, ANY},
        {"length", length_, 1, 1}, {"append", append, 2, 2}, {"reverse", reverse, 1, 1}, {"memq", memq, 2, 2},
        {"assq", assq, 2, 2}, {"make-vector", make_vector, 1, 2}, {"vector-ref", vector_ref, 2, 2},
        {"vector-length", vector_length, 1, 1}, {"vector-set!", vector_set, 3, 3}, {"make-string", make_string_, 2, 2},
        {"string-append", string_append, 0, ANY}, {"substring", substring, 3, 3}, {"string-length", string_length, 1, 1},
        {"string-ref", string_ref, 2, 2}, {"string=?", string_equals, 2, 2}, {"char->integer", char_to_integer, 1, 1},
        {"integer->char", integer_to_char, 1, 1}, {"symbol->string", symbol_to_string, 1, 1},
        {"string->symbol", string_to_symbol, 1, 1}, {"number->string", number_to_string, 1, 1},
        {"display", display, 1, 1}, {"write", write_, 1, 1}, {"newline", newline, 0, 0}, {"error", error, 1, 2},
        {"rounds", rounds, 0, 0}, {"workers", workers_, 0, 0}, {"spawn", spawn_, 1, 1}, {"join", join_, 1, 1},
        {"apply", prim_apply, 2, 2},
    };
    for (uint64_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t n = 0;
        while (table[i].name[n])
            n++;
        val name = intern(table[i].name, n), prim = new(T_PRIM, 0);
        obj(prim)->at[0] = (uint64_t)table[i].f;
        obj(prim)->at[1] = table[i].least | (uint64_t)table[i].most << 8;
        set(prim, 2, name);
        set(name, 1, prim);
    }
}
