// Package region is the optimising tier: it makes code of loops and of the blocks that they run
// through, in one page or several.
//
// It must not know any host, nor queues, thresholds or where code lives. Pick chooses the blocks of a
// unit by the counts of their exits. Passes (passes.go) find out about the unit what a host's
// Lowering needs: the order in which the blocks' code lies, how often each is executed, which
// registers are worth a register of the host's all over the region, and which accesses remember
// their page.
//
// # What a region is
//
// A loop over strings, say, in which a block leads to the next one or, seldom, elsewhere:
//
//	            ┌──────────────────────┐ poll
//	entry ──> part 0 ──> part 1 ──> part 2 ──> exit
//	            │          └─> exit
//	            └─> exit
//
// Between parts code goes on without a poll, a link or a look at the hart's tables, but for the ways
// that lead to code above, which every loop has one of: they poll. A way to another page looks whether
// that lies where it did when the region was made; if it does not, it is an exit like any other.
// Within the region guest registers lie in host registers of its own choice. The map that all other
// code has is met at its edges: where it is entered, and where it leaves.
//
// # Where regions come from
//
// A block is the reason for a region when its code is found hot, again and again (blocks.Native.Urge).
// The region is the innermost loop that it is in, from that loop's head on, with the loops around it
// as far as they are about as hot, and the functions that are called there and have no loop of their own. A block in no loop
// gets none. Where indirect jumps and returns lead is what samples have counted (code.Way).
//
// A Tier belongs to one worker. No locks.
package region
