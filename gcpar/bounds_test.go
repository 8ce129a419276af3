package gcpar

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// until waits for what others bring about.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// TestRootsAreBounded: there are so many ranges, and however they overlap, what a cycle has
// to look at takes a place a range, and is twice the memory at most.
func TestRootsAreBounded(t *testing.T) {
	const size = 1 << 30 // never touched
	w := newWorld(t, DefaultConfig(), 1<<20, 1)
	c := w.c
	add := func(until int) {
		for i := len(c.roots); i < until; i++ {
			if _, err := c.AddRoots(Roots{Host: 4096, Len: size, Conservative: i%2 == 0}); err != nil {
				t.Fatalf("range %d: %v", i, err)
			}
		}
	}
	add(9)
	if c.scanRanges(); len(c.pieces.list) > 3 {
		t.Fatalf("%d pieces of memory for 9 ranges", len(c.pieces.list))
	}
	c.drop()
	add(maxRoots)
	if _, err := c.AddRoots(Roots{Host: 4096, Len: 8}); !errors.Is(err, ErrRoots) {
		t.Errorf("one more: %v", err)
	}
	c.scanRanges()
	if n := len(c.pieces.list); n > 3 { // the globals too
		t.Fatalf("%d pieces of memory to be traced", n)
	}
	p, ok := c.takePiece()
	if !ok || p.n*p.elem > pieceWords {
		t.Errorf("%d words at once", p.n)
	}
	words := p.n
	for _, p := range c.pieces.list {
		words += p.n
	}
	if words != 2*size/8+512 {
		t.Errorf("%d words to be traced, of %d", words, uint64(size/8))
	}
	c.drop()
	if n := c.available.Load(); n != 0 {
		t.Errorf("%d pieces are left", n)
	}
}

// TestRootsThatOverlap compares what is looked at with the ranges, word by word.
func TestRootsThatOverlap(t *testing.T) {
	const words, start = 3 * pieceWords, 1 << 20
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		w := &Collector{roots: map[uint64]Roots{}}
		var want, got [2][words]uint8
		for i := range rng.Uint64N(12) {
			from := rng.Uint64N(words)
			n := 1 + rng.Uint64N(min(words-from, []uint64{4, 40, words}[rng.IntN(3)]))
			kind := rng.IntN(2)
			w.roots[i] = Roots{Host: uintptr(start + 8*from), Len: 8 * n, Conservative: kind == 1}
			for k := from; k < from+n; k++ {
				want[kind][k] = 1
			}
		}
		w.scanRanges()
		for p, ok := w.takePiece(); ok; p, ok = w.takePiece() {
			kind := 0
			if p.inside {
				kind = 1
			}
			for k := range p.n {
				got[kind][(uint64(p.addr)-start)/8+k]++
			}
		}
		if got != want || w.available.Load() != 0 {
			t.Fatalf("%v: other words are looked at, or some of them again", w.roots)
		}
	}
}

// TestScratchIsBounded: what finds half a million objects in one stack, and what traces
// them, keeps no memory for so many until the next time.
func TestScratchIsBounded(t *testing.T) {
	const objects = 1 << 19
	w := newWorld(t, DefaultConfig(), 16<<20, 1)
	p := w.people[0]
	p.own.Lock()
	stack := make([]uint64, objects)
	for i := range stack {
		if stack[i] = p.alloc(typeData, 8); stack[i] == 0 {
			t.Fatal("no memory")
		}
	}
	p.own.Unlock()
	p.m.roots = func(visit mutator.Visit) {
		for range 2 { // the second time there is nothing to be kept
			for page := stack; len(page) > 0 && visit(page[:512], mutator.Stack); page = page[512:] {
			}
		}
	}
	w.collect()
	if st := w.c.Stats(); st.MarkedObjects != objects {
		t.Fatalf("%d objects are traced, of %d", st.MarkedObjects, objects)
	}
	if n := cap(p.m.grey); n > 8*chunkLen {
		t.Errorf("the mutator has kept room for %d objects", n)
	}
	for _, k := range w.c.markers {
		if n := cap(k.stack); n > keptStack {
			t.Errorf("a marker has kept room for %d objects", n)
		}
	}
}

// slowZero is a world in which whoever zeroes memory in the background waits before its third
// piece, for go on; reached says that it has come there.
func slowZero(t *testing.T, size uint64) (w *world, reached, goOn chan struct{}) {
	reached, goOn = make(chan struct{}), make(chan struct{})
	cfg := DefaultConfig()
	var points atomic.Int32
	cfg.test = func(p string) {
		if p == "zero" && points.Add(1) == 3 {
			close(reached)
			<-goOn
		}
	}
	w = newWorld(t, cfg, size, 1)
	return w, reached, goOn
}

// TestZeroingEndsWithTheHeap: once the heap is gone its memory is the guest's, and what it
// writes there stays.
func TestZeroingEndsWithTheHeap(t *testing.T) {
	const size = 64 << 20
	for name, leave := range map[string]func(w *world, goOn chan struct{}){
		"Release": func(w *world, goOn chan struct{}) {
			if err := w.c.Release(); err != nil {
				t.Fatal(err)
			}
			w.people[0].m.Forget()
			var quiet atomic.Bool
			w.c.WhenQuiet(func() { quiet.Store(true) })
			if quiet.Load() {
				t.Error("quiet while memory is being zeroed")
			}
			if err := w.c.Setup(Space{Host: w.mem, Base: w.base, Size: size}); !errors.Is(err, ErrRunning) {
				t.Errorf("a new heap while memory of the old one is being zeroed: %v", err)
			}
			close(goOn)
			until(t, "zeroing ends", quiet.Load)
			again := false
			if w.c.WhenQuiet(func() { again = true }); !again {
				t.Error("not quiet any more")
			}
		},
		"Abandon": func(w *world, goOn chan struct{}) {
			var gone atomic.Bool
			time.AfterFunc(20*time.Millisecond, func() {
				if gone.Load() {
					t.Error("Abandon has not waited")
				}
				close(goOn)
			})
			w.c.Abandon()
			gone.Store(true)
			w.people[0].m.Forget()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, reached, goOn := slowZero(t, size)
			p := w.people[0]
			p.own.Lock()
			defer p.own.Unlock()
			if _, ok := p.m.Alloc(typeData, 48<<20); ok {
				t.Fatal("zeroed at once")
			}
			<-reached
			leave(w, goOn)
			mem := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), w.mem)), size)
			for i := 0; i < size; i += 4096 {
				mem[i] = 0x55
			}
			time.Sleep(20 * time.Millisecond) // what is wrong shows then
			for i := 0; i < size; i += 4096 {
				if mem[i] != 0x55 {
					t.Fatalf("byte %#x has been zeroed", i)
				}
			}
			if err := w.c.Setup(Space{Host: w.mem, Base: w.base, Size: size}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestZeroingInPieces: no call of clear is longer than zeroPiece, for Go's own collector
// cannot stop the goroutine meanwhile.
func TestZeroingInPieces(t *testing.T) {
	const size = 16 << 20
	cfg := DefaultConfig()
	var mem []byte
	zeroed, points := 0, 0
	cfg.test = func(p string) {
		if p != "zero" {
			return
		}
		points++
		first := zeroed
		for zeroed < size && mem[zeroed] == 0 {
			zeroed += 4096
		}
		if zeroed-first > zeroPiece {
			t.Errorf("%d bytes at once", zeroed-first)
		}
	}
	w := newWorld(t, cfg, 2*size, 1)
	mem = unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), w.mem)), 2*size)
	for i := range mem {
		mem[i] = 0xff
	}
	p := w.people[0]
	p.own.Lock()
	defer p.own.Unlock()
	if ref := p.alloc(typeData, size-8); ref != w.base {
		t.Fatalf("the object is at %#x", ref)
	}
	if points != size/zeroPiece {
		t.Errorf("%d pieces", points)
	}
	if mem[size-1] != 0 || mem[size] != 0xff {
		t.Error("too little is zeroed, or too much")
	}
}

// TestOneZeroingAtATime: a mutator that changes its mind has no second piece of memory
// zeroed until nobody works at the first.
func TestOneZeroingAtATime(t *testing.T) {
	w, reached, goOn := slowZero(t, 256<<20)
	p := w.people[0]
	p.own.Lock()
	defer p.own.Unlock()
	for i := range uint64(10) {
		if _, ok := p.m.Alloc(typeData, (16+i)<<20); ok {
			t.Fatal("zeroed at once")
		}
		if i == 0 {
			<-reached
		}
		if used := w.c.Stats().Used; used > 17<<20 {
			t.Fatalf("%d bytes in use for one object", used)
		}
		if n := w.c.zeroing; n != 1 {
			t.Fatalf("%d tasks for one object", n)
		}
	}
	close(goOn)
	if ref := p.alloc(typeData, 30<<20); ref == 0 {
		t.Error("no memory in the end")
	}
}

// TestAbortEndsScans: stacks without end, of a mutator and of a thread, do not hold up who
// wants the heap to go.
func TestAbortEndsScans(t *testing.T) {
	endless := func(visit mutator.Visit) {
		for words := make([]uint64, 512); visit(words, mutator.Stack); {
		}
	}
	for name, change := range map[string]func(w *world){
		"hart":         func(w *world) { w.people[0].m.roots = endless },
		"thread":       func(w *world) { w.people[0].m.thread = endless },
		"saved thread": func(w *world) { w.c.host = endlessThread{w, endless} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, DefaultConfig(), 1<<20, 2)
			change(w)
			if _, err := w.c.Collect(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
			if !w.c.Running() {
				t.Error("the cycle is over")
			}
			w.c.Abort()
			until(t, "the cycle ends", func() bool { return !w.c.Running() })
			if _, err := w.c.Collect(); !errors.Is(err, ErrRunning) {
				t.Errorf("a cycle after Abort: %v", err)
			}
		})
	}
}

// endlessThread is a world with a thread that is with nobody.
type endlessThread struct {
	*world
	scan func(mutator.Visit)
}

func (w endlessThread) ScanSaved(visit mutator.Visit) bool {
	w.scan(visit)
	return false
}
