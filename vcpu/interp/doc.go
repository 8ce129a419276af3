// Package interp executes guest code: it runs the blocks of package blocks, micro-operation by
// micro-operation, and enters their native code where there is some.
//
// It implements the unprivileged instructions completely and hands everything
// that needs the privileged architecture (CSRs, traps, fences of translations,
// waiting) to its caller as an Exit. It must not know traps, interrupts or the
// scheduler.
//
// A Core, one a hart, finds the block at its PC, runs it and goes on to the next: by the block's
// links, by its own table, by the Cache. What the hot loop in run.go has a case for is executed
// there; the others are bodies, functions in a table by operation (bodies.go). Each operation has
// one or the other.
//
// Memory is reached through package mem: the first level is probed in line, and what it does not
// answer is the port's, whose faults memory.go makes exceptions.
//
// # Native code
//
// Native code leaves with an exit word (package code): at a poll, at a jump whose target
// neither the hart's jump table nor the code map knows, at a link that has not been patched yet, at a
// micro-operation that is left to the interpreter, or with the rest of the block. The Core
// does what is missing and enters again where that makes sense; the state is exact at
// every exit.
//
// # One by one
//
// Three things send a Core from blocks to single instructions (step.go, watch.go, lrsc.go): code in
// a page whose bytes the PMP judges differently, which no block may hold; a Watcher,
// who is asked before each instruction and each access; and a reservation that no block
// can keep (package code, "Load-reserved, store-conditional").
package interp
