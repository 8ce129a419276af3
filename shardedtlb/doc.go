// Package shardedtlb is the machine's concurrent MMU: it turns virtual addresses
// into physical ones for any number of harts at once, without a lock.
//
// It knows RAM (package physmem) and the formats of page tables and PMP
// registers. It must not know harts, traps, instructions or schedulers: a hart
// owns an MMU, tells it what changed (Switch, SetEnv, PMPChanged, Fence...), and
// asks it for Access to what its first level cannot answer. Who wants to know without an
// access asks it to Probe.
//
// # Three levels
//
//	first level    FirstLevel, per hart, probed inline: a tag and an addend;
//	               a near part that fits the host's caches, a far part behind it
//	second level   table, shared by all harts or private, chosen by Strategy
//	walker         page tables in guest RAM: Sv39, Sv48, Sv57, Svnapot, Svpbmt,
//	               Svade, Svadu
//
// Everything is checked when a first-level entry is made: page-table permissions
// for the view in force, A and D, PMP, RAM, code pages. A hit is checked by its
// tag alone, which holds the page and the id of the view (see view.go). So
// privilege, SUM, MXR and MPRV select entries, and a store entry exists only for
// a page whose D bit is set already.
//
// The second level holds leaf PTEs with all of their permission bits, at the
// size of the leaf, keyed by the whole Regime (mode, ASID, root), the environment
// bits and the class of the walking hart's PMP. ASIDs belong to a hart; two harts
// may use one for different roots, and never meet.
//
// # Reading without locks
//
// A second-level entry is four atomic words: regime, key, data and a stamp. A
// writer claims the entry by swapping the stamp for "busy", writes the fields and
// stores a new stamp; if the swap fails another hart is at work on the entry, and
// it gives up, since a cache may forget. A reader takes the stamp, the fields,
// and the stamp again: if both stamps are equal and not "busy" the fields belong
// together. The stamp contains a version, so that a reader who slept through a
// rewrite notices; it would have to sleep through exactly a multiple of 65,536
// rewrites, all at one epoch, to be deceived.
//
// # Fences without messages
//
// sfence.vma promises to its own hart that later translations see the page
// tables as they are now. It says nothing to other harts, so it need not touch
// what they share:
//
//   - Each table has a clock, whose readings are epochs. A walker reads it before the first PTE, and the
//     stamp of the entry made contains that epoch.
//   - A fence adds one to the clock and raises the hart's own minimum epochs: for
//     everything, for an ASID, for an address at each leaf size (the last two by
//     hash: fencing more is legal).
//   - A hart accepts an entry only if the epoch in its stamp has reached every
//     minimum epoch that applies.
//
// An entry that a second hart inserts late, from a walk begun before the fence,
// carries an epoch below the minimum epoch: the fencing hart does not accept it, however
// late it comes. Other harts' minimum epochs stay where they are, and so do their hits.
//
// A hart that begins to use an address space is a special case. It has no
// translations there that anybody would have to fence, so a guest leaves it alone,
// and its minimum epochs know nothing of the fences before. It takes an epoch of the clock
// then (MMU.join), and accepts only what has been walked after it.
//
// A fence costs O(1): one atomic addition, a few words, and for the first level
// the fenced views' ids, which are never used again (until Generation says so).
//
// An epoch has 48 bits in a stamp. Cut off after 2^48 fences, epochs
// appear too old, which costs hits and not correctness.
//
// What a fence by address must find beyond one first-level index, fragments of a
// superpage and code in jump caches, is remembered in two small filters
// (filter.go).
//
// # Lock order
//
// There are no locks. Shared words are table.clock, second-level entries, shard
// counters, Shared.active and the list of PMP classes; all are atomic, and no
// operation on them waits for another hart. A hart's MMU and FirstLevel are
// touched by the owner of the hart alone, but for the published counters.
//
// # Life cycle
//
// NewShared comes before any MMU and needs no end: nothing here is outside Go's
// heap. An MMU is made when its hart is, and allocates its prefetcher and its
// private second level at the first translation that needs them, so that a hart
// that never leaves M-mode stays small. physmem.Memory must outlive both.
package shardedtlb
