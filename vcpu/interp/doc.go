// Package interp executes guest code: it decodes it once into blocks of
// micro-operations and runs those.
//
// It implements the unprivileged instructions completely and hands everything
// that needs the privileged architecture (CSRs, traps, fences of translations,
// waiting) to its caller as an Exit. It must not know traps, interrupts or the
// scheduler.
//
// # Blocks
//
// A Block is a straight run of guest instructions within one physical page, with
// conditional branches inside it as long as they are not taken. Blocks are keyed
// by physical address, hold nothing that depends on the virtual address or the
// hart, and are shared by all harts through a Cache. A Core, one a hart, finds
// blocks by virtual address in a small private table whose entries are tagged
// with the current fetch view.
//
// Instructions that only compute (values.go, demand.go) may become fewer
// micro-operations than they are: nobody sees registers between two of them. All
// registers are exact wherever a block may be left.
//
// # Stores into code
//
// A page with blocks is marked in physmem, and stores into it take the slow path,
// which drops the blocks they touch. When a page is marked while harts may still
// hold store entries for it, the Cache asks for a shootdown of store entries and
// treats the page as unprotected until every hart has answered: FENCE.I drops
// all blocks of unprotected pages, and when protection is complete the blocks
// are compared with memory once.
//
// # Native code
//
// A Cache that is given an Engine has hot blocks compiled, on goroutines that are the
// Engine's business. Each block then begins with a micro-operation that counts its
// executions; at Engine.Threshold the Core requests the block and goes on
// interpreting. The Engine publishes the result with the block (Cache.Publish), and
// whoever comes to the block from then on enters it.
//
// Executions of blocks and of their exits are counted, in native code by samples
// (counts.go).
//
// Native code leaves with an exit word (native.go): at a poll, at a jump whose target
// neither the hart's jump table nor the code map knows, at a link that has not been patched yet, at a
// micro-operation that is the interpreter's, or with the rest of the block. The Core
// does what is missing and enters again where that makes sense; the state is exact at
// every exit. Three ways lead from code to code without coming back here, and both must
// be undone before code may go:
//
//   - Links between blocks of one page, which are patched under page.mu. Killing or
//     unpublishing a block takes back the links to it.
//   - The hart's jump table (hart.State.Jump), from virtual addresses under one fetch
//     view to entries. The owner of the hart fills it, and DropNative empties it at a
//     safe point: after a FENCE.I if blocks were dropped, and for the Engine, which
//     reuses the memory of retired code only when every hart has done so.
//   - The map of all code by physical address (package codemap), which native code asks
//     where the jump table has no answer. Publishing code enters it, and killing or
//     unpublishing its block takes it out, under page.mu.
//
// # One by one
//
// Two things send a Core from blocks to single instructions (step.go, watch.go): code in
// a page whose bytes the PMP judges differently, which no block may hold, and a Watcher,
// who is asked before each instruction and each access.
//
// # Load-reserved, store-conditional
//
// An LR and an SC with nothing but register arithmetic between them behave as one
// compare-and-swap at the moment of the SC: nobody can tell at which earlier
// moment the LR read the value (its hart made no access in between). So if a
// block contains such a pair, SC is a compare-and-swap against the value that LR
// loaded. All other LRs are given up at the first memory access, system
// instruction, indirect jump, way back or way further than a loop of the manual's kind is
// long: one that comes to that in its block is a mere load.
// The others leave the block: the Core steps through the instructions that follow
// one by one. A forward branch that is taken with a reservation leads to such
// stepping too, unless a look at the code there says that no SC can follow. So an
// A→B→A change that anybody could observe between LR and SC makes the SC fail, and
// every constrained loop (unprivileged manual, "Eventual Success of
// Store-Conditional Instructions") makes progress.
//
// # Bound
//
// The blocks of a machine take a bounded amount of memory (see bound.go). Beyond
// it, whole pages lose their blocks, those first that have had no new one for the
// longest time. Harts' tables give dead blocks up while new ones are built (see
// forget.go).
//
// # Lock order
//
// page.mu, then Cache.mu or a shard's lock; none is held while guest code runs, nor
// when the shootdown function is called: that delivers messages, which may want
// any of them. Engine.Patch and Engine.Retire are called with page.mu held, Request,
// Enter and the rest of Engine with none.
package interp
