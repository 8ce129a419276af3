package hart

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// Register file slots. Blocks name registers by slot, so that a write to x0
// goes to a slot that nobody reads and needs no test.
const (
	// X is the slot of integer register x0.
	X = 0
	// F is the slot of floating-point register f0.
	F = 32
	// Sink takes what is written to x0.
	Sink = 64
	// Slots is the size of the register file: every value of a uint8 is an index,
	// which lets the compiler leave out bounds checks.
	Slots = 256
)

// State is the off-heap state of one hart.
type State struct {
	// R is the register file: x0..x31, f0..f31, the sink, unused slots.
	R [Slots]uint64

	// Calls is the stack of native code: two words for each call that has not returned,
	// the host's return address and the guest's. It grows down from its end, where an
	// entry lies that no return finds. It is a multiple of its size from the State's
	// start, so that a stack pointer tells by itself when it is full; the two words in front
	// of it, the last ones of R, are for what a call of a routine pushes then.
	Calls [CallWords]uint64
	// CallTop is the stack pointer while Go runs, 0 if what is on the stack counts no
	// more. It counts for one fetch view, CallView.
	CallTop  uintptr
	CallView uint64
	// GoStack is Go's stack pointer while native code runs.
	GoStack uintptr

	// PC is the virtual address of the next instruction; exact whenever no engine runs.
	PC uint64
	// Count is the number of instructions retired since reset, exact whenever no
	// engine runs. minstret and mcycle are offsets from it.
	Count uint64
	// Limit is the poll word. Written by the owner (Arm) and by anyone (Kick), read by the owner's
	// engines at each block.
	Limit atomic.Uint64

	// MStatus is the mstatus CSR; here because floating-point instructions test
	// and dirty its FS field.
	MStatus uint64
	// Priv is the privilege mode, and SScratch, SEPC, SCause and STVal are CSRs: here because native code
	// executes accesses to them.
	Priv                          uint64
	SScratch, SEPC, SCause, STVal uint64
	// Masked is not 0 if an interrupt may be pending that mie enables, so that who sets mstatus.SIE
	// has to look. Written by the owner before native code runs; what becomes pending meanwhile kicks.
	Masked uint64
	// FFlags and FRM are the fields of fcsr.
	FFlags uint32
	FRM    uint32

	// ZeroTraps is not 0 if CBO.ZERO is illegal in the current mode. Written by the
	// owner when the mode or what enables the instruction changes.
	ZeroTraps uint32

	// Reservation of the LR that has been executed last in the running block.
	ResHost uintptr // host address
	ResVal  uint64  // value loaded

	// fence is the target of the locked instruction that orders guest memory: written by the owner,
	// read by nobody for its value.
	fence atomic.Uint64

	// Page is the virtual address of the page that native code executes in.
	Page uint64
	// ExitCode is the address behind the instruction by which native execution has left its code.
	ExitCode uintptr
	// Leave is the address of the routine through which native code returns to Go, and LeaveFrom that
	// of the one that enters ExitCode first.
	Leave, LeaveFrom uintptr
	// Warm is the address of the routine through which native code loads the
	// floating-point registers.
	Warm uintptr
	// Stored is the value of a reference that is being stored, while native code logs it.
	Stored uint64
	// RefID takes the place of TLB.DataID where native code stores references: the same,
	// or while the collector marks noID, so that they all miss.
	RefID uint64
	// Float is the floating-point state while native code runs.
	Float Float

	// Addend and Pages are scratch space of native code: pages that one block uses, and
	// what has to be added to their addresses.
	Addend [Addends]uint64
	Pages  [Addends]uint64

	// Lanes, LaneBase and LaneCount are scratch space of native code that executes many rounds of a loop at once: what is the
	// same in each, where a third array ends, and Count.
	Lanes     [Lanes]uint64
	LaneBase  uint64
	LaneCount uint64

	// Memos is scratch space of native code made of several blocks.
	Memos [Memos]Memo

	// SM4Box is the S-box of SM4, for native code. Written before there is any.
	SM4Box [256]byte

	// TLB is the first level of address translation.
	TLB shardedtlb.FirstLevel

	// Heap is the hart's part of the managed heap.
	Heap mutator.State

	// Codes leads from physical addresses to native code; the same for all harts of a machine that are in one mode.
	Codes codemap.View
	// Sought is scratch space of who looks there.
	Sought uint64

	// Jump leads from virtual addresses to native code. An entry is valid for one
	// fetch view; entries of code that has been retired are cleared before its memory
	// is reused.
	Jump [JumpEntries]JumpEntry
}

// CallWords is the number of words in State.Calls.
const CallWords = 256

// EnterCalls readies the stack for native code: whatever is on it was put there in
// another view, or leads to code that may be gone, unless CallTop and CallView say
// otherwise.
func (s *State) EnterCalls() {
	if s.CallTop == 0 || s.CallView != s.TLB.FetchID {
		s.Calls[CallWords-1] = 1 // odd, as no guest's return address is
		s.CallTop, s.CallView = s.callBase(), s.TLB.FetchID
	}
}

// DropCalls has the next EnterCalls empty the stack.
func (s *State) DropCalls() { s.CallTop = 0 }

// Returns appends to list where the calls on the stack of native code return to in the guest, the latest first, as many as
// list has room for. Calls that the guest has left in another way than by native code's returns are among them. The State's
// owner calls it.
func (s *State) Returns(list []uint64) []uint64 {
	if s.CallTop == 0 || s.CallView != s.TLB.FetchID {
		return list
	}
	for at := CallWords - int(s.callBase()-s.CallTop)/8 - 1; at > 0 && at < CallWords-1 && len(list) < cap(list); at += 2 {
		list = append(list, s.Calls[at])
	}
	return list
}

// Addends is the number of words in State.Addend and State.Pages.
const Addends = 16

// Lanes is the number of words in State.Lanes: three times 32 bytes.
const Lanes = 12

// Memos is the number of pages that native code of several blocks remembers.
const Memos = 32

// Memo is a page that an access has lain in, and what has to be added to its addresses. Span is how
// far from the page's beginning the access may begin, exclusive; 0: there is no page.
type Memo struct {
	Page, Span, Addend uint64
	_                  uint64
}

// JumpEntries is the size of the table of native code by virtual address.
const JumpEntries = 4096

// JumpEntry says that the code at the virtual address PC, seen through the fetch
// view View, starts at the host address Entry. 32 bytes.
type JumpEntry struct {
	PC, View uint64
	Entry    uintptr
	_        uint64
}

// noID is no part of any tag: ids begin at 1, in the low bits.
const noID = ^uint64(physmem.PageSize - 1)

// EnterHeap readies RefID. Marking changes only while no native code runs; so does DataID, but for SUM, which
// RefID follows.
func (s *State) EnterHeap() {
	s.RefID = s.TLB.DataID
	if s.Heap.Marking != mutator.Off {
		s.RefID = noID
	}
}

// JumpSlot returns the entry that pc belongs in.
func (s *State) JumpSlot(pc uint64) *JumpEntry { return &s.Jump[(pc>>1^pc>>13)%JumpEntries] }

// Arm sets the poll word so that engines return after budget more instructions.
// Whoever arms must look at requests afterwards: a Kick that came before is
// overwritten.
func (s *State) Arm(budget uint64) { s.Limit.Store(s.Count + budget) }

// Kick makes the engine return at its next poll. Safe from any goroutine.
func (s *State) Kick() { s.Limit.Store(0) }

// Barrier orders all earlier guest memory accesses of this hart before all later
// ones (FENCE with W before R; Go's atomic read-modify-write operations are
// sequentially consistent, on amd64 a locked instruction).
func (s *State) Barrier() { s.fence.Add(1) }

// Fields of MStatus.
const (
	// StatusSIE enables interrupts in S-mode.
	StatusSIE = 1 << 1
	// StatusTrap are the fields that a trap into S-mode and SRET change beside it: SPIE and SPP.
	StatusTrap = 1<<5 | 1<<8
	// StatusSUM and StatusMXR change how memory is seen.
	StatusSUM = 1 << 18
	StatusMXR = 1 << 19
	// StatusSD and StatusUXL64 are read of sstatus: that FS is FSDirty, and that U-mode has 64 bits.
	StatusSD    = 1 << 63
	StatusUXL64 = 2 << 32
	// SStatus are the fields that sstatus shows of it and writes.
	SStatus = StatusSIE | StatusTrap | StatusSUM | StatusMXR | FSMask
	// FSMask selects mstatus.FS; 0 is Off.
	FSMask = 3 << 13
	// FSDirty is FS = Dirty.
	FSDirty = 3 << 13
)
