package gcpar

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

func TestImpossibleConfigs(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"workers":      func(c *Config) { c.Workers = -1 },
		"many workers": func(c *Config) { c.Workers = MaxWorkers + 1 },
		"shards":       func(c *Config) { c.Shards = MaxShards + 1 },
		"mark quota":   func(c *Config) { c.MarkQuota = 0 },
		"sweep quota":  func(c *Config) { c.SweepQuota = -1 },
		"trigger":      func(c *Config) { c.Trigger = 1.1 },
		"target":       func(c *Config) { c.Target = 0.9 },
		"no number":    func(c *Config) { c.Target = math.NaN() },
		"step":         func(c *Config) { c.Step = 0 },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if _, err := New(cfg, nil); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExhaustion fills the heap with what is alive, lets go of it, and fills it again.
func TestExhaustion(t *testing.T) {
	w := newWorld(t, DefaultConfig(), 1<<20, 1)
	w.types()
	p := w.people[0]
	p.own.Lock()
	defer p.own.Unlock()
	for round := range 3 {
		n := 0
		for {
			ref := p.alloc(typeNode, 0)
			if ref == 0 {
				break
			}
			p.store(ref, 2, p.regs[0])
			p.regs[0] = ref
			n++
		}
		// 48 bytes a node, and all but little of the heap.
		if n < (1<<20)*9/10/48 {
			t.Fatalf("round %d: full after %d objects", round, n)
		}
		if ref := p.alloc(typeData, 100_000); ref != 0 {
			t.Errorf("round %d: a large object in a full heap, at %#x", round, ref)
		}
		p.regs[0] = 0
	}
	if ref := p.alloc(typeData, 900_000); ref == 0 {
		t.Error("no large object in an empty heap")
	}
	if ref := p.alloc(typeData, 1<<20); ref != 0 {
		t.Error("an object larger than the heap")
	}
	if st := w.c.Stats(); st.OutOfMemory < 3 {
		t.Errorf("%d allocations failed", st.OutOfMemory)
	}
}

// TestNewObjectsAreZero fills large and small objects, drops them and looks at others in their place.
func TestNewObjectsAreZero(t *testing.T) {
	w := newWorld(t, DefaultConfig(), 2<<20, 1)
	p := w.people[0]
	p.own.Lock()
	defer p.own.Unlock()
	for i := range 2000 {
		bytes := []uint64{8, 100, 5000, 40_000, 400_000, 1_000_000}[i%6]
		ref := p.alloc(typeData, bytes)
		if ref == 0 {
			t.Fatalf("no memory for %d bytes", bytes)
		}
		if got := p.load(ref, 0); got != bytes<<32 {
			t.Fatalf("header %#x of %d bytes of data", got, bytes)
		}
		for word := uint64(1); word <= bytes/8; word++ {
			if v := p.load(ref, word); v != 0 {
				t.Fatalf("word %d of a new object of %d bytes is %#x", word, bytes, v)
			}
			p.word(ref + word*8).Store(^uint64(0))
		}
	}
}

// TestInsidePointers: from a register, a pointer into an object keeps it, and one beside does not.
func TestInsidePointers(t *testing.T) {
	for _, bytes := range []uint64{8, 24, 1000, 10_000, 16_376, 100_000, 300_000} {
		w := newWorld(t, DefaultConfig(), 2<<20, 1)
		p := w.people[0]
		p.own.Lock()
		ref := p.alloc(typeData, bytes)
		h := w.c.heap.Load()
		g := uint32((ref - w.base) / mutator.Granule)
		for _, off := range []uint64{0, 1, 7, 8, bytes/2 + 8, bytes + 7} {
			if got, ok := h.inside(ref + off); !ok || got != g {
				t.Errorf("%d bytes: %d bytes into it lies granule %d, %v, want %d", bytes, off, got, ok, g)
			}
		}
		p.regs[0] = ref + bytes/2
		p.own.Unlock()
		w.collect()
		if _, ok := h.object(ref); !ok {
			t.Errorf("%d bytes: a pointer into it has not kept it", bytes)
		}
		p.regs[0] = ref - 1
		w.collect()
		if _, ok := h.object(ref); ok {
			t.Errorf("%d bytes: a pointer beside it has kept it", bytes)
		}
		if st := w.c.Stats(); st.Used != 0 {
			t.Errorf("%d bytes: %d bytes in use after a cycle without objects", bytes, st.Used)
		}
	}
}

// TestAbandon takes the heap away in the midst of cycles.
func TestAbandon(t *testing.T) {
	cfg := DefaultConfig()
	points := make(chan string, 1000)
	cfg.test = func(p string) {
		select {
		case points <- p:
		default:
		}
		time.Sleep(200 * time.Microsecond)
	}
	w := newWorld(t, cfg, 1<<20, 2)
	w.types()
	for i := range 30 {
		p := w.people[0]
		p.own.Lock()
		for range 100 {
			p.store(p.alloc(typeNode, 0), 2, p.regs[0])
		}
		p.own.Unlock()
		if _, err := w.c.Collect(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 100 * time.Microsecond)
		w.c.Abandon()
		if w.c.Running() || w.c.Exists() {
			t.Fatal("a cycle or a heap after Abandon")
		}
		for _, p := range w.people {
			p.m.Forget()
			if p.s.Marking != mutator.Off || p.s.Size != 0 {
				t.Fatal("a mutator has not forgotten the heap")
			}
		}
		if n := w.c.available.Load(); n != 0 {
			t.Fatalf("%d chunks are left", n)
		}
		if err := w.c.Setup(Space{Host: w.mem, Base: w.base, Size: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		w.types()
	}
	if len(points) == 0 {
		t.Error("no cycle has run")
	}
}

func TestQuotaFollowsMemory(t *testing.T) {
	const set = time.Millisecond
	for _, x := range []struct {
		now          time.Duration
		short, plent bool
		want         time.Duration
	}{
		{set, false, false, set},
		{set, true, false, 2 * set},
		{4 * set, true, false, 4 * set},
		{set, false, true, set / 2},
		{set / 4, false, true, set / 4},
		{set, true, true, 2 * set},
	} {
		if got := fitQuota(x.now, set, x.short, x.plent); got != x.want {
			t.Errorf("%v, short %v, plenty %v: %v, want %v", x.now, x.short, x.plent, got, x.want)
		}
	}
}

// The sweeper's quota is longer and shorter together with the markers', and it is what the sweeper goes by.
func TestSweepQuotaFollowsMemory(t *testing.T) {
	cfg := DefaultConfig()
	w := newWorld(t, cfg, 1<<20, 1)
	h := w.c.heap.Load()
	for _, x := range []struct {
		short bool
		want  time.Duration
	}{{true, 2 * cfg.SweepQuota}, {true, 4 * cfg.SweepQuota}, {true, 4 * cfg.SweepQuota}, {false, 2 * cfg.SweepQuota}} {
		w.c.starving.Store(x.short)
		w.c.adapt(h, 0, 0)
		if got := w.c.sweepQuota(); got != x.want {
			t.Errorf("after a cycle with short %v: %v, want %v", x.short, got, x.want)
		}
	}
	w.c.cfg.MarkQuota, w.c.cfg.SweepQuota = time.Hour, time.Hour
	w.c.markQuota.Store(1)
	before := w.c.counters.turns.Load()
	w.c.clearMarks(h)
	if w.c.counters.turns.Load() == before {
		t.Error("the sweeper has not given way")
	}
}

// TestTriggerFollowsStalls: cycles begin earlier after one in which memory was short,
// not before the target, and later again.
func TestTriggerFollowsStalls(t *testing.T) {
	cfg := DefaultConfig()
	w := newWorld(t, cfg, 1<<20, 1)
	h := w.c.heap.Load()
	// In thousandths, which hides what rounding to bytes costs.
	at := func() float64 { return math.Round(1000*float64(w.c.trigger.Load())/float64(h.Size)) / 1000 }
	if at() != cfg.Trigger {
		t.Errorf("the first cycle begins at %v", at())
	}
	for range 20 {
		w.c.starving.Store(true)
		w.c.adapt(h, 0, 0)
	}
	if at() != cfg.Target {
		t.Errorf("with memory always short, cycles begin at %v", at())
	}
	for range 100 {
		w.c.adapt(h, 0, 0)
	}
	if at() != cfg.Trigger {
		t.Errorf("with memory never short, cycles begin at %v", at())
	}
	h.used.Store(int64(h.Size) * 9 / 10)
	w.c.adapt(h, 0, 0)
	if at() < 0.9 || at() >= 1 {
		t.Errorf("with 90 %% alive, cycles begin at %v", at())
	}
	h.used.Store(0)
}

// TestSurplusMarkersDoNotWait: when the first marker has finished, those that may not
// work leave what barriers log meanwhile to the next round, and end.
func TestSurplusMarkersDoNotWait(t *testing.T) {
	w := newWorld(t, DefaultConfig(), 1<<20, 1)
	c := w.c
	k := &marker{c: c, id: c.allowed(), own: new(queue)}
	c.leading.Store(true)
	done := make(chan struct{})
	c.queues[0].give(&c.available, []uint32{1})
	go func() {
		defer close(done)
		k.run(c.heap.Load())
	}()
	select {
	case <-done:
		t.Fatal("it has not waited for its turn")
	case <-time.After(20 * time.Millisecond):
	}
	c.leading.Store(false)
	<-done
	if len(k.stack) != 0 || c.available.Load() != 1 {
		t.Errorf("it has taken what it may not")
	}
	c.drop()
}
