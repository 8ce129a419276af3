package shardedtlb

import "testing"

// A second hart walks before a page-table edit and inserts after the first
// hart's fence. The first hart must not hit what was inserted, by whatever fence.
// The edit and the fence happen in the middle of the second hart's walk, when it
// reports that it has set A.
func TestTrap01LateInsert(t *testing.T) {
	for _, fence := range fences {
		t.Run(fence.name, func(t *testing.T) {
			g := newGuest(t, 1<<20)
			s := g.shared(nil)
			a, b := g.hart(s), g.hart(s)
			pt := g.pageTable(3)
			const va = 0x4000_1000
			old, now := g.page(), g.page()
			at := pt.set(va, old, 0, rwx&^pteA)
			pt.set(va+pageSize, old, 0, rwx)
			for _, h := range []*hart{a, b} {
				h.SetEnv(true, false)
				h.kernel(pt.satp(7))
				h.want(t, va+pageSize, Load, old, NoFault) // shows the hart where to look
			}
			before, fenced := inserts(s), false
			g.mem.MarkCode(at)
			g.mem.OnCodeWrite(func(uint64, uint64) {
				g.poke(at, now>>2|rwx)
				fence.do(a, va, 7)
				fenced = true
			})
			b.want(t, va, Load, old, NoFault)
			if !fenced {
				t.Fatal("the fence did not come in between")
			}
			if inserts(s) != before+1 {
				t.Fatal("the late insert is missing")
			}
			a.want(t, va, Load, now, NoFault)
			b.wantHit(t, va, Load, true) // b has fenced nothing: still legal
		})
	}
}

func inserts(s *Shared) (n uint64) {
	for _, c := range s.Shards() {
		n += c.Inserts
	}
	return n
}

// fences are the four ways to fence va in an ASID.
var fences = []struct {
	name string
	do   func(h *hart, va uint64, asid uint16)
}{
	{"all", func(h *hart, _ uint64, _ uint16) { h.FenceAll() }},
	{"asid", func(h *hart, _ uint64, asid uint16) { h.FenceASID(asid) }},
	{"va", func(h *hart, va uint64, _ uint16) { h.FenceVA(va) }},
	{"va+asid", func(h *hart, va uint64, asid uint16) { h.FenceVAASID(va, asid) }},
}

// A fence reaches what the hart has cached at either level, and only then must
// an edit be seen; other harts keep their hits.
func TestTrap01OwnFence(t *testing.T) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		for _, fence := range fences {
			t.Run(strategy.String()+"/"+fence.name, func(t *testing.T) {
				g := newGuest(t, 1<<20)
				s := g.shared(func(c *Config) { c.Strategy = strategy })
				a, b := g.hart(s), g.hart(s)
				pt := g.pageTable(3)
				const va = 0xffff_ffff_8000_0000
				old, now := g.page(), g.page()
				at := pt.set(va, old, 0, rwx)
				for _, h := range []*hart{a, b} {
					h.kernel(pt.satp(3))
					for acc := Fetch; acc <= Store; acc++ {
						h.want(t, va, acc, old, NoFault)
						h.wantHit(t, va, acc, true)
					}
				}
				g.poke(at, now>>2|rwx)
				fence.do(a, va, 3)
				for acc := Fetch; acc <= Store; acc++ {
					a.want(t, va, acc, now, NoFault)
					b.wantHit(t, va, acc, true) // untouched, and legal
				}
				fence.do(b, va, 3)
				b.want(t, va, Load, now, NoFault)
			})
		}
	}
}

// A hart comes into an address space after another one has edited the page table
// and fenced for itself alone: nobody else had used it then, or had fenced all of it
// when leaving. What the other hart has walked before its edit must not serve.
func TestTrap01Newcomer(t *testing.T) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		for _, fence := range fences {
			for _, was := range []string{"never", "left"} {
				t.Run(strategy.String()+"/"+fence.name+"/"+was, func(t *testing.T) {
					g := newGuest(t, 1<<20)
					s := g.shared(func(c *Config) { c.Strategy, c.HybridWindow = strategy, 64 })
					s.SetActive(2)
					a, b := g.hart(s), g.hart(s)
					pt, other := g.pageTable(3), g.pageTable(3)
					const va = 0x4000_1000
					old, now := g.page(), g.page()
					at := pt.set(va, old, 0, rwx)
					pt.set(va+pageSize, old, 0, rwx)
					other.set(va, old, 0, rwx)
					b.kernel(other.satp(5))
					for range 200 { // past Hybrid's first judgement
						b.Translate(va, 8, Load)
					}
					if was == "left" {
						b.kernel(pt.satp(7))
						b.want(t, va, Load, old, NoFault)
						b.kernel(other.satp(5))
						b.FenceASID(7)
					}
					a.kernel(pt.satp(7))
					for range 200 {
						a.Translate(va, 8, Load)
					}
					g.poke(at, now>>2|rwx)
					fence.do(a, va, 7)
					b.kernel(pt.satp(7))
					b.want(t, va+pageSize, Load, old, NoFault) // shows the hart where to look
					for acc := Fetch; acc <= Store; acc++ {
						b.want(t, va, acc, now, NoFault)
					}
				})
			}
		}
	}
}

// Two harts use one ASID for different page tables.
func TestTrap02SameASIDDifferentRoots(t *testing.T) {
	g := newGuest(t, 1<<20)
	s := g.shared(nil)
	a, b := g.hart(s), g.hart(s)
	const va = 0x1234_5000
	pa, pb := g.page(), g.page()
	ta, tb := g.pageTable(3), g.pageTable(3)
	ta.set(va, pa, 0, rwx)
	tb.set(va, pb, 0, rwx)
	a.kernel(ta.satp(1))
	b.kernel(tb.satp(1))
	for range 3 {
		a.want(t, va, Load, pa, NoFault)
		b.want(t, va, Load, pb, NoFault)
		a.FlushFirstLevel()
		b.FlushFirstLevel()
	}
	// One hart that changes the root under an ASID without a fence may see
	// either table by the specification; here it sees the new one.
	a.kernel(tb.satp(1))
	a.want(t, va, Load, pb, NoFault)
	// The same root in another mode or with another ASID is another context.
	a.kernel(ta.satp(2))
	a.want(t, va, Load, pa, NoFault)
}

// A fence by address inside a superpage reaches fragments of it at other
// addresses, in both levels and for fetches too.
func TestTrap03SuperpageFragments(t *testing.T) {
	cases := []struct {
		name  string
		level int
		size  uint64
		flags uint64
	}{
		{"64K", 0, 1 << 16, pteN | 8<<10},
		{"2M", 1, 1 << 21, 0},
		{"1G", 2, 1 << 30, 0},
		{"512G", 3, 1 << 39, 0},
	}
	for _, c := range cases {
		for _, fence := range fences {
			t.Run(c.name+"/"+fence.name, func(t *testing.T) {
				g := newGuest(t, 1<<20)
				h := g.hart(g.shared(nil))
				pt := g.pageTable(4)
				base := uint64(0x40_0000_0000) * 4 // 1 TiB, aligned for all
				// The RAM must lie within the mapped range at equal offsets.
				off := ramBase % c.size
				paBase := ramBase - off
				slots := []uint64{pt.slot(base, c.level)}
				if c.flags&pteN != 0 {
					for i := uint64(1); i < 16; i++ {
						slots = append(slots, pt.slot(base+i<<12, 0))
					}
				}
				fill := func(flags uint64) {
					for _, at := range slots {
						g.poke(at, paBase>>2|flags)
					}
				}
				fill(rwx | c.flags)
				h.kernel(pt.satp(9))
				first, other := base+off, base+off+0x3000
				for acc := Fetch; acc <= Store; acc++ {
					h.want(t, first, acc, ramBase, NoFault)
					h.want(t, other, acc, ramBase+0x3000, NoFault)
					h.wantHit(t, other, acc, true)
				}
				fetchID := h.l1.FetchID
				fill(0)
				fence.do(h, first, 9)
				for acc := Fetch; acc <= Store; acc++ {
					h.want(t, other, acc, 0, PageFault)
				}
				if h.l1.FetchID == fetchID {
					t.Error("jump caches keyed by FetchID still know the superpage")
				}
			})
		}
	}
}

// Every view sees what it may, though all share one second-level entry and an
// address.
func TestTrap04Views(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	satp := pt.satp(0)
	const user, kern, exec = 0x1000, 0x2000, 0x3000
	pu, pk, px := g.page(), g.page(), g.page()
	pt.set(user, pu, 0, rwx|pteU)
	pt.set(kern, pk, 0, rwx)
	pt.set(exec, px, 0, pteV|pteX|pteU|pteA)
	type row struct {
		data     Priv
		sum, mxr bool
		va       uint64
		acc      Access
		f        Fault
	}
	rows := []row{
		{U, false, false, user, Load, NoFault}, {U, false, false, user, Store, NoFault}, {U, false, false, user, Fetch, NoFault},
		{U, false, false, kern, Load, PageFault}, {U, false, false, kern, Store, PageFault}, {U, false, false, kern, Fetch, PageFault},
		{U, true, false, kern, Load, PageFault},
		{U, false, false, exec, Load, PageFault}, {U, false, true, exec, Load, NoFault}, {U, false, true, exec, Store, PageFault},
		{S, false, false, user, Load, PageFault}, {S, false, false, user, Store, PageFault}, {S, false, false, user, Fetch, PageFault},
		{S, true, false, user, Load, NoFault}, {S, true, false, user, Store, NoFault}, {S, true, false, user, Fetch, PageFault},
		{S, false, false, kern, Load, NoFault}, {S, false, false, kern, Store, NoFault}, {S, false, false, kern, Fetch, NoFault},
		{S, false, true, exec, Load, PageFault}, {S, true, true, exec, Load, NoFault}, {S, true, false, exec, Load, PageFault},
		{S, true, true, exec, Fetch, PageFault}, {S, true, true, exec, Store, PageFault},
	}
	pas := map[uint64]uint64{user: pu, kern: pk, exec: px}
	// Twice in two orders: whatever an earlier view filled must not serve a later.
	for round := range 4 {
		for i := range rows {
			r := rows[(i*7+round*5)%len(rows)]
			h.Switch(satp, r.data, r.data, r.sum, r.mxr)
			h.want(t, r.va, r.acc, pas[r.va], r.f)
		}
		if round == 2 {
			h.FlushFirstLevel()
		}
	}
	// MPRV: M-mode fetches are physical while its data goes by a view of S or U.
	h.Switch(satp, M, U, false, false)
	h.want(t, user, Load, pu, NoFault)
	h.want(t, kern, Load, 0, PageFault)
	h.want(t, pk, Fetch, pk, NoFault)
	h.Switch(satp, M, M, false, false)
	h.want(t, pk+8, Load, pk+8, NoFault)
}

// A and D are set by compare-and-swap: another writer's bits survive, and a PTE
// that changes under the walker is looked at again.
func TestTrap06SwapFailsWalkAgain(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, pteV|pteR|pteW)
	h.kernel(pt.satp(0))
	stop := make(chan struct{})
	done := make(chan struct{})
	// The other writer sets a software bit again and again and clears A, D and
	// the bit; nobody may ever find a page number or permission lost.
	go func() {
		defer close(done)
		w, _ := g.mem.Word64(at)
		for {
			select {
			case <-stop:
				return
			default:
			}
			v := w.Load()
			if v>>ptePPNShift != page>>pageShift || v&(pteV|pteR|pteW) != pteV|pteR|pteW {
				t.Errorf("PTE became %#x", v)
				return
			}
			w.CompareAndSwap(v, (v^1<<8)&^(pteA|pteD))
		}
	}()
	for i := range 20000 {
		h.FenceAll()
		acc := Load + Access(i&1)
		if pa, f := h.Translate(va, 8, acc); f != NoFault || pa != page {
			t.Fatalf("pa %#x fault %d", pa, f)
		}
	}
	close(stop)
	<-done
}

// A leaf that turns invalid between the walker's read and its swap must fault,
// not be revived.
func TestTrap06LostSwapSeesNewPTE(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, pteV|pteR|pteW)
	h.kernel(pt.satp(0))
	w, _ := g.mem.Word64(at)
	done := make(chan struct{})
	const rounds = 20000
	go func() {
		defer close(done)
		for range rounds {
			w.Store(page>>2 | pteV | pteR | pteW)
			if old := w.Swap(0); old == 0 {
				t.Error("somebody else cleared the PTE")
			}
			if v := w.Load(); v != 0 {
				t.Errorf("an invalid PTE was revived: %#x", v)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			h.FenceVA(va)
			if _, f := h.Translate(va, 8, Store); f == AccessFault {
				t.Fatal("access fault")
			}
		}
	}
}

// The swap is reported to the code map: page tables may share a page with code.
func TestTrap06SwapTellsCodeMap(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	page := g.page()
	at := pt.set(0x5000, page, 0, pteV|pteR|pteW)
	var told []uint64
	g.mem.OnCodeWrite(func(pa, n uint64) { told = append(told, pa, n) })
	g.mem.MarkCode(at)
	h.kernel(pt.satp(0))
	h.want(t, 0x5000, Store, page, NoFault)
	if len(told) != 2 || told[0] != at || told[1] != 8 {
		t.Fatalf("told %#x, want 8 bytes at %#x", told, at)
	}
}

// The first store through an entry that a load filled still sets D.
func TestTrap07StoreAfterLoadSetsD(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, pteV|pteR|pteW)
	h.kernel(pt.satp(0))
	h.want(t, va, Load, page, NoFault)
	if v := g.peek(at); v&(pteA|pteD) != pteA {
		t.Fatalf("after a load the PTE is %#x, want A alone", v)
	}
	h.wantHit(t, va, Load, true)
	h.wantHit(t, va, Store, false)
	h.want(t, va, Store, page, NoFault)
	if v := g.peek(at); v&(pteA|pteD) != pteA|pteD {
		t.Fatalf("after a store the PTE is %#x, want A and D", v)
	}
	h.wantHit(t, va, Store, true)
}

// The same without Svadu: the store faults although the load was served.
func TestTrap07SvadeFaults(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	at := pt.set(va, page, 0, pteV|pteR|pteW)
	h.kernel(pt.satp(0))
	h.want(t, va, Load, 0, PageFault)
	g.poke(at, page>>2|pteV|pteR|pteW|pteA)
	h.want(t, va, Load, page, NoFault)
	h.want(t, va, Store, 0, PageFault)
	g.poke(at, page>>2|rw)
	h.want(t, va, Store, page, NoFault) // no fence needed: cached leaves without D do not answer
	if g.peek(at) != page>>2|rw {
		t.Fatal("the PTE was written")
	}
}

// An access that reaches into the next page never hits the first level, however
// both pages are cached, so that its pages are checked one by one; checking the
// second changes nothing in the first.
func TestTrap08CrossingNeverHits(t *testing.T) {
	g := newGuest(t, 16<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	pages := g.next
	for i := range uint64(2 * FirstLevelEntries) {
		pt.set(i<<12, pages, 0, rwx)
		pages = g.page()
	}
	h.kernel(pt.satp(0))
	for i := range uint64(2 * FirstLevelEntries) {
		for acc := Fetch; acc <= Store; acc++ {
			if _, f := h.Translate(i<<12, 1, acc); f != NoFault {
				t.Fatal(f)
			}
		}
	}
	for i := range uint64(2*FirstLevelEntries) - 1 {
		for size := uint64(2); size <= 8; size *= 2 {
			for acc := Fetch; acc <= Store; acc++ {
				if _, hit := h.lookup(i<<12|0xfff, size, acc); hit {
					t.Fatalf("access %d of %d bytes at %#x hits", acc, size, i<<12|0xfff)
				}
			}
		}
	}
}

// A page with translated code gets no store entry, and DropStores takes the ones
// that are out.
func TestTrap09CodePages(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	const va = 0x5000
	page := g.page()
	pt.set(va, page, 0, rwx)
	h.kernel(pt.satp(0))
	h.want(t, va, Store, page, NoFault)
	h.wantHit(t, va, Store, true)
	if !g.mem.MarkCode(page) {
		t.Fatal("the store entry went unrecorded")
	}
	h.DropStores()
	g.mem.ClearStored(page)
	for range 2 {
		h.wantHit(t, va, Store, false)
		h.want(t, va, Store, page, NoFault)
	}
	h.wantHit(t, va, Load, true)
	if g.mem.MarkCode(page) {
		t.Fatal("a store entry was handed out for a code page")
	}
	g.mem.ClearCode(page)
	h.want(t, va, Store, page, NoFault)
	h.wantHit(t, va, Store, true)
}
