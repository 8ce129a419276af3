/* The evaluator. */
#include "scheme.h"

/* Most operands are constants and variables near by, which need no call. */
static inline val value(val node, val frame, const char *low)
{
    uint64_t op = obj(node)->at[0];
    val v = 0;
    if ((op & 0xff) == CONST)
        return obj(node)->at[1];
    if ((op & 0xffffff) == LOCAL)
        v = obj(frame)->at[op >> 24];
    else if ((op & 0xffffff) == (LOCAL | 1 << 8))
        v = obj(obj(frame)->at[0])->at[op >> 24];
    return v ? v : eval(node, frame, low);
}

/* The frame that is out frames around this one. */
static val around(val frame, uint64_t out)
{
    for (; out; out--)
        frame = obj(frame)->at[0];
    return frame;
}

static val local(uint64_t op, val frame)
{
    val v = obj(around(frame, op >> 8 & 0xffff))->at[op >> 24];
    if (!v)
        fail("a variable is used before it has a value");
    return v;
}

static val new_frame(uint64_t slots, val outer)
{
    val frame = new(T_FRAME, 1 + slots);
    set(frame, 0, outer);
    return frame;
}

static uint64_t arity(val lambda, uint64_t n)
{
    uint64_t op = obj(lambda)->at[0], required = op >> 8 & 0xffff;
    if (n < required || (n > required && !(op >> 24 & 1)))
        fail("a procedure of %u parameters is called with %u arguments", required, n);
    return required;
}

/* Makes the frame of a call whose arguments are n operands of a node, from operand 2 on. */
static val frame_of_call(val closure, val call, uint64_t n, val frame, const char *low)
{
    val lambda = obj(closure)->at[0], callee = new_frame(obj(lambda)->at[0] >> 32, obj(closure)->at[1]);
    uint64_t required = arity(lambda, n);
    for (uint64_t i = 0; i < required; i++)
        set(callee, 1 + i, value(obj(call)->at[2 + i], frame, low));
    if (obj(lambda)->at[0] >> 24 & 1) {
        val last = 0;
        set(callee, 1 + required, NIL);
        for (uint64_t i = required; i < n; i++) {
            val p = cons(value(obj(call)->at[2 + i], frame, low), NIL);
            set(last ? last : callee, last ? 1 : 1 + required, p);
            last = p;
        }
    }
    return callee;
}

/* The same for a list of arguments. */
static val frame_of_list(val closure, val l)
{
    val lambda = obj(closure)->at[0], callee = new_frame(obj(lambda)->at[0] >> 32, obj(closure)->at[1]);
    uint64_t n = 0;
    for (val p = l; is(p, T_PAIR); p = cdr(p))
        n++;
    uint64_t required = arity(lambda, n);
    for (uint64_t i = 0; i < required; i++, l = cdr(l))
        set(callee, 1 + i, car(l));
    if (obj(lambda)->at[0] >> 24 & 1)
        set(callee, 1 + required, l);
    return callee;
}

static val call_primitive(val f, val *arguments, uint64_t n, const char *low)
{
    uint64_t least = obj(f)->at[1] & 0xff, most = obj(f)->at[1] >> 8;
    if (n < least || n > most)
        mistake("a primitive does not take so many arguments", obj(f)->at[2]);
    return ((primitive *)obj(f)->at[0])(arguments, n, low);
}

static uint64_t spread(val l, val *arguments)
{
    uint64_t n = 0;
    for (; is(l, T_PAIR); l = cdr(l)) {
        if (n == MAX_ARGUMENTS)
            fail("a primitive takes at most %u arguments", (uint64_t)MAX_ARGUMENTS);
        arguments[n++] = car(l);
    }
    return n;
}

val apply(val f, val l, const char *low)
{
    val arguments[MAX_ARGUMENTS];
    if (is(f, T_CLOSURE))
        return eval(obj(obj(f)->at[0])->at[1], frame_of_list(f, l), low);
    if (!is(f, T_PRIM))
        mistake("this is no procedure", f);
    return call_primitive(f, arguments, spread(l, arguments), low);
}

/* Calls a primitive with n operands of a node as arguments. For (apply f l) it gives f and l instead. */
static __attribute__((noinline)) val primitive_call(val f, val call, uint64_t n, val frame, const char *low, val *then)
{
    val arguments[MAX_ARGUMENTS];
    if (n > MAX_ARGUMENTS)
        fail("a primitive takes at most %u arguments", (uint64_t)MAX_ARGUMENTS);
    for (uint64_t i = 0; i < n; i++)
        arguments[i] = value(obj(call)->at[2 + i], frame, low);
    if (obj(f)->at[0] == (uint64_t)prim_apply && n == 2 && is(arguments[0], T_CLOSURE)) {
        *then = arguments[0];
        return arguments[1];
    }
    return call_primitive(f, arguments, n, low);
}

val eval(val node, val frame, const char *low)
{
    if ((const char *)__builtin_frame_address(0) < low)
        fail("the recursion is too deep");
    for (;;) {
        uint64_t op = obj(node)->at[0], n = length(node);
        const val *operand = obj(node)->at;
        val v;
        switch (op & 0xff) {
        case CONST:
            return operand[1];
        case LOCAL:
            return local(op, frame);
        case GLOBAL:
            v = obj(operand[1])->at[1];
            if (!v)
                mistake("this variable has no value", operand[1]);
            return v;
        case SET:
            v = value(operand[1], frame, low);
            set(around(frame, op >> 8 & 0xffff), op >> 24, v);
            return VOID;
        case SET_GLOBAL:
        case DEFINE:
            v = value(operand[2], frame, low);
            if ((op & 0xff) == SET_GLOBAL && !obj(operand[1])->at[1])
                mistake("this variable is not defined", operand[1]);
            set(operand[1], 1, v);
            return VOID;
        case IF:
            node = value(operand[1], frame, low) != FALSE ? operand[2] : operand[3];
            continue;
        case LAMBDA:
            v = new(T_CLOSURE, 0);
            set(v, 0, node);
            set(v, 1, frame);
            return v;
        case SEQ:
            for (uint64_t i = 1; i < n; i++)
                value(operand[i], frame, low);
            node = operand[n];
            continue;
        case LET:
            v = new_frame(op >> 32, frame);
            for (uint64_t i = 2; i <= n; i++)
                set(v, i - 1, value(operand[i], frame, low));
            frame = v;
            node = operand[1];
            continue;
        case LETREC:
            frame = new_frame(op >> 32, frame);
            for (uint64_t i = 2; i <= n; i++)
                set(frame, i - 1, value(operand[i], frame, low));
            node = operand[1];
            continue;
        case AND:
            for (v = TRUE; n > 1 && v != FALSE; n--)
                v = value(*++operand, frame, low);
            if (v == FALSE)
                return v;
            node = operand[1];
            continue;
        case OR:
            for (v = FALSE; n > 1 && v == FALSE; n--)
                v = value(*++operand, frame, low);
            if (v != FALSE)
                return v;
            node = operand[1];
            continue;
        case CALL: {
            val f = value(operand[1], frame, low), then = 0;
            if (is(f, T_CLOSURE)) {
                frame = frame_of_call(f, node, n - 1, frame, low);
                node = obj(obj(f)->at[0])->at[1];
                continue;
            }
            if (!is(f, T_PRIM))
                mistake("this is no procedure", f);
            v = primitive_call(f, node, n - 1, frame, low, &then);
            if (!then)
                return v;
            frame = frame_of_list(then, v);
            node = obj(obj(then)->at[0])->at[1];
            continue;
        }
        default:
            fail("there is no operation %u", op & 0xff);
        }
    }
}
