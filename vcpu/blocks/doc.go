// Package blocks holds the decoded code of a machine: Blocks, which are bodies (package code)
// at their place in memory, in a Cache that all harts share.
//
// It keeps what is true of code in memory and of its copies: which block is where, what it leads
// to, how often it was executed, and the native code that a compiler has made of it. It executes
// nothing and translates no address.
//
// # Blocks
//
// A block is found by its Key: the physical address of its first byte, and the mode that it is made
// for. It holds nothing that depends on the virtual address or the hart. A hart finds blocks by virtual
// address in a small private JumpTable whose entries are tagged with the current fetch view, and
// has a block of the cache entered there if it is not.
//
// # Stores into code
//
// A page with blocks is marked in physmem, and stores into it take the slow path,
// which drops the blocks they touch, of every mode, and all of the page if a run of them goes on (overwrite.go). When a page is marked while harts may still
// hold store entries for it, the Cache asks for a shootdown of store entries and
// treats the page as unprotected until every hart has answered: FENCE.I drops
// all blocks of unprotected pages, and when protection is complete the blocks
// are compared with memory once.
//
// # Native code
//
// A Cache that is given an Engine has hot blocks compiled, on goroutines that are the
// Engine's business. Each block then begins with a micro-operation that counts its
// executions; at Engine.Threshold a hart requests the block (Hot) and goes on
// interpreting. The Engine publishes the result with the block (Publish), and
// whoever comes to the block from then on enters it.
//
// Executions of blocks and of their exits are counted, in native code by samples
// (heat.go).
//
// Three ways lead from code to code without anyone looking here, and all must
// be undone before code may go:
//
//   - Links between blocks of one page and mode, which are patched under Page.mu. Killing or
//     unpublishing a block takes back the links to it. Code may be made of several blocks; see
//     parts.go for how it goes with any of them.
//   - The hart's jump table (hart.State.Jump), from virtual addresses under one fetch
//     view to entries. The owner of the hart fills it and empties it at a
//     safe point: after a FENCE.I if blocks were dropped, and for the Engine, which
//     reuses the memory of retired code only when every hart has done so.
//   - The map of all code for a mode by physical address (package codemap), which native code asks
//     where the jump table has no answer. Publishing code enters it, and killing or
//     unpublishing its block takes it out, under Page.mu.
//
// # Bound
//
// The blocks of a machine take a bounded amount of memory (see eviction.go). Beyond
// it, whole pages lose their blocks, those first that have had no new one for the
// longest time. Harts' tables give dead blocks up while new ones are built (see
// forget.go).
//
// # Lock order
//
// Page.mu, then Cache.mu; neither is held while guest code runs, nor
// when the shootdown function is called: that delivers messages, which may want
// any of them. Engine.Patch and Engine.Retire are called with Page.mu held, Request,
// Enter and the rest of Engine with none.
package blocks
