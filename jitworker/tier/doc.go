// Package tier is the contract between the engine and the compilers of native code: what a
// compiler is handed, and what it hands back.
//
// It must not know any compiler, nor queues, code memory or hosts. A Tier is asked for the code
// of a unit, which is a block or several as a compiler sees them (code.Unit). What it hands back (Code) are
// position-independent bytes and three lists: places in them that hold the way to somewhere
// else (Reloc), places where they leave an operation to the interpreter (code.NativeExit),
// and, if asked for, which guest instruction they are for (Mark).
//
// # Levels
//
// Tiers have an order, from cheap compilation to fast code. A tier's place in it, counted from
// blocks.LowestLevel, is the level of its code: a request names one, the better code takes the
// place of the worse, and the queue takes requests for different levels of one block for
// different ones.
//
// # Life cycle
//
// Each worker has tiers of its own, made when the engine begins. A Tier is used by one goroutine
// at a time; a Code's slices are valid until its next Compile. No locks.
package tier
