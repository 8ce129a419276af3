package shardedtlb

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func napot(base, size uint64) uint64 { return base>>2 | (size>>3 - 1) }

// Every combination of matching mode, permissions and lock, against every access
// from every privilege, inside and outside of the entry.
func TestPMPMatrix(t *testing.T) {
	const lo, hi = 0x8000_4000, 0x8000_8000
	for _, mode := range []uint8{pmpOff, pmpTOR, pmpNAPOT} {
		for perm := range uint8(8) {
			for _, lock := range []uint8{0, pmpL} {
				var p PMP
				p.WriteAddr(2, lo>>2)
				addr := uint64(hi >> 2)
				if mode == pmpNAPOT {
					addr = napot(lo, hi-lo)
				}
				p.WriteAddr(3, addr)
				p.WriteCfg(0, uint64(mode|perm|lock)<<24)
				legal := perm
				if perm&pmpR == 0 {
					legal &^= pmpW
				}
				if got := uint8(p.ReadCfg(0) >> 24); got != mode|legal|lock {
					t.Fatalf("wrote cfg %#x, reads %#x", mode|perm|lock, got)
				}
				for _, pa := range []uint64{lo - 8, lo, hi - 8, hi} {
					inside := mode != pmpOff && pa >= lo && pa < hi
					for acc := Fetch; acc <= Store; acc++ {
						for _, priv := range []Priv{U, S, M} {
							want := priv == M
							if inside && (priv != M || lock != 0) {
								want = legal&pmpNeeds[acc] != 0
							}
							if got := p.Allows(pa, 8, acc, priv); got != want {
								t.Errorf("cfg %#x at %#x access %d priv %d: %v, want %v", mode|legal|lock, pa, acc, priv, got, want)
							}
						}
					}
				}
			}
		}
	}
}

func TestPMPPriorityAndPartialMatch(t *testing.T) {
	var p PMP
	p.WriteAddr(0, napot(0x8000_1000, 0x1000)) // nothing allowed
	p.WriteAddr(1, pmpAddrMask)                // everything
	p.WriteCfg(0, pmpNAPOT|(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
	for _, c := range []struct {
		pa, size uint64
		priv     Priv
		want     bool
	}{
		{0x8000_0ff8, 8, S, true},
		{0x8000_0ffc, 8, S, false}, // lowest-numbered entry matches a part only
		{0x8000_0ffc, 8, M, false}, // which fails whatever the privilege
		{0x8000_1000, 8, S, false},
		{0x8000_1000, 8, M, true},
		{0x8000_1ffc, 8, U, false},
		{0x8000_2000, 8, U, true},
	} {
		if got := p.Allows(c.pa, c.size, Load, c.priv); got != c.want {
			t.Errorf("%d bytes at %#x priv %d: %v, want %v", c.size, c.pa, c.priv, got, c.want)
		}
	}
}

func TestPMPReset(t *testing.T) {
	var p PMP
	for acc := Fetch; acc <= Store; acc++ {
		if !p.Allows(ramBase, 4, acc, M) || p.Allows(ramBase, 4, acc, S) || p.Allows(ramBase, 4, acc, U) {
			t.Error("with every entry off M-mode may, S and U may not")
		}
	}
}

func TestPMPLocks(t *testing.T) {
	var p PMP
	p.WriteAddr(4, 0x1000_0000)
	p.WriteAddr(5, 0x2000_0000)
	p.WriteCfg(0, uint64(pmpL|pmpTOR|pmpR)<<40)
	p.WriteAddr(5, 0x3000_0000) // locked
	p.WriteAddr(4, 0x3000_0000) // bottom of a locked TOR
	p.WriteAddr(6, 0x3000_0000)
	p.WriteCfg(0, 0) // entry 5 stays
	if a, b, c := p.ReadAddr(4), p.ReadAddr(5), p.ReadAddr(6); a != 0x1000_0000 || b != 0x2000_0000 || c != 0x3000_0000 {
		t.Errorf("addresses %#x %#x %#x", a, b, c)
	}
	if got := p.ReadCfg(0); got != uint64(pmpL|pmpTOR|pmpR)<<40 {
		t.Errorf("cfg %#x", got)
	}
	// A locked entry that is off keeps its address, but not the one below.
	p.WriteCfg(2, uint64(pmpL|pmpOff)<<16)
	p.WriteAddr(10, 1<<20)
	p.WriteAddr(9, 1<<20)
	if p.ReadAddr(10) != 0 || p.ReadAddr(9) != 1<<20 {
		t.Errorf("locked off entry: %#x %#x", p.ReadAddr(10), p.ReadAddr(9))
	}
	// The last entry has none above it.
	p.WriteAddr(15, 1<<20)
	if p.ReadAddr(15) != 1<<20 {
		t.Error("pmpaddr15 is not writable")
	}
}

// Granularity 4 KiB: reads show it, the bits underneath survive, NA4 cannot be
// selected, and TOR ignores the low bits.
func TestPMPGranularity(t *testing.T) {
	var p PMP
	p.WriteAddr(0, ^uint64(0))
	if got := p.ReadAddr(0); got != pmpAddrMask&^0x3ff {
		t.Errorf("off: %#x", got)
	}
	p.WriteAddr(0, 0x2000_0000)
	p.WriteCfg(0, pmpNAPOT|pmpR)
	if got := p.ReadAddr(0); got != 0x2000_01ff {
		t.Errorf("NAPOT: %#x", got)
	}
	if !p.Allows(0x8000_0ff8, 8, Load, S) || p.Allows(0x8000_1000, 8, Load, S) {
		t.Error("the smallest NAPOT region is one page")
	}
	p.WriteCfg(0, pmpNA4|pmpR)
	if got := p.ReadCfg(0); got != pmpNAPOT|pmpR {
		t.Errorf("NA4 was selected: %#x", got)
	}
	p.WriteCfg(0, pmpOff)
	p.WriteAddr(0, 0x2000_0200) // bit G-1
	p.WriteCfg(0, pmpTOR|pmpR)
	if got := p.ReadAddr(0); got != 0x2000_0000 {
		t.Errorf("TOR: %#x", got)
	}
	if p.Allows(0x8000_0000, 8, Load, S) || !p.Allows(0x7fff_fff8, 8, Load, S) {
		t.Error("TOR does not end at the page boundary")
	}
	p.WriteCfg(0, pmpNAPOT|pmpR)
	if got := p.ReadAddr(0); got != 0x2000_03ff {
		t.Errorf("bit G-1 was lost: %#x", got)
	}
	// An inverted TOR matches nothing, and all ones everything.
	p.WriteCfg(0, uint64(pmpTOR|pmpR)<<8)
	p.WriteAddr(1, 0x1000_0000)
	if p.Allows(0x4000_0000, 8, Load, S) {
		t.Error("inverted TOR matches")
	}
	p.WriteCfg(0, pmpNAPOT|pmpR)
	p.WriteAddr(0, ^uint64(0))
	if !p.Allows(1<<56-8, 8, Load, S) || !p.Allows(0, 8, Load, S) {
		t.Error("NAPOT of all ones does not match everything")
	}
}

// Random register files against a judge written byte by byte, of both granularities.
func TestPMPModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		p := PMP{fine: n%2 != 0}
		for i := range PMPEntries {
			addr := (ramBase>>2 + r.Uint64N(16)<<10) | (1<<(9+r.UintN(5)) - 1)
			if p.fine && r.IntN(3) != 0 {
				addr = ramBase>>2 + r.Uint64N(16<<10)
			}
			p.WriteAddr(i, addr)
		}
		p.WriteCfg(0, r.Uint64())
		p.WriteCfg(2, r.Uint64())
		for range 50 {
			pa, size := ramBase+r.Uint64N(16<<12), uint64(1)<<r.UintN(4)
			acc, priv := Access(r.UintN(3)), []Priv{U, S, M}[r.UintN(3)]
			if got, want := p.Allows(pa, size, acc, priv), judge(&p, pa, size, acc, priv); got != want {
				t.Fatalf("%d bytes at %#x access %d priv %d: %v, want %v\n%s", size, pa, acc, priv, got, want, dump(&p))
			}
		}
		// A page that is not split has one verdict; with coarse entries all are such.
		for _, page := range []uint64{ramBase + r.Uint64N(16)<<12} {
			if p.splitsPage(page + r.Uint64N(1<<12)) {
				if !p.fine {
					t.Fatalf("page %#x is split\n%s", page, dump(&p))
				}
				continue
			}
			for acc := Fetch; acc <= Store; acc++ {
				for _, priv := range []Priv{U, S, M} {
					for pa := page; pa < page+1<<12; pa += 4 {
						if got, want := judge(&p, pa, 4, acc, priv), p.Allows(page, 1<<12, acc, priv); got != want {
							t.Fatalf("page %#x is not split, but at %#x access %d priv %d: %v\n%s", page, pa, acc, priv, got, dump(&p))
						}
					}
				}
			}
		}
	}
}

// judge finds the entry of the first byte and asks that it match every other.
func judge(p *PMP, pa, size uint64, acc Access, priv Priv) bool {
	coarse, within := 10, uint64(0x1ff)
	if p.fine {
		coarse, within = 0, 0
	}
	matches := func(i int, b uint64) bool {
		word := b >> 2
		switch p.cfg[i] & pmpA {
		case pmpTOR:
			lo := uint64(0)
			if i > 0 {
				lo = p.addr[i-1] >> coarse << coarse
			}
			return word >= lo && word < p.addr[i]>>coarse<<coarse
		case pmpNA4:
			return word == p.addr[i]
		case pmpNAPOT:
			a := p.addr[i] | within
			dontCare := a ^ (a + 1)
			return word&^dontCare == a&^dontCare
		}
		return false
	}
	for i := range PMPEntries {
		n := uint64(0)
		for b := range size {
			if matches(i, pa+b) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		return n == size && (priv == M && p.cfg[i]&pmpL == 0 || p.cfg[i]&pmpNeeds[acc] != 0)
	}
	return priv == M
}

func dump(p *PMP) (s string) {
	for i := range PMPEntries {
		s += fmt.Sprintf("%2d cfg %#02x addr %#x\n", i, p.cfg[i], p.addr[i])
	}
	return s
}

// A granularity of 4 bytes: registers read as written, NA4 and small NAPOT and TOR regions are
// as large as they say.
func TestPMPFineGranularity(t *testing.T) {
	p := PMP{fine: true}
	p.WriteAddr(0, 0x2000_0003)
	for _, mode := range []uint8{pmpOff, pmpTOR, pmpNA4, pmpNAPOT} {
		p.WriteCfg(0, uint64(mode|pmpR))
		if cfg, addr := p.ReadCfg(0), p.ReadAddr(0); cfg != uint64(mode|pmpR) || addr != 0x2000_0003 {
			t.Errorf("mode %#x: cfg %#x, addr %#x", mode, cfg, addr)
		}
		region := map[uint8][2]uint64{
			pmpTOR: {0, 0x8000_000c}, pmpNA4: {0x8000_000c, 0x8000_0010}, pmpNAPOT: {0x8000_0000, 0x8000_0020},
		}[mode]
		for pa := uint64(0x7fff_fff8); pa < 0x8000_0030; pa += 4 {
			if got, want := p.Allows(pa, 4, Load, S), pa >= region[0] && pa < region[1]; got != want {
				t.Errorf("mode %#x at %#x: %v", mode, pa, got)
			}
		}
	}
}

// A page that the PMP splits is judged access by access: no first-level entry stands for it, of
// either kind, not even one that is made ahead, until the PMP no longer splits it.
func TestPMPSplitPageHasNoEntries(t *testing.T) {
	g := newGuest(t, 1<<20)
	cfg := DefaultConfig()
	cfg.PMPGranularity = FinePMP
	s, err := NewShared(cfg, g.mem)
	if err != nil {
		t.Fatal(err)
	}
	h := g.hart(s)
	pt := g.pageTable(3)
	const va, pages = 0x10000, 16
	pt.slot(va, 0)
	base := g.next
	for i := range uint64(pages) {
		pt.set(va+i<<12, g.page(), 0, rwx)
	}
	h.kernel(pt.satp(0))
	all := func() {
		h.PMP().WriteAddr(1, pmpAddrMask)
		h.PMP().WriteCfg(0, uint64(pmpOff)|uint64(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
		h.PMPChanged()
	}
	// One word in the sixth page, which a stream of loads comes to, is out of bounds.
	split := base + 5<<12
	h.PMP().WriteAddr(0, (split+0x104)>>2)
	h.PMP().WriteAddr(1, pmpAddrMask)
	h.PMP().WriteCfg(0, uint64(pmpNA4)|uint64(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
	h.PMPChanged()
	for i := range uint64(pages) {
		for _, acc := range []Access{Load, Store, Fetch} {
			h.want(t, va+i<<12+0x100, acc, base+i<<12+0x100, NoFault)
			known := h.knows(va+i<<12, acc)
			if known != (i != 5) {
				t.Errorf("page %d, access %d: has an entry %v", i, acc, known)
			}
		}
	}
	for _, acc := range []Access{Load, Store, Fetch} {
		h.want(t, va+5<<12+0x104, acc, 0, AccessFault)
		if _, f := h.Translate(va+5<<12+0x100, 8, acc); f != AccessFault { // half of it
			t.Errorf("access %d over the word's edge: fault %d", acc, f)
		}
		h.want(t, va+5<<12+0x108, acc, base+5<<12+0x108, NoFault)
	}
	all()
	h.want(t, va+5<<12+0x104, Load, base+5<<12+0x104, NoFault)
	if !h.knows(va+5<<12, Load) {
		t.Error("the page is whole again, and has no entry")
	}
	h.Reset()
	if h.PMP().WriteCfg(0, pmpNA4); h.PMP().ReadCfg(0) != pmpNA4 {
		t.Error("a reset changes the granularity")
	}
}

// PTEs in a page that is split are judged one by one, also those that are read ahead.
func TestPMPSplitsPageTables(t *testing.T) {
	g := newGuest(t, 1<<20)
	cfg := DefaultConfig()
	cfg.PMPGranularity = FinePMP
	s, err := NewShared(cfg, g.mem)
	if err != nil {
		t.Fatal(err)
	}
	h := g.hart(s)
	pt := g.pageTable(3)
	const va, pages, hidden = 0x10000, 32, 20
	pt.slot(va, 0)
	base := g.next
	var at [pages]uint64
	for i := range uint64(pages) {
		at[i] = pt.set(va+i<<12, base+i<<12, 0, rwx)
	}
	h.kernel(pt.satp(0))
	h.PMP().WriteAddr(0, napot(at[hidden], 8))
	h.PMP().WriteAddr(1, pmpAddrMask)
	h.PMP().WriteCfg(0, uint64(pmpNAPOT)|uint64(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
	h.PMPChanged()
	for i := range uint64(pages) {
		want, fault := base+i<<12, NoFault
		if i == hidden {
			want, fault = 0, AccessFault
		}
		h.want(t, va+i<<12, Load, want, fault)
	}
	if h.count.PrefetchIssued == 0 {
		t.Error("nothing was read ahead")
	}
}

// The PMP judges the final address, the walk's reads, and the A/D swap, and each
// failure is an access fault. A change is effective at once.
func TestPMPAndTranslation(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, pteV|pteR|pteW|pteX|pteA)
	h.kernel(pt.satp(0))
	h.want(t, va, Load, page, NoFault)

	protect := func(pa uint64, perm uint8) {
		h.PMP().WriteCfg(0, 0)
		h.PMP().WriteAddr(0, napot(pa&^pageMask, pageSize))
		h.PMP().WriteAddr(1, pmpAddrMask)
		h.PMP().WriteCfg(0, uint64(pmpNAPOT|perm)|uint64(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
		h.PMPChanged()
	}
	fetchID := h.l1.FetchID
	protect(page, pmpR)
	if h.l1.FetchID == fetchID {
		t.Error("FetchID survived a PMP change")
	}
	h.want(t, va, Load, page, NoFault)
	h.want(t, va, Fetch, 0, AccessFault)
	protect(page, pmpX)
	h.want(t, va, Load, 0, AccessFault)
	h.want(t, va, Fetch, page, NoFault)

	protect(at, 0) // the leaf table is not readable: cached walks do not help
	h.want(t, va, Load, 0, AccessFault)
	protect(at, pmpR) // readable, but D cannot be set
	h.want(t, va, Load, page, NoFault)
	h.want(t, va, Store, 0, AccessFault)
	if g.peek(at)&pteD != 0 {
		t.Fatal("D was set against the PMP")
	}
	protect(at, pmpR|pmpW)
	h.want(t, va, Store, page, NoFault)
	if g.peek(at)&pteD == 0 {
		t.Fatal("D was not set")
	}
}

// A hart whose PMP hides the page table does not profit from another's walk.
func TestPMPClassesKeepHartsApart(t *testing.T) {
	g := newGuest(t, 1<<20)
	s := g.shared(nil)
	a, b := g.hart(s), g.hart(s)
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, rwx)
	b.PMP().WriteAddr(1, pmpAddrMask)
	b.PMP().WriteAddr(0, napot(at&^pageMask, pageSize))
	b.PMP().WriteCfg(0, uint64(pmpNAPOT)|uint64(pmpNAPOT|pmpR|pmpW|pmpX)<<8)
	b.PMPChanged()
	for _, h := range []*hart{a, b} {
		h.kernel(pt.satp(0))
	}
	for range 2 {
		a.want(t, va, Load, page, NoFault)
		b.data.space.sizes[0] = 1 << size4K // look where a's entry would be
		b.want(t, va, Load, 0, AccessFault)
	}
	// Harts that agree share.
	c := g.hart(s)
	c.kernel(pt.satp(0))
	c.want(t, va+pageSize, Load, 0, PageFault) // takes the table into use
	a.FenceAll()
	a.want(t, va, Load, page, NoFault)
	c.data.space.sizes[0] = 1 << size4K
	c.want(t, va, Load, page, NoFault)
	if c.count.L2Hits != 1 {
		t.Error("harts of one class do not share")
	}
}

func TestPMPClassesAreBounded(t *testing.T) {
	var c classes
	for i := range classNone + 50 {
		p := pmpImage{{lo: uint64(i)}}
		n := c.number(&p)
		if want := min(i+1, classNone); int(n) != want {
			t.Fatalf("image %d has class %d", i, n)
		}
		if n < classNone && c.number(&p) != n {
			t.Fatal("a class changed its number")
		}
	}
	// Without a class translation goes on, by walking.
	g := newGuest(t, 1<<20)
	s := g.shared(nil)
	s.classes.list.Store(c.list.Load())
	h := g.hart(s)
	pt := g.pageTable(3)
	page := g.page()
	pt.set(0x5000, page, 0, rwx)
	h.kernel(pt.satp(0))
	for range 3 {
		h.want(t, 0x5000, Load, page, NoFault)
		h.FlushFirstLevel()
	}
	if h.count.L2Hits != 0 || h.count.Walks != 3 {
		t.Error("a hart without a class used the second level")
	}
}
