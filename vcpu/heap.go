package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// ManagedHeap is what a hart needs of the managed heap (package gcpar; the guest's
// view is docs/MANAGED_HEAP.md). Its methods are called by the owner of the hart and
// must not block.
type ManagedHeap interface {
	// Hart returns what the hart's engines need.
	Hart(h *Hart) interp.Heap
	// Cycles returns the number of cycles that have ended.
	Cycles() uint64
}

// Manage gives a hart that has not run yet a managed heap.
func (h *Hart) Manage(m ManagedHeap) {
	h.heap = m
	h.Core.Heap = m.Hart(h)
}

// Error codes of the managed heap's instructions.
const (
	heapDone    = 0
	heapNoStack = 2 // the stack's bounds are not a range of whole doublewords, or one that is too large
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
		h.low, h.high = low, high
		h.SetX(int(in.Rd), heapDone)
	case isa.GC_DETACH:
		h.low, h.high = 0, 0
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
	if m, s := h.takeable(h.pending() & h.csrs.mie); m|s == 0 {
		return true
	}
	h.stalled.Store(false)
	return false
}

// ScanRoots calls visit with every word that may be a reference which the hart
// holds: its registers, and its stack from sp to the bound it has attached with, all
// of it if sp lies elsewhere. The caller owns h, whose registers are all in its
// State, and must not keep the words. What of the stack cannot be read has none.
func (h *Hart) ScanRoots(visit func(words []uint64)) {
	if h.high == 0 {
		return
	}
	visit(h.S.R[hart.X : hart.F+32])
	var words [physmem.PageSize / 8]uint64
	from := h.low
	if sp := h.X(2) &^ 7; sp >= h.low && sp <= h.high {
		from = sp
	}
	for from < h.high {
		end := from + min(physmem.PageSize-from%physmem.PageSize, h.high-from) // the last page's end is 2^64
		if n := h.readWords(words[:(end-from)/8], from); n > 0 {
			visit(words[:n])
		}
		from = end
	}
}

// readWords copies the words at va, which lie in one page, and returns how many; 0 if
// they are not in readable RAM. Other harts may write them meanwhile.
func (h *Hart) readWords(words []uint64, va uint64) int {
	pa, f := h.MMU.Translate(va, 8, shardedtlb.Load)
	if f != shardedtlb.NoFault {
		return 0
	}
	if _, ok := h.mem.Host(pa, uint64(len(words))*8); !ok {
		return 0
	}
	for i := range words {
		w, _ := h.mem.Word64(pa + uint64(i)*8)
		words[i] = w.Load()
	}
	return len(words)
}
