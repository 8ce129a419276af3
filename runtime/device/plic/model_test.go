package plic

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// model is the specification written down as directly as possible: booleans, and
// every output computed from scratch.
type model struct {
	level, pending, claimed [Sources + 1]bool
	priority                [Sources + 1]int
	enable                  [][Sources + 1]bool
	threshold               []int
}

func (m *model) gateway() {
	for s := range m.level {
		if m.level[s] && !m.claimed[s] {
			m.pending[s] = true
		}
	}
}

func (m *model) output(ctx int) bool {
	for s := range m.level {
		if m.pending[s] && m.enable[ctx][s] && m.priority[s] > m.threshold[ctx] {
			return true
		}
	}
	return false
}

func (m *model) claim(ctx int) int {
	best := 0
	for s := range m.level {
		if m.pending[s] && m.enable[ctx][s] && m.priority[s] > m.priority[best] {
			best = s
		}
	}
	if best != 0 {
		m.pending[best], m.claimed[best] = false, true
	}
	return best
}

func TestAgainstModel(t *testing.T) {
	const contexts = 70 // more than one word of a user bitmap
	sources := []int{1, 2, 31, 32, 63, 64, 94, 95}
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := newRig(t, contexts)
		m := &model{enable: make([][Sources + 1]bool, contexts), threshold: make([]int, contexts)}
		for step := range 1500 {
			src, ctx := sources[rng.IntN(len(sources))], rng.IntN(contexts)
			switch rng.IntN(7) {
			case 0, 1:
				up := rng.IntN(2) == 0
				r.line(src)(up)
				m.level[src] = up
			case 2:
				p := rng.IntN(8)
				r.setPriority(src, uint64(p))
				m.priority[src] = p
			case 3:
				th := rng.IntN(8)
				r.threshold(ctx, uint64(th))
				m.threshold[ctx] = th
			case 4:
				off := uint64(enableBase + ctx*enableStride + src/32*4)
				r.store(off, r.load(off)^1<<(src%32))
				m.enable[ctx][src] = !m.enable[ctx][src]
			case 5:
				if got, want := r.claim(ctx), m.claim(ctx); got != want {
					t.Fatalf("seed %d step %d: claim by %d = %d, want %d", seed, step, ctx, got, want)
				}
			case 6:
				r.complete(ctx, src)
				if m.enable[ctx][src] {
					m.claimed[src] = false
				}
			}
			m.gateway()
			for c := range contexts {
				if r.levels[c] != m.output(c) {
					t.Fatalf("seed %d step %d: context %d is %v, want %v", seed, step, c, r.levels[c], m.output(c))
				}
			}
		}
	}
}

// Devices raise work, harts serve it concurrently: no work is lost, no source is
// served twice at once, and everything is quiet at the end.
func TestHammer(t *testing.T) {
	const sources, harts, each = 8, 4, 200
	var levels [harts]atomic.Bool
	d, err := New(Config{Contexts: harts, Output: func(c int, l bool) { levels[c].Store(l) }})
	if err != nil {
		t.Fatal(err)
	}
	type source struct {
		mu      sync.Mutex // the device's lock: held while the line is driven
		work    int
		serving atomic.Bool
	}
	var src [sources + 1]source
	for s := 1; s <= sources; s++ {
		d.Store(uint64(4*s), 4, uint64(1+s%7))
	}
	for h := range uint64(harts) {
		d.Store(enableBase+h*enableStride, 4, 1<<(sources+1)-2)
	}
	var wg sync.WaitGroup
	var served atomic.Int64
	for s := 1; s <= sources; s++ {
		line, _ := d.Line(s)
		wg.Go(func() {
			for range each {
				src[s].mu.Lock()
				src[s].work++
				line(true)
				src[s].mu.Unlock()
			}
		})
	}
	serve := func(h uint64) {
		claim := contextBase + h*contextStride + regClaim
		id, _ := d.Load(claim, 4)
		if id == 0 {
			return
		}
		s := &src[id]
		if s.serving.Swap(true) {
			t.Errorf("source %d served twice at once", id)
		}
		line, _ := d.Line(int(id))
		s.mu.Lock()
		served.Add(int64(s.work))
		s.work = 0
		line(false)
		s.mu.Unlock()
		s.serving.Store(false)
		d.Store(claim, 4, id)
	}
	for h := range uint64(harts) {
		wg.Go(func() {
			for served.Load() < sources*each {
				serve(h)
			}
		})
	}
	wg.Wait()
	for h := range uint64(harts) { // requests that outlived their level
		for levels[h].Load() {
			serve(h)
		}
	}
	if got := served.Load(); got != sources*each {
		t.Errorf("served %d of %d", got, sources*each)
	}
}
