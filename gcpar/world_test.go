package gcpar

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"golang.org/x/sys/unix"
)

// world is a machine of mutators without harts: each is a goroutine that holds its lock
// while it works, and has its safe points where it lets go of it.
type world struct {
	t       testing.TB
	c       *Collector
	mem     uintptr
	base    uint64
	globals []uint64 // outside of Go's heap
	people  []*person
	stopped atomic.Bool
	room    chan struct{}
	round   atomic.Uint64
	mu      sync.Mutex
	fibers  []*fiber // protected by mu: threads that are with nobody
}

// fiber is a thread: registers that are with one person after the other.
type fiber struct {
	regs    [16]uint64
	scanned uint64
}

// person is a mutator with registers.
type person struct {
	w    *world
	own  sync.Mutex
	s    *mutator.State
	m    *Mutator
	regs [16]uint64
	// scanned is the round in which the thread that is here was scanned.
	scanned uint64
	rng     *rand.Rand
}

func pages(t testing.TB, n int) uintptr {
	mem, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(mem) })
	return uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
}

const testBase = 0x1_2340_0000

// newWorld has a heap of size bytes and n mutators.
func newWorld(t testing.TB, cfg Config, size uint64, n int) *world {
	w := &world{t: t, base: testBase, room: make(chan struct{}, 1)}
	c, err := New(cfg, w)
	if err != nil {
		t.Fatal(err)
	}
	w.c = c
	w.mem = (pages(t, int(size)+Align) + Align - 1) &^ (Align - 1)
	globals := pages(t, 4096)
	w.globals = unsafe.Slice((*uint64)(unsafe.Add(unsafe.Pointer(nil), globals)), 512)
	if err := c.Setup(Space{Host: w.mem, Base: w.base, Size: size, TagMask: 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddRoots(Roots{Host: globals, Len: 4096}); err != nil {
		t.Fatal(err)
	}
	states := pages(t, n*int(unsafe.Sizeof(mutator.State{})))
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range n {
		p := &person{w: w, rng: rand.New(rand.NewPCG(uint64(i), 7))}
		p.s = (*mutator.State)(unsafe.Add(unsafe.Pointer(nil), states+uintptr(i)*unsafe.Sizeof(mutator.State{})))
		p.m = c.NewMutator(p.s, func(mutator.Visit) {}, func(visit mutator.Visit) {
			p.scanned = w.round.Load()
			visit(p.regs[:], mutator.Registers)
		})
		w.fibers = append(w.fibers, new(fiber), new(fiber))
		w.people = append(w.people, p)
	}
	return w
}

func (w *world) Handshake(step func(*Mutator), done func()) {
	go func() {
		for _, p := range w.people {
			if !w.stopped.Load() {
				p.own.Lock()
				step(p.m)
				p.own.Unlock()
			} else {
				step(p.m)
			}
		}
		done()
	}()
}

func (w *world) Stop() {
	for _, p := range w.people {
		p.own.Lock()
	}
	w.stopped.Store(true)
}

func (w *world) Start() {
	w.stopped.Store(false)
	for _, p := range w.people {
		p.own.Unlock()
	}
}

func (w *world) BeginThreads() bool {
	w.round.Add(1)
	return true
}

func (w *world) ScanSaved(visit mutator.Visit) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.fibers {
		if rand.IntN(40) == 0 {
			return false // come again
		}
		if f.scanned != w.round.Load() {
			f.scanned = w.round.Load()
			visit(f.regs[:], mutator.Registers)
		}
	}
	return true
}

// change lets p run another thread.
func (p *person) change() {
	w := p.w
	w.mu.Lock()
	i := p.rng.IntN(len(w.fibers))
	f := w.fibers[i]
	w.fibers[i] = &fiber{p.regs, p.scanned}
	w.mu.Unlock()
	p.regs, p.scanned = f.regs, f.scanned
	if p.scanned != w.round.Load() {
		p.m.ThreadRuns()
	}
}

func (w *world) Spare() int { return 1 }
func (w *world) Room() {
	select {
	case w.room <- struct{}{}:
	default:
	}
}

// rest is a safe point.
func (p *person) rest() {
	p.own.Unlock()
	p.own.Lock()
}

// alloc returns a new object, 0 if memory is exhausted. It has safe points.
func (p *person) alloc(typ, length uint64) uint64 {
	for {
		if ref, ok := p.s.Alloc(typ, length); ok {
			return ref
		}
		if ref, ok := p.m.Alloc(typ, length); ok {
			return ref
		}
		p.own.Unlock()
		select {
		case <-p.w.room:
		case <-time.After(100 * time.Microsecond):
		}
		p.own.Lock()
	}
}

func (p *person) word(addr uint64) *atomic.Uint64 {
	return wordAt(p.w.mem + uintptr(addr-p.w.base))
}

func (p *person) barrier(at *atomic.Uint64, v uint64) {
	if p.s.Marking != mutator.Off {
		for !p.s.Barrier(at.Load(), v) {
			p.m.Flush()
		}
	}
}

// store stores a reference into word i of the object ref, the header being word 0.
func (p *person) store(ref, i, v uint64) {
	at := p.word(ref&^7 + i*8)
	p.barrier(at, v)
	at.Store(v)
}

func (p *person) load(ref, i uint64) uint64 { return p.word(ref&^7 + i*8).Load() }

func (p *person) storeGlobal(i int, v uint64) {
	at := (*atomic.Uint64)(unsafe.Pointer(&p.w.globals[i]))
	p.barrier(at, v)
	at.Store(v)
}

func (p *person) loadGlobal(i int) uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&p.w.globals[i])).Load()
}

// collect runs one cycle to its end.
func (w *world) collect() {
	w.t.Helper()
	n, err := w.c.Collect()
	if err != nil {
		w.t.Fatal(err)
	}
	for w.c.Cycles() < n {
		time.Sleep(20 * time.Microsecond)
	}
}
