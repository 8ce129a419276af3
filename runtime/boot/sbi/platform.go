package sbi

import (
	"iter"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Hart is the calling hart. Its methods are called only during Call, by the
// goroutine that called it.
type Hart interface {
	// ID returns the hart's number.
	ID() int
	// X returns integer register n, and SetX writes it.
	X(n int) uint64
	SetX(n int, v uint64)
	// SetTimer makes v the time of the hart's next supervisor timer interrupt, in
	// units of the time CSR, and withdraws one that is pending if v is ahead.
	SetTimer(v uint64)
	// ClearIPI withdraws a pending supervisor software interrupt and reports
	// whether there was one.
	ClearIPI() bool
	// ReadVirtual copies len(p) bytes from virtual address va as a load of the
	// hart's S-mode would see them; ok is false if any such load faults.
	ReadVirtual(va uint64, p []byte) (ok bool)
	// ReadCSR and WriteCSR access a CSR that exists as M-mode would.
	ReadCSR(n isa.CSR) uint64
	WriteCSR(n isa.CSR, v uint64)
	// Counts reports whether programmable performance counters count the event of that
	// number.
	Counts(event uint64) bool
	// Exceptions returns how often an exception of that cause has been raised.
	Exceptions(cause int) uint64
	// KeepStealTime has the account of the time that the hart could have run and did not
	// kept in the 64 bytes of RAM at pa, which are zero; ForgetStealTime ends that.
	KeepStealTime(pa uint64)
	ForgetStealTime()
}

// FenceKind is what a remote fence makes its targets do.
type FenceKind uint8

// The kinds of remote fence.
const (
	FenceI     FenceKind = iota // fence.i
	SFence                      // sfence.vma for all address spaces
	SFenceASID                  // sfence.vma for one address space
)

// FenceRequest describes a remote fence.
type FenceRequest struct {
	Kind FenceKind
	// Start and Size are the range of virtual addresses, in bytes. Full is set, and
	// both are 0, if it is the whole address space.
	Start, Size uint64
	Full        bool
	ASID        uint64 // of SFenceASID
}

// Suspend describes a request of a hart to be suspended.
type Suspend struct {
	// Retentive keeps the hart's state: it goes on behind the ecall. Otherwise the
	// hart restarts at Resume in S-mode, with a0 its number, a1 Opaque, satp 0 and
	// interrupts disabled.
	Retentive      bool
	Resume, Opaque uint64
}

// Platform is the machine around the harts. Its methods are called concurrently.
// Hart numbers that reach it are below Harts().
type Platform interface {
	// Harts returns the number of harts; their numbers start at 0.
	Harts() int
	// SendIPI makes the supervisor software interrupt of a hart pending.
	SendIPI(hart int)
	// Fence has every hart in targets carry out f, and lets caller go on when all
	// have. caller's Call returns Blocked; Fence itself must not wait. A target may
	// be the caller itself, and stopped harts count as having fenced. There is at
	// least one target; targets may be ranged over only until Fence returns.
	Fence(caller Hart, targets iter.Seq[int], f FenceRequest)
	// StartHart starts a stopped hart at pc in S-mode, with a0 its number, a1
	// opaque, satp 0 and interrupts disabled. It returns AlreadyAvailable if the
	// hart is not stopped, checked in one step with the start.
	StartHart(hart int, pc, opaque uint64) Error
	// StopHart stops the caller. Any other result than Success lets it go on.
	StopHart(caller Hart) Error
	// Status returns a hart's state.
	Status(hart int) State
	// SuspendHart suspends the caller until an interrupt that it has enabled is
	// pending. Any other result than Success lets it go on at once.
	SuspendHart(caller Hart, s Suspend) Error
	// Shutdown ends or restarts the machine; failure says that the guest gave
	// "system failure" as its reason. It must not wait for the caller to stop.
	Shutdown(kind Reset, failure bool)
	// ConsoleWrite writes to the console and returns how many bytes it took,
	// negative after an I/O error. The caller's goroutine may be held up by it.
	ConsoleWrite(p []byte) int
	// ConsoleRead returns how many bytes of input were waiting, negative after an
	// I/O error. It does not wait for any.
	ConsoleRead(p []byte) int
	// ReadGuest and WriteGuest copy from and to the guest's RAM, all of it or
	// nothing. They fail for addresses that are not RAM.
	ReadGuest(pa uint64, p []byte) error
	WriteGuest(pa uint64, p []byte) error
}

// Identity is what the guest may ask about the harts: the values of the machine
// CSRs mvendorid, marchid and mimpid.
type Identity struct{ VendorID, ArchID, ImpID uint64 }
