// Package mem is a hart's port to guest memory: the one way by which its engines, its firmware and who debugs it come to
// bytes.
//
// It knows views and translation (package shardedtlb), RAM and devices (package physmem), and of the hart its first level
// and its reservation. It must not know instructions, exceptions or blocks: a fault is a value, which the caller makes an
// exception of the kind that its instruction raises.
//
// # What goes through it
//
//	Access           where bytes of one page are, for who accesses them by himself
//	Load, Store      plain accesses, also across two pages and to devices
//	Update,          a piece of RAM for an atomic operation, and the same without doing anything
//	CheckUpdate
//	LoadAtomic       a load of such a piece
//	LoadReserved,    LR and SC
//	StoreConditional
//	Fetch, Encoding  instructions
//	Read, Write      copies of any length, in a view that the caller names, with all effects of loads and stores
//	Peek, Words      copies that leave no trace: no A or D bit, no entry in any level, no count
//
// What every write has to do besides is inside: a store to a page that holds translated code holds the page, so that no
// block of the old bytes is found once the new ones can be seen, and tells of the write (package physmem, "Code pages").
//
// Native code and the interpreter's hot loop probe the first level by themselves and come here when it does not answer. Who
// has physical addresses, devices and loaders, needs no port: package physmem copies, and is told of writes.
//
// # Reservations
//
// A reservation is a host address and the value that LR loaded (hart.State.ResHost, ResVal). StoreConditional compares and
// swaps, and always ends it. Which instructions may stand between the two is for the engine to know, which ends the
// reservation at all others.
//
// # Life cycle and locks
//
// A Port lives as long as its hart and belongs to who owns it. It has no lock. While an Update writes, the lock of a code
// page may be held: nothing else may be waited for there.
package mem
