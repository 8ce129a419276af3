// Package clint is the core-local interruptor in SiFive's layout, which an ACLINT
// keeps: a software-interrupt bit and a timer compare value a hart, and one time.
//
//	0x0000  msip      4 bytes a hart, bit 0
//	0x4000  mtimecmp  8 bytes a hart
//	0xbff8  mtime     8 bytes
//
// The package knows no hart: the machine gives the effects as Harts, and keeps the
// compare values and the time there, where a hart's own timer CSRs live too.
//
// # Locks
//
// Writes for one hart must reach it in the order in which they changed the
// register, and a 4-byte write of an 8-byte register is a read and a write; a
// stripe of mutexes by hart number makes both so, and another mutex does it for
// mtime. Methods of Harts are called with one of them held and must not block and
// not come back here. Reads take no lock. There is no goroutine.
package clint
