package shardedtlb

import "testing"

// The three depths, leaves at every level, both halves, and the addresses beyond.
func TestWalkDepthsAndSizes(t *testing.T) {
	for levels := 3; levels <= 5; levels++ {
		bits := 12 + 9*levels
		for level := range levels {
			g := newGuest(t, 1<<20)
			h := g.hart(g.shared(nil))
			pt := g.pageTable(levels)
			size := uint64(1) << (12 + 9*level)
			off := ramBase & (size - 1)
			low := uint64(1)<<(bits-1) - size // the last leaf of the lower half
			high := ^uint64(0) << (bits - 1)  // the first of the upper half
			pt.set(low, ramBase-off, level, rwx)
			pt.set(high, ramBase-off, level, rwx)
			h.kernel(pt.satp(0))
			for _, va := range []uint64{low, high} {
				for acc := Fetch; acc <= Store; acc++ {
					h.want(t, va+off+0x123, acc, ramBase+0x123, NoFault)
				}
			}
			for _, va := range []uint64{low + size + off, high - 1, 1 << 63} {
				h.want(t, va, Load, 0, PageFault)
			}
			if n := h.count.Walks; h.count.WalkLevels < uint64(levels-level) || n == 0 {
				t.Errorf("%d walks read %d PTEs", n, h.count.WalkLevels)
			}
		}
	}
}

// What makes a PTE unusable, one at a time.
func TestWalkReservedEncodings(t *testing.T) {
	const napot64K = pteN | 8<<ptePPNShift
	cases := []struct {
		name  string
		level int
		flags uint64 // or'ed into a PTE for address 0 of a superpage, or a page
		pbmte bool
		f     Fault
	}{
		{"plain", 0, rwx, false, NoFault},
		{"invalid", 0, rwx &^ pteV, false, PageFault},
		{"W without R", 0, pteV | pteW | pteA | pteD, false, PageFault},
		{"W and X without R", 0, pteV | pteW | pteX | pteA | pteD, false, PageFault},
		{"software bits", 0, rwx | 3<<8, false, NoFault},
		{"reserved 54", 0, rwx | 1<<54, false, PageFault},
		{"reserved 60", 0, rwx | 1<<60, false, PageFault},
		{"PBMT without PBMTE", 0, rwx | 1<<61, false, PageFault},
		{"PBMT NC", 0, rwx | 1<<61, true, NoFault},
		{"PBMT IO", 0, rwx | 2<<61, true, NoFault},
		{"PBMT 3", 0, rwx | 3<<61, true, PageFault},
		{"PBMT superpage", 1, rwx | 1<<61, true, NoFault},
		{"PBMT 3 superpage", 1, rwx | 3<<61, true, PageFault},
		{"napot 64K", 0, rwx | napot64K, false, NoFault},
		{"napot 8K", 0, rwx | pteN | 1<<ptePPNShift, false, PageFault},
		{"napot 128K", 0, rwx | pteN | 0x10<<ptePPNShift, false, PageFault},
		{"napot 0", 0, rwx | pteN, false, PageFault},
		{"napot superpage", 1, rwx | pteN, false, PageFault},
		{"napot superpage 1000", 1, rwx | napot64K, false, PageFault},
		{"superpage", 1, rwx, false, NoFault},
		{"misaligned superpage", 1, rwx | 1<<ptePPNShift, false, PageFault},
		{"misaligned gigapage", 2, rwx | 1<<(ptePPNShift+9), false, PageFault},
		{"pointer at the lowest level", 0, pteV, false, PageFault},
		{"pointer with A", 1, pteV | pteA, false, PageFault},
		{"pointer with D", 1, pteV | pteD, false, PageFault},
		{"pointer with U", 1, pteV | pteU, false, PageFault},
		{"pointer with N", 1, pteV | pteN, false, PageFault},
		{"pointer with PBMT", 1, pteV | 1<<61, true, PageFault},
		{"pointer with reserved", 1, pteV | 1<<54, false, PageFault},
		{"pointer to no RAM", 1, pteV | 1<<ptePPNShift, false, AccessFault},
		{"pointer beyond everything", 2, pteV | ptePPNMask, false, AccessFault},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := newGuest(t, 4<<20)
			h := g.hart(g.shared(nil))
			h.SetEnv(false, c.pbmte)
			pt := g.pageTable(3)
			pa := uint64(0)
			if c.level == 0 {
				pa = ramBase + 0x10_0000
			} else if c.level == 1 && c.flags&(pteR|pteX) != 0 {
				pa = ramBase + 0x20_0000
			}
			pt.set(0, pa, c.level, c.flags)
			h.kernel(pt.satp(0))
			for range 2 {
				h.want(t, 0x678, Load, pa|0x678, c.f)
			}
		})
	}
}

// The 16 pages of a napot leaf are one second-level entry, and its PTEs' page
// numbers give way to the address.
func TestSvnapot(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	const va, pa = 0x7_0000, ramBase + 0x4_0000
	for i := range uint64(16) {
		pt.set(va+i<<12, pa|0x8000, 0, rwx|pteN)
	}
	h.kernel(pt.satp(0))
	for i := range uint64(16) {
		h.want(t, va+i<<12+0x10, Store, pa+i<<12+0x10, NoFault)
	}
	if h.count.Walks != 1 || h.count.L2Hits != 15 {
		t.Errorf("%d walks, %d second-level hits for one 64 KiB leaf", h.count.Walks, h.count.L2Hits)
	}
}

// The environment bits are part of the context: what one setting allowed is not
// hit under another.
func TestSetEnvSeparatesContexts(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	page := g.page()
	pt.set(0x5000, page, 0, rwx|1<<61)
	h.kernel(pt.satp(0))
	for range 2 {
		h.SetEnv(false, false)
		h.want(t, 0x5000, Load, 0, PageFault)
		h.SetEnv(false, true)
		h.want(t, 0x5000, Load, page, NoFault)
	}
}

// Bare and M-mode see physical addresses; devices and holes are left to the
// caller but for fetches; a satp mode that does not exist reaches nothing.
func TestIdentityViews(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	for _, priv := range []Priv{M, S, U} {
		h.Switch(0, priv, priv, false, false)
		for acc := Fetch; acc <= Store; acc++ {
			h.want(t, ramBase+0x888, acc, ramBase+0x888, NoFault)
			h.wantHit(t, ramBase+0xff0, acc, true)
		}
		h.want(t, 0x1000_0000, Load, 0x1000_0000, NoFault)
		h.wantHit(t, 0x1000_0000, Load, false)
		h.want(t, 0x1000_0000, Fetch, 0, AccessFault)
		h.want(t, ^uint64(7), Fetch, 0, AccessFault)
	}
	for mode := uint64(1); mode < 16; mode++ {
		if mode >= 8 && mode <= 10 {
			continue
		}
		h.kernel(Regime(mode<<60 | ramBase>>12))
		h.want(t, ramBase, Load, 0, PageFault)
		h.want(t, 0, Load, 0, PageFault)
	}
}

// Devices behind a page table: translated, never cached in the first level.
func TestDevicePagesAreNotCached(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	pt.set(0x5000, 0x1000_0000, 0, rwx)
	h.kernel(pt.satp(0))
	for range 3 {
		h.want(t, 0x5008, Load, 0x1000_0008, NoFault)
		h.want(t, 0x5008, Store, 0x1000_0008, NoFault)
		h.want(t, 0x5008, Fetch, 0, AccessFault)
		h.wantHit(t, 0x5008, Load, false)
		h.wantHit(t, 0x5008, Store, false)
	}
}

// Probes change nothing.

// Svvptc: a PTE that becomes valid is seen by the next access, without a fence, at every level of the table and whatever was
// fetched ahead beside it.
func TestValidPTEsNeedNoFence(t *testing.T) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		for _, prefetch := range []bool{false, true} {
			g := newGuest(t, 1<<20)
			h := g.hart(g.shared(func(c *Config) { c.Strategy, c.Prefetch = strategy, prefetch }))
			pt, page := g.pageTable(3), g.page()
			h.kernel(pt.satp(0))
			for _, va := range []uint64{0x1000, 0x3000, 0x2000, 0x20_0000, 0x4000_0000, 0x20_1000} {
				for range 3 {
					h.want(t, va, Load, 0, PageFault)
					h.want(t, va, Fetch, 0, PageFault)
				}
				pt.set(va, page, 0, rwx)
				h.want(t, va, Load, page, NoFault)
				h.want(t, va, Fetch, page, NoFault)
				h.want(t, va, Store, page, NoFault)
			}
		}
	}
}
