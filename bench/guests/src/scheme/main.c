/* Runs program.scm on all workers: worker 0 evaluates it, the others run the threads that it spawns. */
#include "scheme.h"

const char program_name[] = "scheme";

enum { SPARE = 16 << 10 }; /* stack that primitives and the reader may use beyond the evaluator's */

__asm__(".section .rodata\n"
        "program_text: .incbin \"scheme/program.scm\"\n"
        "program_end:\n"
        ".previous");
extern const char program_text[], program_end[];

static void open_types(void)
{
    static const struct { uint64_t fixed, element, fixed_refs, element_refs; } types[] = {
        [T_PAIR] = {16, 0, 3, 0}, [T_SYMBOL] = {16, 0, 3, 0}, [T_STRING] = {0, 1, 0, 0}, [T_VECTOR] = {0, 8, 0, 1},
        [T_PRIM] = {24, 0, 4, 0}, [T_CLOSURE] = {16, 0, 3, 0}, [T_FRAME] = {0, 8, 0, 1}, [T_NODE] = {8, 8, 0, 1},
        [T_THREAD] = {40, 0, 30, 0},
    };
    for (uint64_t t = T_PAIR; t <= T_THREAD; t++)
        gc_type(t, types[t].fixed, types[t].element, types[t].fixed_refs, types[t].element_refs, 0);
}

static void work(uint64_t worker, void *arg)
{
    struct stack s = own_stack();
    const char *low = s.low + SPARE;
    (void)arg;
    if (worker == 0) {
        struct text t = {program_text, program_end};
        for (val x; (x = read_value(&t)) != END;)
            eval(compile(x), NIL, low);
        end_tasks();
    }
    serve(low);
}

void program(void)
{
    uint64_t began = now_ns();
    open_types();
    open_symbols();
    open_compiler();
    open_primitives();
    open_tasks();
    together(work, NULL);
    say("scheme: %u workers, %u ms, %u cycles\n", workers(), (now_ns() - began) / 1000000, gc_cycles());
}
