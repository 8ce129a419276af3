package shardedtlb

import (
	"math/rand/v2"
	"testing"
)

// stream maps n consecutive pages from va on and returns their PTEs' addresses.
func stream(g *guest, pt *pageTable, va uint64, n int, flags uint64) []uint64 {
	var slots []uint64
	for i := range uint64(n) {
		slots = append(slots, pt.set(va+i<<12, g.page(), 0, flags))
	}
	return slots
}

func prefetching(t testing.TB, change func(*Config)) (*guest, *hart, *pageTable) {
	g := newGuest(t, 16<<20)
	h := g.hart(g.shared(func(c *Config) {
		c.Prefetch = true
		if change != nil {
			change(c)
		}
	}))
	return g, h, g.pageTable(3)
}

// A stream in either direction, at several strides and across page-table pages,
// is found after three walks and from then on needs none.
func TestPrefetchFollowsStreams(t *testing.T) {
	for _, stride := range []int64{1, 3, 16, -1, -5} {
		for acc := Load; acc <= Store; acc++ {
			g, h, pt := prefetching(t, nil)
			stream(g, pt, 0, 1200, rw)
			h.kernel(pt.satp(0))
			va := uint64(0)
			if stride < 0 {
				va = 1199 << 12
			}
			n := uint64(1190) / uint64(max(stride, -stride))
			for range n {
				want := g.peek(pt.slot(va, 0)) & ptePPNMask << 2
				h.want(t, va, acc, want, NoFault)
				va += uint64(stride << 12)
			}
			if w := h.count.Walks; w != 3 {
				t.Errorf("stride %d: %d walks for %d pages", stride, w, n)
			}
			if used, issued := h.count.PrefetchUsed, h.count.PrefetchIssued; used < n-10 || issued > n+10 {
				t.Errorf("stride %d: %d of %d prefetches used, %d pages touched", stride, used, issued, n)
			}
		}
	}
}

// Two streams at once, with other pages between, are both followed.
func TestPrefetchInterleavedStreams(t *testing.T) {
	g, h, pt := prefetching(t, nil)
	starts := [3]uint64{0, 0x400a_a000, 0x7fd5_4000} // apart in the first level
	for _, va := range starts {
		stream(g, pt, va, 300, rw)
	}
	h.kernel(pt.satp(0))
	var walks [3]uint64
	for i := range uint64(200) {
		for s, page := range [3]uint64{i, i, i * 37 % 300} {
			before := h.count.Walks
			h.access(starts[s]+page<<12, Load)
			walks[s] += h.count.Walks - before
		}
	}
	if walks[0] > 50 || walks[1] > 50 {
		t.Errorf("%v walks for 200 pages each, of which the first two streams go in steps of one", walks)
	}
}

// A prefetch reads A and D and never writes them, and stops at a leaf that lacks
// one, at a hole, at the end of RAM, and at pages the view may not touch.
func TestPrefetchHasNoSideEffects(t *testing.T) {
	cases := []struct {
		name string
		acc  Access
		pte  uint64 // in place of the stream's sixth page
	}{
		{"A clear", Load, ramBase>>2 | pteV | pteR | pteW},
		{"D clear", Store, ramBase>>2 | pteV | pteR | pteW | pteA},
		{"hole", Load, 0},
		{"device", Load, 0x1000_0000>>2 | rw},
		{"user page", Load, ramBase>>2 | rw | pteU},
		{"reserved", Load, ramBase>>2 | rw | 1<<58},
		{"pointer", Load, ramBase>>2 | pteV},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, h, pt := prefetching(t, nil)
			h.SetEnv(true, false)
			slots := stream(g, pt, 0, 16, rw)
			g.poke(slots[5], c.pte)
			h.kernel(pt.satp(0))
			for i := range uint64(3) {
				h.Translate(i<<12, 8, c.acc)
			}
			if h.count.PrefetchIssued == 0 {
				t.Fatal("no prefetch")
			}
			if got := g.peek(slots[5]); got != c.pte {
				t.Errorf("the PTE became %#x", got)
			}
			h.wantHit(t, 5<<12, c.acc, false)
			if h.count.PageFaults+h.count.AccessFaults+h.count.ADUpdates != 0 {
				t.Error("a prefetch faulted or updated")
			}
		})
	}
}

// The PMP judges pages prefetched as it does others.
func TestPrefetchObeysPMP(t *testing.T) {
	g, h, pt := prefetching(t, nil)
	slots := stream(g, pt, 0, 16, rw)
	secret := g.peek(slots[4]) & ptePPNMask << 2
	h.PMP().WriteCfg(0, 0)
	h.PMP().WriteAddr(0, napot(secret, pageSize))
	h.PMP().WriteAddr(1, pmpAddrMask)
	h.PMP().WriteCfg(0, pmpNAPOT|(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
	h.PMPChanged()
	h.kernel(pt.satp(0))
	for i := range uint64(3) {
		h.Translate(i<<12, 8, Load)
	}
	h.wantHit(t, 3<<12, Load, true)
	h.want(t, 4<<12, Load, 0, AccessFault)
}

// Prefetched translations obey fences like any other.
func TestPrefetchObeysFences(t *testing.T) {
	for _, fence := range fences {
		g, h, pt := prefetching(t, nil)
		slots := stream(g, pt, 0, 16, rw)
		h.kernel(pt.satp(4))
		for i := range uint64(3) {
			h.Translate(i<<12, 8, Load)
		}
		h.wantHit(t, 3<<12, Load, true)
		for i := uint64(3); i < 8; i++ {
			now := g.page()
			g.poke(slots[i], now>>2|rw)
			fence.do(h, i<<12, 4)
			h.want(t, i<<12, Load, now, NoFault)
		}
	}
}

// field maps n pages from va 0 on, all to one frame.
func field(g *guest, pt *pageTable, n uint64) {
	frame := g.page()
	for i := range n {
		pt.set(i<<12, frame, 0, rw)
	}
}

// Where prefetching finds nothing, or nobody uses what it finds, it becomes rare; where it pays it stays. After
// either a stream is found soon.
func TestPrefetchAccount(t *testing.T) {
	const pages, accesses = 1 << 16, 20_000
	rng := rand.New(rand.NewPCG(1, 2))
	at := uint64(0)
	random := func(uint64) uint64 { return rng.Uint64N(pages) }
	rowsOf := func(n uint64) func(uint64) uint64 {
		return func(i uint64) uint64 {
			if at++; i%n == 0 {
				at = rng.Uint64N(pages - n)
			}
			return at
		}
	}
	cases := []struct {
		name             string
		page             func(i uint64) uint64
		searches, issued [2]float64 // least and most, of a walk
		accuracy         [2]float64
	}{
		{"random", random, [2]float64{0.05, 0.12}, [2]float64{0, 0.02}, [2]float64{0, 0.2}},
		{"rows of 3", rowsOf(3), [2]float64{0.01, 0.06}, [2]float64{0, 0.03}, [2]float64{0, 0.1}},
		{"rows of 500", rowsOf(500), [2]float64{0.9, 1}, [2]float64{20, 250}, [2]float64{0.9, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, h, pt := prefetching(t, nil)
			field(g, pt, pages)
			h.kernel(pt.satp(0))
			run := func(n uint64, page func(uint64) uint64) (walks float64, s Stats) {
				h.FenceAll()
				h.PublishStats()
				before := h.Stats()
				for i := range n {
					h.access(page(i)<<12, Load)
				}
				h.PublishStats()
				after := h.Stats()
				s.PrefetchSearches = after.PrefetchSearches - before.PrefetchSearches
				s.PrefetchIssued = after.PrefetchIssued - before.PrefetchIssued
				s.PrefetchUsed = after.PrefetchUsed - before.PrefetchUsed
				return float64(after.Walks - before.Walks), s
			}
			run(accesses, c.page) // uses up what the account holds at first
			walks, s := run(accesses, c.page)
			for _, f := range []struct {
				name  string
				value float64
				want  [2]float64
			}{
				{"searches", float64(s.PrefetchSearches) / walks, c.searches},
				{"pages issued", float64(s.PrefetchIssued) / walks, c.issued},
				{"accuracy", s.PrefetchAccuracy(), c.accuracy},
			} {
				if f.value < f.want[0] || f.value > f.want[1] {
					t.Errorf("%s: %.4f, want %v", f.name, f.value, f.want)
				}
			}
			for _, step := range []uint64{1, 5} {
				walks, s := run(1000, func(i uint64) uint64 { return i * step })
				if walks > 100 {
					t.Errorf("then steps of %d: %.0f walks for 1000 pages, accuracy %.2f", step, walks, s.PrefetchAccuracy())
				}
			}
		})
	}
}

// A run whose last page is reached long after it was made was in vain: that is chance.
func TestPrefetchUsedLate(t *testing.T) {
	for _, late := range []bool{false, true} {
		g, h, pt := prefetching(t, nil)
		field(g, pt, 1<<12)
		h.kernel(pt.satp(0))
		for i := range uint64(3) {
			h.access(i<<12, Load)
		}
		if h.count.PrefetchIssued != 4 {
			t.Fatalf("%d pages issued, want 4", h.count.PrefetchIssued)
		}
		n := uint64(350)
		if late {
			n = 450 // more than a window of 100 for each of four pages
		}
		for range n {
			h.access(100<<12, Fetch)
			h.FlushFirstLevel()
		}
		lookups := h.lookupsDone()
		h.access(6<<12, Load)
		if used := h.count.PrefetchUsed; (used == 0) != late || h.lookupsDone() == lookups {
			t.Errorf("late %v: %d used", late, used)
		}
	}
}

func TestPrefetchOff(t *testing.T) {
	g, h, pt := prefetching(t, func(c *Config) { c.Prefetch = false })
	stream(g, pt, 0, 100, rw)
	h.kernel(pt.satp(0))
	for i := range uint64(100) {
		h.Translate(i<<12, 8, Load)
	}
	if h.count.PrefetchIssued != 0 || h.count.Walks != 100 {
		t.Error("prefetching is not off")
	}
}
