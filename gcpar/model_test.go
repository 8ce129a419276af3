package gcpar

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Types of the model: every object has its own address, scrambled, in word 1.
const (
	typeNode  = 1 // word 1, then three references
	typeArray = 2 // word 1, then length references
	typePairs = 3 // word 1, then length pairs of data and reference
	typeData  = 0
	typeLoose = 4 // scanned conservatively: word 1, then length words
)

func (w *world) types() {
	w.t.Helper()
	for _, t := range []Type{
		{Number: typeNode, Fixed: 32, FixedRefs: 0b1110},
		{Number: typeArray, Fixed: 8, Elem: 8, ElemRefs: 1},
		{Number: typePairs, Fixed: 8, Elem: 16, ElemRefs: 0b10},
		{Number: typeLoose, Fixed: 8, Elem: 8, Conservative: true},
	} {
		if err := w.c.AddType(t); err != nil {
			w.t.Fatal(err)
		}
	}
}

func seal(ref uint64) uint64 { return ref*0x9e3779b97f4a7c15 | 1 }

// fields returns the words of an object that are references.
func (p *person) fields(ref uint64) (first, step, n uint64) {
	header := p.load(ref, 0)
	length := header >> 32
	switch uint32(header) {
	case typeNode:
		return 2, 1, 3
	case typeArray, typeLoose:
		return 2, 1, length
	case typePairs:
		return 3, 2, length
	}
	return 0, 0, 0
}

// check looks whether ref still leads to the object it led to.
func (p *person) check(ref uint64) error {
	if ref == 0 {
		return nil
	}
	if got, want := p.load(ref, 1), seal(ref&^7); got != want {
		return fmt.Errorf("the object at %#x has header %#x and seal %#x, want %#x", ref, p.load(ref, 0), got, want)
	}
	return nil
}

// create allocates an object of a random type and size into a register.
func (p *person) create(most uint64) {
	typ := []uint64{typeNode, typeNode, typeNode, typeArray, typePairs, typeLoose}[p.rng.IntN(6)]
	length := uint64(0)
	if typ != typeNode {
		length = p.rng.Uint64N(20)
		if p.rng.IntN(200) == 0 {
			length = p.rng.Uint64N(most)
		}
	}
	ref := p.alloc(typ, length)
	if ref == 0 {
		clear(p.regs[:]) // memory is exhausted: let go of something
		return
	}
	p.word(ref + 8).Store(seal(ref))
	p.regs[p.rng.IntN(len(p.regs))] = ref
}

// step does something at random.
func (p *person) step(most uint64) error {
	a, b := &p.regs[p.rng.IntN(len(p.regs))], &p.regs[p.rng.IntN(len(p.regs))]
	global := p.rng.IntN(len(p.w.globals))
	switch p.rng.IntN(16) {
	case 0, 1, 2:
		p.create(most)
	case 3:
		*a = 0
	case 4:
		if p.rng.IntN(4) == 0 {
			p.storeGlobal(global, *a&^7)
		}
	case 5:
		*a = p.loadGlobal(global)
		return p.check(*a)
	case 6:
		if p.rng.IntN(20) == 0 {
			p.storeGlobal(global, 0)
		}
	default:
		if *a == 0 {
			return nil
		}
		if err := p.check(*a); err != nil {
			return err
		}
		first, step, n := p.fields(*a)
		if n == 0 {
			return nil
		}
		i := first + step*p.rng.Uint64N(n)
		if p.rng.IntN(2) == 0 {
			v := *b
			if v != 0 && p.rng.IntN(4) == 0 && uint32(p.load(*a, 0)) != typeLoose {
				v |= p.rng.Uint64N(8) // a tag
			}
			p.store(*a, i, v)
			return nil
		}
		*b = p.load(*a, i)
		return p.check(*b)
	}
	return nil
}

// live runs the mutators for a while, and cycles one after the other.
func (w *world) live(d time.Duration, most uint64) {
	w.t.Helper()
	var wg sync.WaitGroup
	quit := make(chan struct{})
	for _, p := range w.people {
		wg.Go(func() {
			p.own.Lock()
			defer p.own.Unlock()
			for i := 0; ; i++ {
				if i%64 == 0 {
					select {
					case <-quit:
						return
					default:
						p.rest()
					}
				}
				if p.rng.IntN(256) == 0 {
					p.change()
				}
				if err := p.step(most); err != nil {
					w.t.Error(err)
					return
				}
			}
		})
	}
	for end := time.Now().Add(d); time.Now().Before(end) || w.c.Cycles() < 2; { // on a busy host both take long
		_, _ = w.c.Collect() // unless one runs
		time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
	}
	close(quit)
	wg.Wait()
	for w.c.Running() {
		time.Sleep(time.Millisecond)
	}
	st := w.c.Stats()
	if st.Violations != 0 {
		w.t.Errorf("%d violations, such as: %s", st.Violations, st.Violation)
	}
	w.t.Logf("%d cycles, %d objects marked, %d MB allocated, %d logged, %d stalls, %d out of memory", st.Cycles,
		st.MarkedObjects, st.Allocated>>20, st.Logged, st.Stalls, st.OutOfMemory)
}

// TestModel runs random mutators against the collector, which verifies each cycle.
func TestModel(t *testing.T) {
	d := 2 * time.Second
	if testing.Short() {
		d = 500 * time.Millisecond
	}
	for name, change := range map[string]func(*Config){
		"default":     func(*Config) {},
		"one worker":  func(c *Config) { c.Workers, c.Shards = 1, 1 },
		"stop":        func(c *Config) { c.Concurrent = false },
		"short steps": func(c *Config) { c.Step, c.MarkQuota, c.SweepQuota = 1, time.Microsecond, time.Microsecond },
		"delays": func(c *Config) {
			c.test = func(string) { time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Workers, cfg.Verify, cfg.exact = 3, true, true
			change(&cfg)
			w := newWorld(t, cfg, 4<<20, 4)
			w.types()
			w.live(d, 20_000)
		})
	}
}
