package shardedtlb

import "testing"

// views are what an access can be made in.
func views(r Regime) (l []View) {
	for _, priv := range []Priv{U, S} {
		for i := range 4 {
			l = append(l, View{r, priv, i&1 != 0, i&2 != 0})
		}
	}
	return l
}

// trace is what a probe must leave as it is: the first level, what the hart knows, and what all harts share.
type trace struct {
	load, store   [FirstLevelEntries]Entry
	fetch         [FetchEntries]Entry
	count         Stats
	ids           viewIDs
	minEpochs     minEpochs
	frags         bloomOf
	fetched       bloomOf
	sizes         [2]uint8
	farLoads      bool
	farStores     farStores
	inserts, lost uint64
}

type bloomOf [bloomBits / 64]uint64

func contents(b bloom) (c bloomOf) {
	if b.some {
		c = bloomOf(*b.bits)
	}
	return c
}

func (h *hart) trace() *trace {
	t := &trace{
		h.l1.Load, h.l1.Store, h.l1.Fetch, h.count, h.ids, h.minEpochs, contents(h.frags.pages), contents(h.fetched.pages), h.frags.sizes, h.farLoads, h.farStores, 0, 0,
	}
	for _, tab := range []*table{h.tab, h.private} {
		for i := 0; tab != nil && i < len(tab.shards); i++ {
			t.inserts += tab.shards[i].counters.inserts.Load()
			t.lost += tab.shards[i].counters.lost.Load()
		}
	}
	return t
}

// Whatever a page-table entry permits: a probe finds what an access then finds, in every view, whether by the hart's own
// view or as another; and it leaves no trace.
func TestProbeFindsWhatAnAccessFinds(t *testing.T) {
	g := newGuest(t, 4<<20)
	s := g.shared(nil)
	pt := g.pageTable(3)
	page := g.page()
	h, other := g.hart(s), g.hart(s) // other stays in M-mode
	h.SetEnv(true, false)
	other.SetEnv(true, false)
	for _, v := range views(pt.satp(1)) {
		for flags := range uint64(256) {
			for acc := Fetch; acc <= Store; acc++ {
				if acc == Fetch && (v.SUM || v.MXR) {
					continue // count for data alone
				}
				h.FenceAll()
				at := pt.set(0x5000, page, 0, flags)
				h.Switch(v.Regime, v.Priv, v.Priv, v.SUM, v.MXR)
				if got := h.View(acc); got != v {
					t.Fatalf("the hart's view is %+v, want %+v", got, v)
				}
				before := h.trace()
				found, f := h.Probe(v, 0x5678, 8, acc)
				if *h.trace() != *before || g.peek(at) != page>>2|flags {
					t.Fatalf("a probe (access %d) of flags %#x leaves a trace", acc, flags)
				}
				if f == PageFault && flags&(pteV|pteR|pteW|pteX) != pteV && found.Entry != page>>2|flags {
					t.Fatalf("flags %#x: the entry at fault is %#x", flags, found.Entry)
				}
				in, fin := other.AccessIn(v, 0x5678, 8, acc)
				g.poke(at, page>>2|flags)
				span, fa := h.Access(0x5678, 8, acc)
				if f != fa || fin != fa || f == NoFault && (found.Span != span || in != span) {
					t.Fatalf("access %d, flags %#x, view %+v: probe %+v %d, in the view %+v %d, access %+v %d", acc, flags, v, found, f, in, fin, span, fa)
				}
			}
		}
	}
}

// An access in another view sets A and D as any other, and the hart's own view learns nothing of it.
func TestAccessInAnotherView(t *testing.T) {
	g := newGuest(t, 4<<20)
	h := g.hart(g.shared(nil))
	h.SetEnv(true, false)
	own, other := g.pageTable(3), g.pageTable(4)
	mine, theirs := g.page(), g.page()
	own.set(0x5000, mine, 0, rw)
	at := other.set(0x5000, theirs, 0, pteV|pteR|pteW|pteU)
	h.kernel(own.satp(1))
	h.want(t, 0x5000, Store, mine, NoFault)
	l1 := h.trace()
	l1.count.ADUpdates++
	s, f := h.AccessIn(View{Regime: other.satp(1), Priv: U}, 0x5010, 8, Store)
	if f != NoFault || s.PA != theirs+0x10 || g.peek(at)&(pteA|pteD) != pteA|pteD {
		t.Errorf("pa %#x, fault %d, entry %#x", s.PA, f, g.peek(at))
	}
	if *h.trace() != *l1 {
		t.Error("the hart's own view has learned of it")
	}
	h.want(t, 0x5000, Store, mine, NoFault)
	h.want(t, 0x5000, Load, mine, NoFault)
	if s, f := h.AccessIn(View{Priv: M}, mine, 8, Load); f != NoFault || s.PA != mine || s.Host == 0 {
		t.Errorf("a physical address: %+v, fault %d", s, f)
	}
	if _, f := h.AccessIn(View{Regime: other.satp(1), Priv: U}, 1<<60, 8, Load); f != PageFault {
		t.Errorf("an address beyond: fault %d", f)
	}
	if s, f := h.AccessIn(View{Priv: M}, 0x1000, 8, Load); f != NoFault || s.Host != 0 {
		t.Errorf("no RAM: %+v, fault %d", s, f)
	}
}

// The PMP hides memory from probes too, its own entry for page tables included; page tables alone know no PMP.
func TestProbeUnderPMP(t *testing.T) {
	g := newGuest(t, 4<<20)
	h := g.hart(g.shared(nil))
	pt := g.pageTable(3)
	page := g.page()
	pt.set(0x5000, page, 0, rw)
	h.PMP().WriteCfg(0, 0)
	h.PMPChanged()
	if _, f := h.Probe(View{Regime: pt.satp(0), Priv: S}, 0x5000, 8, Load); f != AccessFault {
		t.Errorf("behind the PMP: fault %d", f)
	}
	if _, f := h.Probe(View{Priv: S}, page, 8, Load); f != AccessFault {
		t.Errorf("bare behind the PMP: fault %d", f)
	}
	if s, f := ProbeTables(g.mem, pt.satp(0), 0x5008, 8); f != NoFault || s.PA != page+8 {
		t.Errorf("page tables alone: %+v, fault %d", s, f)
	}
	for _, flags := range []uint64{pteV | pteX, pteV | pteR, rw | 1<<61} { // whatever they permit
		pt.set(0x5000, page, 0, flags)
		if s, f := ProbeTables(g.mem, pt.satp(0), 0x5008, 8); f != NoFault || s.PA != page+8 {
			t.Errorf("flags %#x: %+v, fault %d", flags, s, f)
		}
	}
	pt.set(0x5000, page, 0, 0)
	if s, f := ProbeTables(g.mem, pt.satp(0), 0x5008, 8); f != PageFault || s.Entry != page>>2 {
		t.Errorf("not there: entry %#x, fault %d", s.Entry, f)
	}
}
