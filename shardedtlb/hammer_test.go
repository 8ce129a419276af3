package shardedtlb

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// Many goroutines look up, insert and fence on two sets. Every value carries the
// key it was made for and a version that only grows, so that a torn entry shows,
// and so does one older than the reader's own last fence.
func TestHammerTable(t *testing.T) {
	const keys, goroutines, rounds = 12, 8, 15000
	tab := newTable(1, 2)
	var truth [keys]atomic.Uint64 // the "page table": written by anyone, read by walks
	value := func(k, version uint64) uint64 { return version<<16 | k<<8 | (version*31+k)&0xff }
	var hits atomic.Uint64
	var wg sync.WaitGroup
	for id := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(id), 3))
			var oldest [keys]uint64 // versions at the last own fence
			least := uint64(0)
			for range rounds {
				k := r.Uint64N(keys)
				satp, key := Regime(k*0x1_0001), makeKey(k<<12, size4K, 0, 1)
				switch n := r.IntN(16); {
				case n == 0:
					truth[k].Add(1)
				case n == 1:
					for i := range truth {
						oldest[i] = truth[i].Load()
					}
					least = tab.clock.Add(1)
				case n < 6:
					reading := tab.clock.Load()
					tab.insert(satp, key, value(k, truth[k].Load()), reading)
				default:
					_, s := tab.locate(satp, key)
					v, reading, ok := s.find(satp, key)
					if !ok {
						continue
					}
					hits.Add(1)
					version := v >> 16
					if v != value(k, version) {
						t.Errorf("torn: value %#x for key %d", v, k)
						return
					}
					if reading >= least && version < oldest[k] {
						t.Errorf("stale: key %d version %d, fenced at %d", k, version, oldest[k])
						return
					}
				}
			}
		}()
	}
	wg.Wait()
	if hits.Load() == 0 {
		t.Error("no look-up ever hit")
	}
}

// Whole MMUs as goroutines: page numbers in PTEs only grow, so that an access
// that answers with less than the hart saw before its own fence is stale.
func TestHammerMMUs(t *testing.T) {
	const harts, pages, rounds, span = 6, 12, 8000, 4096
	g := newGuest(t, 1<<28)
	s := g.shared(func(c *Config) { c.Shards, c.SetsPerShard, c.Prefetch = 1, 4, true })
	pt := g.pageTable(3)
	var slots [pages]uint64
	first := uint64(ramBase>>12) + 4096
	for i := range slots {
		slots[i] = pt.set(uint64(i)<<12, (first+uint64(i)*span)<<12, 0, pteV|pteR|pteW|pteA)
	}
	var wg sync.WaitGroup
	for id := range harts {
		h := g.hart(s)
		h.SetEnv(true, false)
		h.kernel(pt.satp(1))
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(id), 4))
			var oldest [pages]uint64
			for range rounds {
				i := r.Uint64N(pages)
				w, _ := g.mem.Word64(slots[i])
				switch n := r.IntN(32); {
				case n == 0:
					old := w.Load()
					if page := old & ptePPNMask >> ptePPNShift; page+1 < first+(i+1)*span {
						w.CompareAndSwap(old, (page+1)<<ptePPNShift|pteV|pteR|pteW|r.Uint64N(2)*pteA)
					}
				case n == 1:
					for k := range slots {
						oldest[k] = g.peek(slots[k]) & ptePPNMask >> ptePPNShift
					}
					h.FenceAll()
				case n < 4:
					oldest[i] = w.Load() & ptePPNMask >> ptePPNShift
					h.FenceVA(i << 12)
				default:
					pa, f, _ := h.access(i<<12|8, Load+Access(n&1))
					page := pa >> 12
					if f != NoFault || pa&0xfff != 8 || page < oldest[i] || page < first+i*span || page >= first+(i+1)*span {
						t.Errorf("hart %d page %d: pa %#x fault %d, fenced at page number %#x", id, i, pa, f, oldest[i])
						return
					}
				}
			}
			h.PublishStats()
		}()
	}
	// The monitor reads while harts run.
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			s.Shards()
			s.SetActive(3)
		}
	}
	if inserts(s) == 0 {
		t.Error("nothing was inserted")
	}
}

// A writer that loses the entry gives up and leaves it as it was.
func TestInsertGivesUpOnBusyEntry(t *testing.T) {
	tab := newTable(1, 2)
	key := makeKey(0x1000, size4K, 0, 1)
	_, s := tab.locate(1, key)
	for i := range s {
		s[i].stamp.Store(stampBusy)
	}
	tab.insert(1, key, 42, 5)
	if tab.shards[0].counters.lost.Load() != 1 {
		t.Error("the loss was not counted")
	}
	for i := range s {
		if s[i].stamp.Load() != stampBusy || s[i].key.Load() != 0 {
			t.Error("a busy entry was written")
		}
	}
	if _, _, ok := s.find(1, key); ok {
		t.Error("a busy entry was hit")
	}
}

// Replacement: same key first, empty next, then the entry walked longer ago; a
// late insert never replaces a later walk of the same page.
func TestInsertReplacement(t *testing.T) {
	tab := newTable(1, 2)
	key := makeKey(0x1000, size4K, 0, 1)
	_, s := tab.locate(1, key)
	get := func() (uint64, uint64) {
		pte, reading, _ := s.find(1, key)
		return pte, reading
	}
	tab.insert(1, key, 10, 5)
	tab.insert(1, key, 11, 4)
	if pte, reading := get(); pte != 10 || reading != 5 {
		t.Errorf("a late insert won: %d from %d", pte, reading)
	}
	tab.insert(1, key, 12, 5)
	tab.insert(1, key, 12, 6)
	if pte, reading := get(); pte != 12 || reading != 6 {
		t.Errorf("no update: %d from %d", pte, reading)
	}
	if s[1].stamp.Load() != stampEmpty {
		t.Error("the same key took a second entry")
	}
}

// A reader that took the stamp before a rewrite must find another stamp after
// it, though no fence moved the clock.
func TestInsertChangesStamp(t *testing.T) {
	tab := newTable(1, 2)
	key := makeKey(0x1000, size4K, 0, 1)
	_, s := tab.locate(1, key)
	seen := map[uint64]bool{}
	for i := range uint64(1000) {
		tab.insert(1, key, i+1, 5)
		st := s[0].stamp.Load()
		if st>>versionBits != 5 || seen[st] {
			t.Fatalf("insert %d: stamp %#x", i, st)
		}
		seen[st] = true
	}
	for range 3 * versionMask { // and never becomes empty, busy or another reading
		tab.insert(1, key, tab.clock.Load(), 5)
		tab.clock.Add(1)
		if st := s[0].stamp.Load(); st>>versionBits != 5 {
			t.Fatalf("stamp %#x", st)
		}
	}
}

func TestClockOverflowIsSafe(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	old, now := g.page(), g.page()
	at := pt.set(0x1000, old, 0, rwx)
	h.kernel(pt.satp(0))
	h.want(t, 0x1000, Load, old, NoFault)
	h.tab.clock.Store(1<<48 - 2)
	for range 4 {
		h.FenceAll()
		h.want(t, 0x1000, Load, old, NoFault)
		g.poke(at, now>>2|rwx)
		h.FenceAll()
		h.want(t, 0x1000, Load, now, NoFault)
		old, now = now, old
	}
}
