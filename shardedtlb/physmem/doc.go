// Package physmem is the guest's physical address space: one region of RAM, the
// memory-mapped devices around it, and a map of the RAM pages that hold
// translated code.
//
// It knows no hart, no page table and no instruction. Harts reach RAM by host
// address (Host, and BeginWrite and EndWrite around stores), devices reach it by copying (ReadAt, WriteAt) or by slice
// (Slice followed by NoteWrite); everything else in the address space is found
// through Device.
//
// # Life cycle
//
// New reserves address space and commits nothing: the host kernel gives a page
// when the guest first touches it, so a machine with 64 GiB starts on a small
// host. Map adds devices and must be finished before the first hart runs; from
// then on the list of devices is read without a lock. Close returns the memory
// and may only be called when no hart and no device runs any more.
//
// # Code pages
//
// A store into a page that holds translated code must make the translation
// unreachable. Stores are too frequent to look that up, so a page is in one of
// two modes, kept in one atomic word:
//
//   - writable: harts may hold first-level TLB entries that allow stores, or make a
//     store without one (flagStored remembers that, see MarkStored and BeginWrite);
//   - code: no new store entry is handed out, every store takes the slow path
//     and is reported with NoteWrite.
//
// Both flags are set by read-modify-write operations on the same word, so of a
// hart that fills a store entry and a hart that marks the page as code at the
// same moment at least one sees the other: MarkStored refuses, or MarkCode
// answers that store entries are out, and then the caller has to shoot them
// down before it may trust the page (see vcpu/interp's block cache).
package physmem
