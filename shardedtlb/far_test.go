package shardedtlb

import "testing"

// far maps two pages that share a near entry and loads or stores both, so that the
// near part has lost the first.
func far(t *testing.T, acc Access) (h *hart, g *guest, pt *pageTable, va, pa uint64) {
	t.Helper()
	g = newGuest(t, 1<<20)
	h = g.hart(g.shared(nil))
	pt = g.pageTable(3)
	va = 0x5000
	pa = g.page()
	other, otherPA := uint64(va+FirstLevelEntries<<12), g.page()
	pt.set(va, pa, 0, rwx)
	pt.set(other, otherPA, 0, rwx)
	h.kernel(pt.satp(0))
	for range 2 {
		h.want(t, va, acc, pa, NoFault)
		h.want(t, other, acc, otherPA, NoFault)
	}
	if _, hit := h.l1.probe(va, 1, acc); hit {
		t.Fatal("the near part still has the page")
	}
	return h, g, pt, va, pa
}

// The far part answers what the near part has lost, and gives it back.
func TestFarAnswers(t *testing.T) {
	for _, acc := range []Access{Load, Store} {
		h, _, _, va, pa := far(t, acc)
		if _, hit := h.Far(va+0xffc, 8, acc == Store); hit {
			t.Error("an access of two pages hits")
		}
		h.wantHit(t, va, acc, true)
		h.want(t, va, acc, pa, NoFault)
		if _, hit := h.l1.probe(va, 1, acc); !hit {
			t.Error("the near part has not got the entry back")
		}
	}
}

// What takes an entry from the near part takes it from the far part.
func TestFarForgets(t *testing.T) {
	for _, acc := range []Access{Load, Store} {
		for name, forget := range map[string]func(h *hart, va uint64){
			"FenceVA":         func(h *hart, va uint64) { h.FenceVA(va) },
			"FenceAll":        func(h *hart, _ uint64) { h.FenceAll() },
			"FenceASID":       func(h *hart, _ uint64) { h.FenceASID(0) },
			"FlushFirstLevel": func(h *hart, _ uint64) { h.FlushFirstLevel() },
			"PMPChanged":      func(h *hart, _ uint64) { h.PMPChanged() },
		} {
			h, _, _, va, _ := far(t, acc)
			forget(h, va)
			if _, hit := h.lookup(va, 1, acc); hit {
				t.Errorf("%s leaves the entry of access %d", name, acc)
			}
		}
	}
}

// DropStores takes the far store entries, few or many, and leaves the loads'.
func TestFarDropStores(t *testing.T) {
	h, _, _, va, _ := far(t, Store)
	h.DropStores()
	h.wantHit(t, va, Store, false)
	h.wantHit(t, va, Load, true)

	const pages = FirstLevelEntries + 2*farTracked
	g := newGuest(t, (pages+64)<<12)
	h = g.hart(g.shared(nil))
	for range 2 {
		for i := range uint64(pages) {
			h.want(t, ramBase+i<<12, Store, ramBase+i<<12, NoFault)
		}
		h.DropStores()
		for i := range uint64(pages) {
			h.wantHit(t, ramBase+i<<12, Store, false)
		}
	}
}
