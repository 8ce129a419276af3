package shardedtlb

import "testing"

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
			if w := h.count[cWalks]; w != 3 {
				t.Errorf("stride %d: %d walks for %d pages", stride, w, n)
			}
			if used, issued := h.count[cPrefetchUsed], h.count[cPrefetchIssued]; used < n-10 || issued > n+10 {
				t.Errorf("stride %d: %d of %d prefetches used, %d pages touched", stride, used, issued, n)
			}
		}
	}
}

// Two streams at once, with other pages between.
func TestPrefetchInterleavedStreams(t *testing.T) {
	g, h, pt := prefetching(t, nil)
	stream(g, pt, 0, 300, rw)
	stream(g, pt, 0x4000_0000, 300, rw)
	stream(g, pt, 0x7fc0_0000, 300, rw)
	h.kernel(pt.satp(0))
	for i := range uint64(200) {
		h.Translate(i<<12, 8, Load)
		h.Translate(0x4000_0000+i<<12, 8, Load)
		h.Translate(0x7fc0_0000+(i*37%300)<<12, 8, Load)
	}
	if w := h.count[cWalks]; w > 250 {
		t.Errorf("%d walks; the two streams alone touch 400 pages", w)
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
			if h.count[cPrefetchIssued] == 0 {
				t.Fatal("no prefetch")
			}
			if got := g.peek(slots[5]); got != c.pte {
				t.Errorf("the PTE became %#x", got)
			}
			h.wantHit(t, 5<<12, c.acc, false)
			if h.count[cPageFaults]+h.count[cAccessFaults]+h.count[cADUpdates] != 0 {
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

// Prefetching that nobody uses is throttled.
func TestPrefetchThrottles(t *testing.T) {
	g, h, pt := prefetching(t, nil)
	stream(g, pt, 0, 2048, rw)
	h.kernel(pt.satp(0))
	for round := range uint64(40) {
		for i := range uint64(100) { // three in a row, then far away
			h.FenceAll()
			h.Translate((i*20+i%3+round)<<12&0x7ff000, 8, Load)
			h.Translate((i*20+i%3+round+1)<<12&0x7ff000, 8, Load)
		}
	}
	if issued, walks := h.count[cPrefetchIssued], h.count[cWalks]; issued > maxCredit+walks/2 {
		t.Errorf("%d prefetches, none useful, in %d walks", issued, walks)
	}
}

func TestPrefetchOff(t *testing.T) {
	g, h, pt := prefetching(t, func(c *Config) { c.Prefetch = false })
	stream(g, pt, 0, 100, rw)
	h.kernel(pt.satp(0))
	for i := range uint64(100) {
		h.Translate(i<<12, 8, Load)
	}
	if h.count[cPrefetchIssued] != 0 || h.count[cWalks] != 100 {
		t.Error("prefetching is not off")
	}
}

func TestStrideOf(t *testing.T) {
	for _, c := range []struct {
		history []uint64
		page    uint64
		want    int64
	}{
		{[]uint64{}, 100, 0},
		{[]uint64{98, 99}, 100, 1},
		{[]uint64{101, 102}, 100, -1},
		{[]uint64{99}, 100, 0},
		{[]uint64{200 - 63, 200 - 126}, 200, 63},
		{[]uint64{1000 - 64, 1000 - 128}, 1000, 0},
		{[]uint64{7, 93, 55, 86, 4}, 100, 7},
		{[]uint64{0, 1}, 2, 1},
		{[]uint64{1, 2}, 0, -1},
	} {
		p := newPrefetcher(DefaultConfig())
		copy(p.history, c.history)
		if got := p.strideOf(c.page); got != c.want {
			t.Errorf("page %d after %v: %d, want %d", c.page, c.history, got, c.want)
		}
	}
}
