package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// ManagedHeap is what a hart needs of the managed heap (package gcpar; the guest's
// view is docs/MANAGED_HEAP.md). Its methods are called by the owner of the hart and
// must not block.
type ManagedHeap interface {
	// Hart returns what the hart's engines need.
	Hart(h *Hart) interp.Heap
	// Cycles returns the number of cycles that have ended.
	Cycles() uint64
	// ThreadRuns is told that h has begun to run a thread that has not been scanned in
	// the latest round.
	ThreadRuns(h *Hart)
}

// Manage gives a hart that has not run yet a managed heap, which the threads of user
// processes may share.
func (h *Hart) Manage(m ManagedHeap, threads *Threads) {
	h.heap, h.threads = m, threads
	h.Core.Heap = m.Hart(h)
	h.Core.SetMode(h.Core.Mode() | code.Heap)
}

// Error codes of the managed heap's instructions.
const (
	heapDone    = 0
	heapNoStack = 2 // the stack's bounds are not a range of whole doublewords, or one that is too large
	heapFull    = 3 // too many threads have attached
)

// maxStack bounds the bytes of an attached stack, and so the time that a scan of all of
// it takes.
const maxStack = 256 << 20

// managed executes the instructions of the managed heap that no engine does.
func (h *Hart) managed(in isa.Insn) next {
	if h.heap == nil {
		return h.illegal(in.Raw)
	}
	switch in.Op {
	case isa.GC_ATTACH:
		low, high := h.X(int(in.Rs1)), h.X(int(in.Rs2))
		if low%8 != 0 || high%8 != 0 || low >= high || high-low > maxStack {
			h.SetX(int(in.Rd), heapNoStack)
			break
		}
		code := uint64(heapDone)
		if k, ok := h.userThread(); !ok {
			h.low, h.high = low, high
		} else if !h.threads.attach(h, k, low, high) {
			code = heapFull
		}
		h.SetX(int(in.Rd), code)
	case isa.GC_DETACH:
		if _, ok := h.userThread(); ok {
			h.threads.detach(h)
		} else {
			h.low, h.high = 0, 0
		}
		h.SetX(int(in.Rd), heapDone)
	case isa.GC_WAIT:
		h.Stall()
		if n := h.heap.Cycles(); n >= h.X(int(in.Rs1)) {
			h.stalled.Store(false)
			h.SetX(int(in.Rd), n)
			break
		}
		return leave
	}
	return h.retire(in, goOn)
}

// Stall makes the hart wait until Resume or an interrupt, and then execute the
// instruction at PC again; the caller owns h. What it waits for is to be looked at
// afterwards, so that a Resume just before is not lost.
func (h *Hart) Stall() { h.stalled.Store(true) }

// Resume ends the wait of a stalled hart.
func (h *Hart) Resume() {
	if h.stalled.Swap(false) {
		h.Wake()
	}
}

// stillStalled reports whether the hart has to wait for Resume. An interrupt that is
// taken ends the wait: the instruction has changed nothing. One that is only pending,
// which would end WFI's, does not: the instruction would do nothing but wait again.
func (h *Hart) stillStalled() bool {
	if !h.stalled.Load() {
		return false
	}
	m, s := h.takeable(h.pending() & h.csrs.mie)
	if m|s == 0 && (!h.nmiPending() || h.masksAll()) {
		return true
	}
	h.stalled.Store(false)
	return false
}

// ScanRoots calls visit with every word that may be a reference which the hart holds as
// one that has attached: its registers, and its stack from sp to the bound it has
// attached with, all of it if sp lies elsewhere. The caller owns h, whose registers are
// all in its State, and must not keep the words. What of the stack cannot be read has
// none.
func (h *Hart) ScanRoots(visit mutator.Visit) {
	if h.high != 0 {
		h.scan(h.low, h.high, visit)
	}
}

// scan calls visit with h's registers and the words of its stack, a page at a time.
func (h *Hart) scan(low, high uint64, visit mutator.Visit) {
	if !visit(h.S.R[hart.X:hart.F+32], mutator.Registers) {
		return
	}
	h.Core.Words(h.MMU.View(shardedtlb.Load), stackFrom(h.X(2), low, high), high, func(words []uint64, _ uint64, _ shardedtlb.Fault) bool {
		return visit(words, mutator.Stack)
	})
}

// stackFrom is the lowest address in use of a stack from low to high.
func stackFrom(sp, low, high uint64) uint64 {
	if sp &^= 7; sp >= low && sp <= high {
		return sp
	}
	return low
}
