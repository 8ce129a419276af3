// Package gcpar collects the managed heap of a guest while the guest runs. It knows
// mutators, which a machine makes of its harts, and guest memory by its address on the
// host; it knows neither harts nor devices.
//
// # Memory
//
// The heap is divided into blocks of 32 KiB. A block has slots of one size, or is part
// of a large object. Objects do not move. What the collector knows lies beside the
// heap: two bits for every 16 bytes, alloc and mark, and a few bytes a block. What
// lies in the heap, headers included, is written by the guest and believed by nobody:
// a hostile header costs the guest its own objects at most.
//
// A mutator owns blocks. A run of free slots in one of them, zeroed, is its Buffer
// (package mutator), from which the guest's instructions allocate without asking
// anybody. Slots in a Buffer count as objects.
//
// # A cycle
//
// Nothing stops all mutators. Each takes the steps of a cycle at a safe point of its
// own, in handshakes that are over when all have:
//
//  1. Rooting. From now on the mutator's barrier logs the value that a store of a
//     reference overwrites, and the value stored.
//  2. Scan. What its registers and its stack refer to is marked. New objects are marked
//     from now on.
//  3. Marking. All are scanned: the barrier logs overwritten values only.
//  4. Flush, as often as it brings something that was not marked.
//  5. End. The barrier is off, new objects are unmarked, Buffers are given back.
//
// Root ranges are scanned by markers after step 1: stores to them are logged.
//
// When step 2 is over for all, every reference that a mutator holds is marked or leads
// to a path of unmarked objects that stands in the heap. From then on, overwriting a
// part of such a path logs it (the snapshot at the beginning: Yuasa, "Real-time Garbage
// Collection on General-purpose Machines", 1990). Until then some mutators have been
// scanned and others have not, and a reference could move from one that has not into
// an object that will not be traced again. That is why the barrier logs new values
// meanwhile, those of stores into new objects too (Doligez and Gonthier, "Portable,
// Unobtrusive Garbage Collection for Multiprocessor Systems", POPL 1994).
//
// Marking has ended when no marker has anything to trace and a round of flushes after
// that has brought nothing: an unmarked object that can still be reached would have a
// path of which some part was overwritten before the round, and the log of that was
// flushed in it.
//
// # Sweeping
//
// Marks say what lives until the next cycle clears them, so sweeping needs no hurry:
// mutators sweep blocks when they want slots, and the collector sweeps the rest. A
// block that has been swept or taken carries the number of the latest cycle. Blocks
// that mutators own while marking ends are theirs until step 5.
//
// # Who works when
//
// Markers work for a quota at a time and then give way. While mutators want all CPUs a
// quarter of the markers work and rest between quotas; adaptation makes quotas longer
// when mutators had to wait for memory, and shorter when there was plenty (adapt.go).
//
// # Bounds
//
// What the collector keeps is bounded by the heap: an object is in a queue at most once
// a cycle, for who marks it puts it there, and logged values are looked up before they
// are kept. Its tables take a 64th of the heap, and what is in queues a quarter at most,
// for as long as the cycle runs. Memory that is shared for tracing is cut up when it is
// taken, and root ranges are looked at without what they have in common. A mutator has one
// piece of memory zeroed in the background at a time. A guest that stores without the
// barrier loses objects, which are zeroed when they are allocated again, and nothing else.
//
// What takes long, as scanning a stack, tracing, sweeping or zeroing, looks now and then
// whether the heap is going away (Abort), and ends then. A step of a mutator is as long as
// its stack otherwise.
package gcpar
