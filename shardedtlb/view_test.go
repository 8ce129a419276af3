package shardedtlb

import "testing"

// Coming back to a recent address space finds its first level warm; one that is
// long gone has new ids.
func TestSwitchReturnsToWarmEntries(t *testing.T) {
	g := newGuest(t, 4<<20)
	h := g.hart(g.shared(nil))
	var satps []Regime
	var pages []uint64
	for i := range numSpaces + 1 {
		pt := g.pageTable(3)
		page := g.page()
		pt.set(uint64(i+1)<<12, page, 0, rwx)
		satps, pages = append(satps, pt.satp(uint16(i))), append(pages, page)
	}
	for i := range numSpaces {
		h.kernel(satps[i])
		h.want(t, uint64(i+1)<<12, Load, pages[i], NoFault)
	}
	for i := range numSpaces {
		h.kernel(satps[i])
		h.wantHit(t, uint64(i+1)<<12, Load, true)
		h.wantHit(t, uint64((i+1)%numSpaces+1)<<12, Load, false) // a neighbour's
	}
	h.kernel(satps[numSpaces]) // takes the place of space 0, the least recent
	h.kernel(satps[1])
	h.wantHit(t, 2<<12, Load, true)
	h.kernel(satps[0])
	h.wantHit(t, 1<<12, Load, false)
}

// A privilege round trip keeps both views' entries.
func TestSwitchPrivilegeRoundTrip(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	pu, pk := g.page(), g.page()
	pt.set(0x1000, pu, 0, rwx|pteU)
	pt.set(0x2000, pk, 0, rwx)
	satp := pt.satp(0)
	h.user(satp)
	h.want(t, 0x1000, Load, pu, NoFault)
	h.kernel(satp)
	h.want(t, 0x2000, Load, pk, NoFault)
	h.Switch(satp, M, M, false, false)
	h.wantHit(t, 0x1000, Load, false)
	h.user(satp)
	h.wantHit(t, 0x1000, Load, true)
	h.wantHit(t, 0x2000, Load, false)
	h.kernel(satp)
	h.wantHit(t, 0x2000, Load, true)
	h.wantHit(t, 0x1000, Load, false)
}

// When the ids run out everything is forgotten, Generation tells, and no id is
// current for two views or reused within a generation.
func TestViewIDsRecycle(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	page := g.page()
	at := pt.set(0x1000, page, 0, rwx)
	h.kernel(pt.satp(0))
	seen := map[uint64]bool{}
	for i := range 3 * maxID {
		gen := h.Generation()
		data, fetch := h.l1.DataID, h.l1.FetchID
		h.FenceAll()
		if h.Generation() != gen {
			clear(seen)
			for _, e := range h.l1.Fetch {
				if e.Tag != 0 {
					t.Fatal("an entry survived the recycling of its id")
				}
			}
		} else if h.l1.DataID == data || h.l1.FetchID == fetch {
			t.Fatal("a fence kept an id")
		}
		for _, id := range []uint64{h.l1.DataID, h.l1.FetchID} {
			if id == 0 || id > maxID || seen[id] {
				t.Fatalf("id %d handed out twice or out of range", id)
			}
			seen[id] = true
		}
		page ^= 0x10_0000 &^ pageMask // two pages in turn: a stale hit would show
		if !g.mem.IsRAM(page, 1) {
			page ^= 0x10_0000
		}
		if i%16 == 0 {
			g.poke(at, page>>2|rwx)
			h.FenceAll()
			seen[h.l1.DataID], seen[h.l1.FetchID] = true, true
		}
		h.want(t, 0x1000, Load, page, NoFault)
		h.want(t, 0x1000, Fetch, page, NoFault)
	}
	if h.Generation() < 2 || h.count.IDRecycles != h.Generation() {
		t.Errorf("generation %d after %d recycles", h.Generation(), h.count.IDRecycles)
	}
}

// FetchID moves exactly when code at the fenced address may have been fetched.
func TestFenceVAKeepsFetchIDOfOtherCode(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	code, data := g.page(), g.page()
	pt.set(0x1000, code, 0, rwx)
	pt.set(0x2000, data, 0, rwx)
	h.kernel(pt.satp(0))
	h.want(t, 0x1000, Fetch, code, NoFault)
	h.want(t, 0x2000, Load, data, NoFault)
	id := h.l1.FetchID
	h.FenceVA(0x2000)
	if h.l1.FetchID != id {
		t.Error("fencing a data page ended the fetch id")
	}
	h.wantHit(t, 0x2000, Load, false)
	h.wantHit(t, 0x1000, Fetch, true)
	h.want(t, 0x2000, Load, data, NoFault)
	h.FenceVA(0x1000)
	if h.l1.FetchID == id {
		t.Error("fencing a code page kept the fetch id")
	}
	h.wantHit(t, 0x2000, Load, true)
	// Also while another address space is current.
	id = h.l1.FetchID
	h.want(t, 0x1000, Fetch, code, NoFault)
	other := g.pageTable(3)
	h.kernel(other.satp(1))
	h.FenceVA(0x1000)
	h.kernel(pt.satp(0))
	if h.l1.FetchID == id {
		t.Error("a fence from another address space kept the fetch id")
	}
}

// A fence of one ASID leaves the others warm.
func TestFenceASIDLeavesOthersWarm(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	a, b := g.pageTable(3), g.pageTable(3)
	pa, pb := g.page(), g.page()
	a.set(0x1000, pa, 0, rwx)
	b.set(0x2000, pb, 0, rwx|pteG)
	h.kernel(a.satp(1))
	h.want(t, 0x1000, Load, pa, NoFault)
	h.kernel(b.satp(2))
	h.want(t, 0x2000, Load, pb, NoFault)
	if n := h.Counted(); n.Walks != 2 || n.GlobalWalks != 1 {
		t.Errorf("%d walks, %d of them to global pages, want 2 and 1", n.Walks, n.GlobalWalks)
	}
	h.FenceASID(2)
	h.wantHit(t, 0x2000, Load, false)
	h.kernel(a.satp(1))
	h.wantHit(t, 0x1000, Load, true)
}

// Fences in M-mode concern the spaces that are not current.
func TestFenceFromMachineMode(t *testing.T) {
	for _, fence := range fences {
		g := newGuest(t, 1<<20)
		h := g.hart(g.shared(nil))
		pt := g.pageTable(3)
		old, now := g.page(), g.page()
		at := pt.set(0x1000, old, 0, rwx)
		h.kernel(pt.satp(5))
		h.want(t, 0x1000, Load, old, NoFault)
		h.Switch(pt.satp(5), M, M, false, false)
		g.poke(at, now>>2|rwx)
		fence.do(h, 0x1000, 5)
		h.kernel(pt.satp(5))
		h.want(t, 0x1000, Load, now, NoFault)
	}
}

func TestSwitchWithoutChangeAllocatesNothing(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	n := testing.AllocsPerRun(100, func() {
		h.user(pt.satp(0))
		h.kernel(pt.satp(0))
		h.kernel(pt.satp(1))
		h.FenceASID(1)
		h.FenceVA(0x1000)
		h.FenceAll()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// changesSUM does what native code does.
func (h *hart) changesSUM() {
	h.l1.DataID ^= h.l1.SUM
	h.Follow()
}

// Native code may change SUM where the other view has an id: what follows sees memory with it, and a Switch to any view
// counts from there.
func TestFollow(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	pu := g.page()
	pt.set(0x1000, pu, 0, rwx|pteU)
	satp := pt.satp(0)
	h.kernel(satp)
	if h.l1.SUM != 0 {
		t.Error("a view that nobody has had can be changed to")
	}
	h.Switch(satp, S, S, true, false)
	with := h.l1.DataID
	h.kernel(satp)
	without := h.l1.DataID
	for range 3 {
		h.want(t, 0x1000, Load, 0, PageFault)
		if h.changesSUM(); h.l1.DataID != with || !h.View(Load).SUM {
			t.Fatalf("id %d and view %+v with SUM, want id %d", h.l1.DataID, h.View(Load), with)
		}
		h.want(t, 0x1000, Load, pu, NoFault)
		h.changesSUM()
	}
	h.changesSUM()
	if h.kernel(satp); h.l1.DataID != without {
		t.Error("Switch has taken a view for current that was left")
	}
	h.changesSUM()
	h.SetEnv(false, true)
	h.want(t, 0x1000, Load, pu, NoFault)
	if h.l1.SUM != 0 {
		t.Error("the other view can be changed to after all have been forgotten")
	}
	h.user(satp)
	if h.l1.SUM != 0 {
		t.Error("U-mode's view depends on SUM")
	}
	if h.Switch(satp, M, M, false, false); h.l1.SUM != 0 {
		t.Error("M-mode's view depends on SUM")
	}
}
