package vcpu

import (
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
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

// threadKey is what a thread is recognised by: the page table, whatever its ASID, and tp.
type threadKey struct {
	table shardedtlb.Regime
	tp    uint64
}

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

// NewThreads returns no threads, of a machine with that RAM.
func NewThreads(ram *physmem.Memory) *Threads {
	return &Threads{mem: ram, byKey: map[threadKey]*thread{}}
}

// userThread is the key of the thread that h runs; false if it runs none of a process.
func (h *Hart) userThread() (k threadKey, ok bool) {
	r := shardedtlb.Regime(h.csrs.satp)
	if h.priv != shardedtlb.U || !r.Translates() {
		return threadKey{}, false
	}
	return threadKey{r.WithoutASID(), h.X(4)}, true
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
	if !mem.Words(t.mem, x.key.table, stackFrom(x.regs[2], x.low, x.high), x.high, func(words []uint64, entry uint64, f shardedtlb.Fault) bool {
		settled = settled && !elsewhere(entry, f)
		return visit(words, mutator.Stack)
	}) {
		return false, false
	}
	if settled {
		x.scanned = round
	}
	return settled, true
}

// elsewhere reports whether a page-table entry that has caused a fault says neither that the page is there nor that there is
// none: V is 0 and software has the other bits (privileged manual, "Virtual Address Translation Process").
func elsewhere(entry uint64, f shardedtlb.Fault) bool {
	return f == shardedtlb.PageFault && entry != 0 && entry&1 == 0
}
