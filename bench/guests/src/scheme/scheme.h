/*
 * A small Scheme, all of whose objects live in the managed heap, on several harts.
 *
 *   read.c     text -> lists; lists -> text; symbols
 *   compile.c  lists -> trees of nodes, with variables resolved to places in frames
 *   eval.c     runs nodes; a call in tail position takes no C stack
 *   prims.c    primitive procedures
 *   tasks.c    threads: spawn, join, and the harts that run them
 *   main.c     sets everything up and runs program.scm
 *
 * A value is a word: an integer (odd: twice the integer, plus 1), a constant or a character (2 in the last two bits), or
 * a reference (a multiple of 16). 0 is no value. The collector takes the first two for what they are, no references, so
 * that every word of an object may hold any value. References on the C stack and in registers are found as they are;
 * those in C variables elsewhere must be roots.
 */
#ifndef SCHEME_H
#define SCHEME_H

#include "../gcrt.h"
#include "../port.h"

typedef uint64_t val;

struct object {
    uint64_t header;
    val at[0];
};

enum type {
    T_PAIR = 1,  /* car, cdr */
    T_SYMBOL,    /* name, value as a global variable */
    T_STRING,    /* bytes */
    T_VECTOR,
    T_PRIM,      /* function (no value), arity (no value), name */
    T_CLOSURE,   /* lambda node, frame that it was made in */
    T_FRAME,     /* the frame around, variables */
    T_NODE,      /* operation (no value), operands */
    T_THREAD,    /* tasks.c */
};

#define CONSTANT(n) ((val)(n) << 8 | 2)
#define NIL CONSTANT(1)
#define FALSE CONSTANT(2)
#define TRUE CONSTANT(3)
#define VOID CONSTANT(4)
#define END CONSTANT(5)      /* of the text */
#define CHAR(c) ((val)(c) << 8 | 6)

static inline int is_int(val v) { return v & 1; }
static inline int is_char(val v) { return (v & 0xff) == 6; }
static inline val from_int(int64_t n) { return (val)n << 1 | 1; }
static inline int64_t to_int(val v) { return (int64_t)v >> 1; }
static inline val truth(int b) { return b ? TRUE : FALSE; }

static inline struct object *obj(val v) { return (struct object *)v; }
static inline int is(val v, enum type t) { return (v & 15) == 0 && v && gc_type_of(obj(v)->header) == t; }
static inline uint64_t length(val v) { return gc_length_of(obj(v)->header); }
static inline void set(val v, uint64_t i, val x) { gc_store(obj(v)->at[i], x); }

static inline val car(val p) { return obj(p)->at[0]; }
static inline val cdr(val p) { return obj(p)->at[1]; }

static inline val new(enum type t, uint64_t n)
{
    val v = (val)gc_new(t, n);
    if (!v)
        fail("out of memory");
    return v;
}

static inline val cons(val a, val d)
{
    val p = new(T_PAIR, 0);
    set(p, 0, a);
    set(p, 1, d);
    return p;
}

/* read.c */
struct text {
    const char *at, *end;
};
val read_value(struct text *t);              /* END if there is none any more */
val intern(const char *name, uint64_t n);
val make_string(const char *bytes, uint64_t n);
static inline char *bytes_of(val string) { return (char *)obj(string)->at; }
void print(val v, int quoted);
void open_symbols(void);

/* Ends the program: what has gone wrong, with which value. */
void mistake(const char *what, val v) __attribute__((noreturn));

/* compile.c. Bits of a node's operation: 0-7 enum op; LOCAL and SET: 8-23 frames out, 24- slot; LAMBDA: 8-23 required
 * parameters, 24 whether one takes the rest, 32- slots; LET and LETREC: 32- slots. */
enum op { CONST, LOCAL, GLOBAL, SET, SET_GLOBAL, DEFINE, IF, LAMBDA, SEQ, LET, LETREC, AND, OR, CALL };
val compile(val x);
void open_compiler(void);

/* eval.c. low is where the C stack must not go below. */
val eval(val node, val frame, const char *low);
val apply(val f, val arguments, const char *low);
enum { MAX_ARGUMENTS = 8 };  /* of a primitive */
typedef val primitive(val *arguments, uint64_t n, const char *low);
val prim_apply(val *arguments, uint64_t n, const char *low); /* eval knows it: its call is a tail call */

/* prims.c */
void open_primitives(void);

/* tasks.c */
val spawn(val thunk);
val join(val thread, const char *low);
void open_tasks(void);
void serve(const char *low);  /* runs tasks until all is over */
void end_tasks(void);

#endif
