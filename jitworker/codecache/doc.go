// Package codecache keeps native code: executable memory, what is in it, what
// leaves it when it is full, and when its memory may be used again.
//
// It knows bytes, addresses and counts. It must not know guests, blocks, harts or
// compilers: a code's owner is an opaque value, its key a number, and everything that
// concerns harts comes in as two functions, Quiesce and evict.
//
// An entry of the cache is all code that was placed under one key, which stands for the
// guest page that it was made from. Entries are what is counted and what leaves.
//
// # Memory
//
// One piece of memory is mapped twice, for writing and for execution, at two
// addresses. It is at most 1 GiB, so that any code reaches any other by a signed
// 32-bit distance. It is divided into chunks of 64 KiB:
//
//	region  | chunk | chunk | span of a large code  | free  | ...
//	chunk   | code | code | hole | code | hole     |
//
// An arena carves one chunk until nothing fits, and then takes another. Codes
// begin at cache lines. Everything between them is full of instructions that stop whoever comes there by
// mistake (traps), which the caller of New writes, and so is memory given back before it is reused. A code larger than a chunk gets a run of
// free chunks.
//
// # The life of a code
//
//	Place → live → chosen → retired → gone
//	           └──────────────────↗
//
// The live codes of an entry that eviction chooses are marked, so that they are chosen
// once, and their owner is told. Whoever has made a code unreachable calls Retire. The code
// then waits for a quiescence round that begins afterwards: when every hart has
// passed a quiescent point, none can be inside. Rounds serve batches, one after
// the other: a 64th of the memory at least, unless it is short. Nothing ever waits for a round: Place fails with ErrFull instead, and
// no hart is stopped.
//
// Between Retire and the end of the round the code can still run, be found and
// be patched. Afterwards patches have no effect, so that a late unlinking cannot
// hurt the code that has the memory now.
//
// # Eviction
//
// Entries and bytes are bounded. Above 15/16 of either the janitor evicts down to
// 7/8; a Place that meets the limit itself evicts a batch of its own. A Place that
// finds bytes enough, but no hole large enough, has the emptiest chunks cleared
// instead. A clean-up lets hotness decay, and above 3/4 evicts what has hardly run
// since. Entries that got code within the last WarmUp placements (at most half of the
// entries) have had no time to show their worth: they leave only if a Place finds nothing
// else. That of an arena's latest code never leaves by eviction, since its worker may not
// have published the code yet, nor does one with pinned code.
//
// # Locks
//
//	Cache.choosing
//	├── Cache.mu
//	│   └── chunk.mu
//	└── entryShard.mu
//	reclaimer.mu, Code.mu: nothing is taken under them
//
// No lock is held while Quiesce and evict run. Harts use Touch, Patch32
// and Find, which take no lock but the code's own.
//
// # Life cycle
//
// New maps the memory and starts one goroutine. Close ends it and unmaps; no hart
// may be in native code then, and no arena in use.
package codecache
