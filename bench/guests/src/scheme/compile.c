/*
 * From lists to nodes. A scope is a list of frames, each a list of variables in the order of their slots, backwards;
 * a frame's list is the car of a pair, so that definitions within a body can add to it.
 */
#include "scheme.h"

static val s_quote, s_quasiquote, s_unquote, s_splicing, s_if, s_define, s_set, s_lambda, s_let, s_let_star, s_letrec,
    s_begin, s_cond, s_else, s_and, s_or, s_when, s_unless, s_cons, s_append; /* symbols live as long as their table */

void open_compiler(void)
{
    static const struct { val *symbol; const char *name; } names[] = {
        {&s_quote, "quote"}, {&s_quasiquote, "quasiquote"}, {&s_unquote, "unquote"}, {&s_splicing, "unquote-splicing"},
        {&s_if, "if"}, {&s_define, "define"}, {&s_set, "set!"}, {&s_lambda, "lambda"}, {&s_let, "let"},
        {&s_let_star, "let*"}, {&s_letrec, "letrec"}, {&s_begin, "begin"}, {&s_cond, "cond"}, {&s_else, "else"},
        {&s_and, "and"}, {&s_or, "or"}, {&s_when, "when"}, {&s_unless, "unless"}, {&s_cons, "cons"}, {&s_append, "append"},
    };
    for (uint64_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint64_t n = 0;
        while (names[i].name[n])
            n++;
        *names[i].symbol = intern(names[i].name, n);
    }
}

static val compile_in(val x, val scope);

/* ---- lists ---- */

static val list2(val a, val b) { return cons(a, cons(b, NIL)); }
static val list3(val a, val b, val c) { return cons(a, list2(b, c)); }

static uint64_t count(val l)
{
    uint64_t n = 0;
    for (; is(l, T_PAIR); l = cdr(l))
        n++;
    return n;
}

/* Element i of a form, which must be there. */
static val part(val x, uint64_t i)
{
    val l = x;
    for (; i && is(l, T_PAIR); i--)
        l = cdr(l);
    if (!is(l, T_PAIR))
        mistake("this form lacks a part", x);
    return car(l);
}

static val rest(val x, uint64_t i)
{
    for (; i; i--) {
        if (!is(x, T_PAIR))
            mistake("this form lacks a part", x);
        x = cdr(x);
    }
    return x;
}

/* ---- nodes ---- */

static val node(uint64_t op, uint64_t n)
{
    val v = new(T_NODE, n);
    obj(v)->at[0] = op;
    return v;
}

static val node1(uint64_t op, val a)
{
    val v = node(op, 1);
    set(v, 1, a);
    return v;
}

static val node2(uint64_t op, val a, val b)
{
    val v = node(op, 2);
    set(v, 1, a);
    set(v, 2, b);
    return v;
}

/* A node whose operands are the forms of a list, from operand first on. */
static val node_of(uint64_t op, val forms, val scope, uint64_t first)
{
    val v = node(op, first - 1 + count(forms));
    for (uint64_t i = first; forms != NIL; forms = cdr(forms), i++)
        set(v, i, compile_in(car(forms), scope));
    return v;
}

/* ---- scopes ---- */

static void add_variable(val scope, val name)
{
    if (!is(name, T_SYMBOL))
        mistake("this is no name for a variable", name);
    set(scope, 0, cons(name, car(scope)));
}

static val new_scope(val names, val scope)
{
    val inner = cons(NIL, scope);
    for (; is(names, T_PAIR); names = cdr(names))
        add_variable(inner, car(names));
    return inner;
}

static uint64_t slots(val scope) { return count(car(scope)); }

/* Finds where a variable is, as bits of an operation; 0 if it is global. */
static uint64_t find(val name, val scope)
{
    for (uint64_t out = 0; scope != NIL; scope = cdr(scope), out++)
        for (val l = car(scope); l != NIL; l = cdr(l))
            if (car(l) == name)
                return out << 8 | count(l) << 24;
    return 0;
}

static val variable(val name, val scope)
{
    uint64_t place = find(name, scope);
    return place ? node(LOCAL | place, 0) : node1(GLOBAL, name);
}

static val assign(val name, val value, val scope)
{
    uint64_t place = find(name, scope);
    return place ? node1(SET | place, value) : node2(SET_GLOBAL, name, value);
}

/* ---- bodies ---- */

static int is_define(val x) { return is(x, T_PAIR) && car(x) == s_define; }

/* (define (f . parameters) body...) defines f, (define x e) x. */
static val defined_name(val x) { return is(part(x, 1), T_PAIR) ? car(part(x, 1)) : part(x, 1); }

static val defined_value(val x)
{
    if (!is(part(x, 1), T_PAIR))
        return part(x, 2);
    return cons(s_lambda, cons(cdr(part(x, 1)), rest(x, 2)));
}

static val sequence(val forms, val scope)
{
    if (forms == NIL)
        return node1(CONST, VOID);
    return cdr(forms) == NIL ? compile_in(car(forms), scope) : node_of(SEQ, forms, scope, 1);
}

/* A body's definitions are variables of the frame around it, and assignments where they stand. */
static val body(val forms, val scope)
{
    for (val l = forms; l != NIL; l = cdr(l))
        if (is_define(car(l)))
            add_variable(scope, defined_name(car(l)));
    return sequence(forms, scope);
}

static val lambda(val parameters, val forms, val scope)
{
    val inner = new_scope(parameters, scope), l = parameters;
    uint64_t required = slots(inner), more = 0;
    while (is(l, T_PAIR))
        l = cdr(l);
    if (l != NIL) {
        add_variable(inner, l);
        more = 1;
    }
    val code = body(forms, inner);
    return node1(LAMBDA | required << 8 | more << 24 | slots(inner) << 32, code);
}

/* ---- let and its relatives: the body is operand 1, the initial values follow ---- */

/* Takes bindings apart: which is 0 for the names and 1 for the values. */
static val unzip(val bindings, uint64_t which)
{
    return bindings == NIL ? NIL : cons(part(car(bindings), which), unzip(cdr(bindings), which));
}

static val let(val bindings, val forms, val scope)
{
    val v = node_of(0, unzip(bindings, 1), scope, 2), inner = new_scope(unzip(bindings, 0), scope);
    set(v, 1, body(forms, inner));
    obj(v)->at[0] = LET | slots(inner) << 32;
    return v;
}

static val letrec(val bindings, val forms, val scope)
{
    val inner = new_scope(unzip(bindings, 0), scope), v = node_of(0, unzip(bindings, 1), inner, 2);
    set(v, 1, body(forms, inner));
    obj(v)->at[0] = LETREC | slots(inner) << 32;
    return v;
}

/* (let loop ((x e)...) body...) is ((letrec ((loop (lambda (x...) body...))) loop) e...). */
static val named_let(val x, val scope)
{
    val name = part(x, 1), bindings = part(x, 2);
    val loop = cons(s_lambda, cons(unzip(bindings, 0), rest(x, 3)));
    return compile_in(cons(list3(s_letrec, cons(list2(name, loop), NIL), name), unzip(bindings, 1)), scope);
}

static val let_star(val bindings, val forms, val scope)
{
    if (bindings == NIL || cdr(bindings) == NIL)
        return let(bindings, forms, scope);
    val inner = cons(s_let_star, cons(cdr(bindings), forms));
    return let(cons(car(bindings), NIL), cons(inner, NIL), scope);
}

/* ---- the other forms ---- */

static val if_node(val condition, val yes, val no)
{
    val v = node(IF, 3);
    set(v, 1, condition);
    set(v, 2, yes);
    set(v, 3, no);
    return v;
}

static val cond(val clauses, val scope)
{
    if (clauses == NIL)
        return node1(CONST, VOID);
    val clause = car(clauses);
    if (part(clause, 0) == s_else)
        return sequence(cdr(clause), scope);
    val condition = compile_in(car(clause), scope);
    if (cdr(clause) == NIL)
        return node2(OR, condition, cond(cdr(clauses), scope));
    val yes = sequence(cdr(clause), scope);
    return if_node(condition, yes, cond(cdr(clauses), scope));
}

/* What makes the value of a template: calls of cons and append. */
static val quasiquote(val x)
{
    if (!is(x, T_PAIR))
        return list2(s_quote, x);
    if (car(x) == s_unquote)
        return part(x, 1);
    if (car(x) == s_quasiquote)
        mistake("a template within a template", x);
    if (is(car(x), T_PAIR) && car(car(x)) == s_splicing)
        return list3(s_append, part(car(x), 1), quasiquote(cdr(x)));
    return list3(s_cons, quasiquote(car(x)), quasiquote(cdr(x)));
}

static val compile_form(val x, val scope)
{
    val head = car(x);
    if (!is(head, T_SYMBOL) || find(head, scope))
        return node_of(CALL, x, scope, 1);
    if (head == s_quote)
        return node1(CONST, part(x, 1));
    if (head == s_quasiquote)
        return compile_in(quasiquote(part(x, 1)), scope);
    if (head == s_if) {
        val condition = compile_in(part(x, 1), scope), yes = compile_in(part(x, 2), scope);
        return if_node(condition, yes, sequence(rest(x, 3), scope));
    }
    if (head == s_set)
        return assign(part(x, 1), compile_in(part(x, 2), scope), scope);
    if (head == s_define && scope == NIL)
        return node2(DEFINE, defined_name(x), compile_in(defined_value(x), scope));
    if (head == s_define)
        return assign(defined_name(x), compile_in(defined_value(x), scope), scope);
    if (head == s_lambda)
        return lambda(part(x, 1), rest(x, 2), scope);
    if (head == s_let)
        return is(part(x, 1), T_SYMBOL) ? named_let(x, scope) : let(part(x, 1), rest(x, 2), scope);
    if (head == s_let_star)
        return let_star(part(x, 1), rest(x, 2), scope);
    if (head == s_letrec)
        return letrec(part(x, 1), rest(x, 2), scope);
    if (head == s_begin)
        return sequence(cdr(x), scope);
    if (head == s_cond)
        return cond(cdr(x), scope);
    if (head == s_and)
        return cdr(x) == NIL ? node1(CONST, TRUE) : node_of(AND, cdr(x), scope, 1);
    if (head == s_or)
        return cdr(x) == NIL ? node1(CONST, FALSE) : node_of(OR, cdr(x), scope, 1);
    if (head == s_when)
        return if_node(compile_in(part(x, 1), scope), sequence(rest(x, 2), scope), node1(CONST, VOID));
    if (head == s_unless)
        return if_node(compile_in(part(x, 1), scope), node1(CONST, VOID), sequence(rest(x, 2), scope));
    return node_of(CALL, x, scope, 1);
}

static val compile_in(val x, val scope)
{
    if (is(x, T_SYMBOL))
        return variable(x, scope);
    return is(x, T_PAIR) ? compile_form(x, scope) : node1(CONST, x);
}

val compile(val x) { return compile_in(x, NIL); }
