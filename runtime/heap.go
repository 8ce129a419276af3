package runtime

import (
	"errors"
	goruntime "runtime"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/runtime/device/gc"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// managedHeap is the guest's managed heap: what its collector (gcpar.Host), its control device (gc.Controller) and the
// harts (vcpu.ManagedHeap) need of the machine and of each other.
type managedHeap struct {
	m         *Machine
	collector *gcpar.Collector
	harts     []*heapOfHart
	threads   *vcpu.Threads
	used      atomic.Bool // there has been a heap: set by a hart's SETUP, read when the result is made
	// forgetting says that the memory of a heap that is gone is not the guest's yet: harts may still hold Buffers of it,
	// or it is being zeroed. Set by a hart's RESET, cleared by the last who lets go of the memory; read by harts.
	forgetting atomic.Bool
}

// startHeap makes the collector and lets the harts use it, if the configuration allows a heap.
func (m *Machine) startHeap() (err error) {
	if m.cfg.Heap.Size == 0 {
		return nil
	}
	g := &managedHeap{m: m, threads: vcpu.NewThreads(m.core.Mem)}
	if g.collector, err = gcpar.New(m.cfg.Heap.Config, g); err != nil {
		return err
	}
	m.heap = g
	g.harts = make([]*heapOfHart, len(m.core.Harts))
	for i, h := range m.core.Harts {
		g.harts[i] = &heapOfHart{g.collector.NewMutator(&h.S.Heap, h.ScanRoots, h.ScanThread), h}
		h.Manage(g, g.threads)
	}
	return nil
}

// closeHeap ends collection. No hart may run.
func (m *Machine) closeHeap() error {
	if m.heap == nil {
		return nil
	}
	return m.heap.collector.Close()
}

// abort has what the collector and the harts do for a collection end soon; restart or closeHeap must follow.
func (g *managedHeap) abort() {
	if g != nil {
		g.collector.Abort()
	}
}

// restart forgets the heap. No hart may run.
func (g *managedHeap) restart() {
	g.collector.Abandon()
	for _, h := range g.harts {
		h.mutator.Forget()
	}
	g.forgetting.Store(false)
	g.threads.Clear()
	g.m.core.Mem.Forbid(0, 0)
}

// heapOfHart is a hart's way to the collector (interp.Heap).
type heapOfHart struct {
	mutator *gcpar.Mutator
	hart    *vcpu.Hart
}

// Alloc returns a new object, or has the hart wait for memory. There may be some since the attempt: it is repeated when
// Room is sure to wake the hart.
func (a *heapOfHart) Alloc(typ, length uint64) (ref uint64, ok bool) {
	if ref, ok = a.mutator.Alloc(typ, length); ok {
		return ref, true
	}
	a.hart.Stall()
	if ref, ok = a.mutator.Alloc(typ, length); ok {
		a.hart.Resume()
	}
	return ref, ok
}

func (a *heapOfHart) Flush() { a.mutator.Flush() }

// Hart, Cycles and ThreadRuns make g a vcpu.ManagedHeap.
func (g *managedHeap) Hart(h *vcpu.Hart) interp.Heap { return g.harts[h.ID] }
func (g *managedHeap) Cycles() uint64                { return g.collector.Cycles() }
func (g *managedHeap) ThreadRuns(h *vcpu.Hart)       { g.harts[h.ID].mutator.ThreadRuns() }

// Handshake and the methods below make g a gcpar.Host.
func (g *managedHeap) Handshake(step func(*gcpar.Mutator), done func()) {
	g.m.core.Handshake(g.m.core.Harts, func(h *vcpu.Hart) { step(g.harts[h.ID].mutator) }, done)
}

func (g *managedHeap) BeginThreads() bool { return g.threads.Begin() }

func (g *managedHeap) ScanSaved(visit mutator.Visit) (all bool) {
	return g.threads.ScanSaved(visit)
}

// Stop keeps harts from running until Start.
func (g *managedHeap) Stop()  { g.m.core.Hold() }
func (g *managedHeap) Start() { g.m.core.Release() }

// Spare is the number of CPUs on which no hart runs.
func (g *managedHeap) Spare() int {
	return goruntime.GOMAXPROCS(0) - g.m.core.Running()
}

// Room wakes the harts that wait for memory or for the end of a cycle.
func (g *managedHeap) Room() {
	for _, h := range g.m.core.Harts {
		h.Resume()
	}
}

// collectorWants reports whether the collector waits for a CPU or for harts.
func (m *Machine) collectorWants() bool { return m.heap != nil && m.heap.collector.Wanting() }

// Limit and the methods below make g a gc.Controller.
func (g *managedHeap) Limit() uint64 { return uint64(g.m.cfg.Heap.Size) }

// Phase is what the collector is doing. A heap that is not quite gone counts as a cycle.
func (g *managedHeap) Phase() gc.Phase {
	switch {
	case g.forgetting.Load() || g.collector.Running():
		return gc.Marking
	case g.collector.Exists():
		return gc.Idle
	}
	return gc.Absent
}

// Statistics are named in docs/MANAGED_HEAP.md.
func (g *managedHeap) Statistics() []uint64 {
	s := g.collector.Stats()
	return []uint64{
		s.HeapSize, s.Used, s.Live, s.Allocated, s.MarkedObjects, s.MarkedBytes, s.Stalls, s.OutOfMemory,
		s.Pause.Count, uint64(s.Pause.Sum), uint64(s.Pause.P99), uint64(s.Pause.Max), uint64(s.ToSafePoint.P99), uint64(s.ToSafePoint.Max),
		uint64(s.Trace.Sum), uint64(s.Cycle.Sum),
	}
}

// Setup makes the heap and takes the right to execute from its memory.
func (g *managedHeap) Setup(s gc.Setup) gc.Code {
	host, ram := g.m.core.Mem.Host(s.Base, s.Size)
	switch {
	case g.forgetting.Load():
		return gc.Running
	case s.Base%gcpar.Align != 0 || s.Size%gcpar.Align != 0 || s.Virtual%gcpar.Align != 0 || s.Size == 0 || s.TagMask > gcpar.MaxTag:
		return gc.BadAlignment
	case !ram || s.Virtual+s.Size < s.Virtual:
		return gc.BadRange
	case s.Size > g.Limit():
		return gc.TooLarge
	}
	err := g.collector.Setup(gcpar.Space{Host: host, Base: s.Virtual, Size: s.Size, TagMask: s.TagMask})
	if err == nil {
		g.used.Store(true)
		g.m.core.Mem.Forbid(s.Base, s.Size)
		g.m.core.Handshake(g.m.core.Harts, func(h *vcpu.Hart) {
			h.MMU.FlushFirstLevel()
			h.Core.DropNative()
		}, func() {})
	}
	return codeOf(err)
}

// Reset forgets the heap. Harts forget theirs at their next safe points, and the memory is the guest's when they all have.
func (g *managedHeap) Reset() gc.Code {
	if err := g.collector.Release(); err != nil {
		return codeOf(err)
	}
	g.forgetting.Store(true)
	g.threads.Clear()
	g.m.core.Handshake(g.m.core.Harts, func(h *vcpu.Hart) { g.harts[h.ID].mutator.Forget() }, func() {
		g.collector.WhenQuiet(func() {
			// Nobody writes to the memory any more without a note to code pages.
			g.m.core.Mem.Forbid(0, 0)
			g.forgetting.Store(false)
		})
	})
	return gc.Done
}

// AddType makes a type known.
func (g *managedHeap) AddType(t gc.Type) gc.Code {
	return codeOf(g.collector.AddType(gcpar.Type{
		Number: t.Number, Fixed: t.Fixed, Elem: t.Elem, FixedRefs: t.FixedRefs, ElemRefs: t.ElemRefs, Conservative: t.Flags&1 != 0,
	}))
}

// AddRoots makes a range of RAM part of the roots.
func (g *managedHeap) AddRoots(r gc.Roots) (id uint64, c gc.Code) {
	if r.Start%8 != 0 || r.Len%8 != 0 || r.Len == 0 {
		return 0, gc.BadAlignment
	}
	host, ok := g.m.core.Mem.Host(r.Start, r.Len)
	if !ok {
		return 0, gc.BadRange
	}
	id, err := g.collector.AddRoots(gcpar.Roots{Host: host, Len: r.Len, Conservative: r.Conservative})
	return id, codeOf(err)
}

// RemoveRoots undoes AddRoots.
func (g *managedHeap) RemoveRoots(id uint64) gc.Code { return codeOf(g.collector.RemoveRoots(id)) }

// Collect starts a cycle.
func (g *managedHeap) Collect() (cycle uint64, c gc.Code) {
	cycle, err := g.collector.Collect()
	return cycle, codeOf(err)
}

// codeOf is the guest's word for an error of the collector.
func codeOf(err error) gc.Code {
	for _, x := range []struct {
		err  error
		code gc.Code
	}{
		{gcpar.ErrNoHeap, gc.NoHeap}, {gcpar.ErrHeapExists, gc.HeapExists}, {gcpar.ErrRunning, gc.Running},
		{gcpar.ErrSpace, gc.BadRange}, {gcpar.ErrType, gc.BadType}, {gcpar.ErrRoots, gc.BadRoots},
	} {
		if errors.Is(err, x.err) {
			return x.code
		}
	}
	if err != nil {
		return gc.Failed
	}
	return gc.Done
}
