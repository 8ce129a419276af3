package vcpu

import (
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// MaxThreads bounds the threads of user processes that have attached to the managed heap.
const MaxThreads = 4096

// Threads are the threads of user processes that have attached to the managed heap.
// They move from hart to hart, and while none runs them the guest's kernel has their
// registers, somewhere. So the machine keeps a copy: it saves the registers when a
// thread traps, and recognises the thread by its page table and its thread pointer
// when it is returned to.
//
// A collection scans every thread once: one that runs at a safe point of its hart, one
// that does not run from its copy and the page table, and one that begins to run in
// between when it does.
type Threads struct {
	mem   *physmem.Memory
	count atomic.Int32  // of byKey: written under mu, read without it by harts that return from traps
	round atomic.Uint64 // of scanning: advanced by Begin, read by who scans

	mu    sync.RWMutex
	byKey map[threadKey]*thread // protected by mu
}

// threadKey is what a thread is recognised by: the mode and the root of its page
// table, as in satp without ASID, and tp.
type threadKey struct{ table, tp uint64 }

// thread is a thread that has attached.
type thread struct {
	key threadKey

	mu        sync.Mutex
	low, high uint64 // protected by mu: bounds of its stack
	running   int    // protected by mu: harts that run it
	// regs are x0 to x31 and f0 to f31 as of the last trap; protected by mu, meaningful
	// while nobody runs the thread.
	regs    [64]uint64
	scanned uint64 // protected by mu: the round in which it was scanned last
}

// NewThreads returns no threads, of a machine with memory mem.
func NewThreads(mem *physmem.Memory) *Threads {
	return &Threads{mem: mem, byKey: map[threadKey]*thread{}}
}

const (
	satpModeShift = 60
	satpPPN       = 1<<44 - 1
)

// userThread is the key of the thread that h runs; false if it runs none of a process.
func (h *Hart) userThread() (k threadKey, ok bool) {
	satp := h.csrs.satp
	if h.priv != shardedtlb.U || satp>>satpModeShift == 0 {
		return threadKey{}, false
	}
	return threadKey{satp>>satpModeShift<<satpModeShift | satp&satpPPN, h.X(4)}, true
}

// attach makes the thread that h runs one with a stack from low to high; false if there
// are too many. A thread with another thread pointer that the hart has run until now does
// not run any more: its program switches threads by itself.
func (t *Threads) attach(h *Hart, k threadKey, low, high uint64) bool {
	if h.thread != nil && h.thread.key != k {
		h.leaveThread()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.byKey[k]
	if x == nil {
		if len(t.byKey) >= MaxThreads {
			return false
		}
		x = &thread{key: k, scanned: t.round.Load()}
		t.byKey[k] = x
		t.count.Store(int32(len(t.byKey)))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.low, x.high = low, high
	if h.thread != x {
		h.thread = x
		x.running++
	}
	return true
}

// detach undoes attach for the thread that h runs.
func (t *Threads) detach(h *Hart) {
	x := h.thread
	if x == nil {
		return
	}
	h.thread = nil
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byKey[x.key] == x {
		delete(t.byKey, x.key)
		t.count.Store(int32(len(t.byKey)))
	}
}

// Clear forgets all threads.
func (t *Threads) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.byKey)
	t.count.Store(0)
}

// Begin starts a round in which all threads are scanned, and reports whether there are any.
func (t *Threads) Begin() bool {
	t.round.Add(1)
	return t.count.Load() > 0
}

// leaveThread saves the registers of the thread that h has run; its owner calls it
// before the trap's handler changes them.
func (h *Hart) leaveThread() {
	x := h.thread
	h.thread = nil
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running--
	copy(x.regs[:], h.S.R[hart.X:hart.F+32])
}

// enterThread finds the thread that h has returned to, if it has attached.
func (h *Hart) enterThread() {
	k, ok := h.userThread()
	if !ok {
		return
	}
	t := h.threads
	t.mu.RLock()
	x := t.byKey[k]
	t.mu.RUnlock()
	if x == nil {
		return
	}
	x.mu.Lock()
	x.running++
	seen := x.scanned == t.round.Load()
	x.mu.Unlock()
	h.thread = x
	if !seen {
		h.heap.ThreadRuns(h)
	}
}

// ScanThread calls visit with every word that may be a reference which the thread that
// h runs holds, if it has attached. The caller owns h, as with ScanRoots.
func (h *Hart) ScanThread(visit mutator.Visit) {
	x := h.thread
	if x == nil {
		return
	}
	x.mu.Lock()
	x.scanned = h.threads.round.Load()
	low, high := x.low, x.high
	x.mu.Unlock()
	h.scan(low, high, visit)
}

// ScanSaved calls visit with the words of the threads that no hart runs and that have
// not been scanned in this round. False: visit wants no more, or a part of a stack is on
// its way from or to somewhere else, and the threads should be looked at again.
func (t *Threads) ScanSaved(visit mutator.Visit) (all bool) {
	t.mu.RLock()
	waiting := make([]*thread, 0, len(t.byKey))
	for _, x := range t.byKey {
		waiting = append(waiting, x)
	}
	t.mu.RUnlock()
	all = true
	for _, x := range waiting {
		settled, more := t.scanSaved(x, visit)
		if !more {
			return false
		}
		all = all && settled
	}
	return all
}

// scanSaved scans a thread that no hart runs: settled, if there is no need to come back,
// and more as visit says. A hart that returns to the thread meanwhile waits.
func (t *Threads) scanSaved(x *thread, visit mutator.Visit) (settled, more bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	round := t.round.Load()
	if x.running > 0 || x.scanned == round {
		return true, true
	}
	if !visit(x.regs[:], mutator.Registers) {
		return false, false
	}
	settled = true
	var words [physmem.PageSize / 8]uint64
	for from := stackFrom(x.regs[2], x.low, x.high); from < x.high; {
		end := from + pageRest(from, x.high)
		pa, ok, there := t.translate(x.key.table, from)
		n := 0
		if ok {
			n = readWords(t.mem, words[:(end-from)/8], pa)
		}
		if !visit(words[:n], mutator.Stack) {
			return false, false
		}
		settled = settled && there
		from = end
	}
	if settled {
		x.scanned = round
	}
	return settled, true
}

// translate finds the page behind va in a page table, which it only reads: ok, if there
// is one. A page whose entry says neither that it is there nor that it is not (privileged
// manual, "Virtual Address Translation Process": V is 0, software has the other bits) is
// somewhere else; then there is false.
func (t *Threads) translate(table, va uint64) (pa uint64, ok, there bool) {
	const v, rwx, ppnBits, napot = 1, 7 << 1, 1<<44 - 1, 1 << 63
	at := table & satpPPN << 12
	for level := int(table>>satpModeShift) - 6; level >= 0; level-- { // Sv39 is 8, with three levels
		shift := 12 + 9*level
		w, ok := t.mem.Word64(at + va>>shift&0x1ff<<3)
		if !ok {
			return 0, false, true
		}
		pte := w.Load()
		ppn := pte >> 10 & ppnBits
		switch {
		case pte&v == 0:
			return 0, false, pte == 0
		case pte&rwx != 0:
			low := uint64(1)<<shift - 1
			if pte&napot != 0 { // 64 KiB, the only size there is (Svnapot)
				low = 1<<16 - 1
			}
			return ppn<<12&^low | va&low, true, true
		}
		at = ppn << 12
	}
	return 0, false, true
}
