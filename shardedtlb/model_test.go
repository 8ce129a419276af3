package shardedtlb

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// The model test lets several harts edit page tables, fence, switch and access
// at random, and keeps the history of what every address translated to. The
// architecture allows an access any translation that existed at some moment since
// the last fence by the same hart that concerns it, and nothing else.

// record is what a page table said about one address from one moment to another.
type record struct {
	from, to uint64 // to is 0 while it is the latest
	pte      uint64 // the leaf
	size     uint8
	f        Fault // if there is no leaf
}

// refWalk is the reference walker: the specification's steps, one snapshot.
func refWalk(mem *physmem.Memory, satp, va uint64) record {
	levels := int(satp>>60) - 5
	if top := int64(va) >> (11 + 9*levels); top != 0 && top != -1 {
		return record{f: PageFault}
	}
	table := satp << 20 >> 20 << 12
	for i := levels - 1; i >= 0; i-- {
		w, ok := mem.Word64(table + (va>>(12+9*i))%512*8)
		if !ok {
			return record{f: AccessFault}
		}
		pte := w.Load()
		v, r, wr, x := pte&1, pte>>1&1, pte>>2&1, pte>>3&1
		ppn := pte << 10 >> 20
		switch {
		case v == 0 || r == 0 && wr == 1 || pte<<3>>57 != 0:
			return record{f: PageFault}
		case r == 0 && x == 0:
			if pte&0xd0 != 0 || pte>>61 != 0 {
				return record{f: PageFault}
			}
			table = ppn << 12
			continue
		case pte>>63 == 1 && (i != 0 || ppn%16 != 8):
			return record{f: PageFault}
		case ppn%(1<<(9*i)) != 0:
			return record{f: PageFault}
		}
		size := []uint8{size4K, size2M, size1G, size512G, size256T}[i]
		if pte>>63 == 1 {
			size = size64K
		}
		return record{pte: pte, size: size}
	}
	return record{f: PageFault}
}

// outcome is what an access gets by a record.
func (r record) outcome(va uint64, acc Access, priv Priv, sum, mxr, adue, pbmte bool) (uint64, Fault) {
	if r.f != NoFault {
		return 0, r.f
	}
	bit := func(n int) bool { return r.pte>>n&1 == 1 }
	pbmt := r.pte >> 61 & 3
	ok := pbmt == 0 || pbmte && pbmt != 3
	if bit(4) {
		ok = ok && (priv == U || sum && acc != Fetch)
	} else {
		ok = ok && priv == S
	}
	switch acc {
	case Fetch:
		ok = ok && bit(3)
	case Load:
		ok = ok && (bit(1) || mxr && bit(3))
	case Store:
		ok = ok && bit(2)
	}
	if !adue {
		ok = ok && bit(6) && (acc != Store || bit(7))
	}
	if !ok {
		return 0, PageFault
	}
	span := uint64(1) << []uint{12, 16, 21, 30, 39, 48}[r.size]
	return r.pte<<10>>20<<12&^(span-1) | va%span, NoFault
}

// modelHart is a hart and what the model knows of its fences.
type modelHart struct {
	*hart
	satp        uint64
	fetch, data Priv
	sum, mxr    bool
	adue, pbmte bool

	all  uint64
	asid map[uint16]uint64
	va   []vaFence
}

type vaFence struct{ va, at uint64 }

// least is the moment from which on a record must have existed.
func (h *modelHart) least(satp, va uint64, size uint8) uint64 {
	f := max(h.all, h.asid[uint16(satp>>44)])
	for _, v := range h.va {
		if v.va>>sizeShift[size] == va>>sizeShift[size] {
			f = max(f, v.at)
		}
	}
	return f
}

type model struct {
	t     *testing.T
	r     *rand.Rand
	g     *guest
	now   uint64
	harts []*modelHart
	satps []uint64
	vas   []uint64
	ptes  []modelPTE
	sums  int // changes of SUM behind the MMU's back
	log   map[[2]uint64][]record
}

// modelPTE is a PTE that the model edits: pointer is the value that links the
// tables as they were built, 0 at the lowest level.
type modelPTE struct {
	at, pointer uint64
	level       int
}

func newModel(t *testing.T, seed uint64, cfg func(*Config)) *model {
	g := newGuest(t, 64<<20)
	m := &model{t: t, r: rand.New(rand.NewPCG(seed, seed)), g: g, log: map[[2]uint64][]record{}}
	for _, base := range []uint64{0, 0x4000_0000, 0xffff_ffc0_0000_0000} {
		for _, off := range []uint64{0, 0x1000, 0x2000, 0x3000, 0x4000, 0xf000, 0x10_0000, 0x20_0000, 0x20_5000} {
			m.vas = append(m.vas, base+off)
		}
	}
	for i := range 3 {
		pt := g.pageTable(3 + i%2)
		m.satps = append(m.satps, uint64(pt.satp(uint16(i+1))))
		m.satps = append(m.satps, uint64(pt.satp(7))) // the same table by a shared ASID
		seen := map[uint64]bool{}
		for _, va := range m.vas {
			for level := range 3 {
				at := pt.slot(va, level)
				if !seen[at] {
					seen[at] = true
					m.ptes = append(m.ptes, modelPTE{at, g.peek(at), level})
				}
			}
		}
	}
	for i, p := range m.ptes { // pointers exist only now
		m.ptes[i].pointer = g.peek(p.at)
	}
	s := g.shared(cfg)
	for range 3 {
		h := &modelHart{hart: g.hart(s), asid: map[uint16]uint64{}}
		m.harts = append(m.harts, h)
		m.switchTo(h)
	}
	m.observe()
	return m
}

// observe brings the history up to date.
func (m *model) observe() {
	for _, satp := range m.satps {
		for _, va := range m.vas {
			k := [2]uint64{satp, va}
			r := refWalk(m.g.mem, satp, va)
			l := m.log[k]
			if n := len(l); n > 0 {
				if last := l[n-1]; last.pte == r.pte && last.size == r.size && last.f == r.f {
					continue
				}
				l[n-1].to = m.now
			}
			r.from = m.now
			m.log[k] = append(l, r)
		}
	}
}

// edit changes one PTE, mostly to something useful.
func (m *model) edit() {
	p := m.ptes[m.r.IntN(len(m.ptes))]
	v := p.pointer
	if p.level == 0 || m.r.IntN(4) == 0 {
		ppn := uint64(ramBase>>12) + m.r.Uint64N(16<<10)>>(9*p.level)<<(9*p.level)
		if p.level == 2 {
			ppn = ramBase >> 12
		}
		v = ppn<<10 | m.r.Uint64N(256) | pteV
		if m.r.IntN(3) > 0 {
			v |= rwx | m.r.Uint64N(2)<<4
		}
		switch m.r.IntN(16) {
		case 0:
			v &^= pteV
		case 1, 2, 3:
			v = v&^(15<<10) | 8<<10 | pteN
		case 4:
			v |= m.r.Uint64N(4) << 61
		case 5:
			v |= 1 << 57
		}
	}
	m.g.poke(p.at, v)
}

func (m *model) switchTo(h *modelHart) {
	h.satp = m.satps[m.r.IntN(len(m.satps))]
	h.fetch, h.data = Priv(m.r.IntN(2)), Priv(m.r.IntN(2))
	h.sum, h.mxr = m.r.IntN(2) == 0, m.r.IntN(4) == 0
	h.Switch(Regime(h.satp), h.fetch, h.data, h.sum, h.mxr)
}

// changeSUM does what native code does, if that can.
func (m *model) changeSUM(h *modelHart) {
	for range 1 + m.r.IntN(2) {
		if h.l1.SUM != 0 {
			h.l1.DataID ^= h.l1.SUM
			h.sum = !h.sum
			m.sums++
		}
	}
	h.Follow()
}

func (m *model) fence(h *modelHart) {
	satp, va := m.satps[m.r.IntN(len(m.satps))], m.vas[m.r.IntN(len(m.vas))]
	asid := uint16(satp >> 44)
	switch m.r.IntN(6) {
	case 0:
		h.FenceAll()
		h.all, h.va = m.now, nil
	case 1:
		h.FenceASID(asid)
		h.asid[asid] = m.now
	case 2:
		h.FenceVAASID(va, asid) // at least: the model asks for no more than FenceVA
		h.va = append(h.va, vaFence{va, m.now})
	default:
		h.FenceVA(va)
		h.va = append(h.va, vaFence{va, m.now})
	}
}

func (m *model) access(h *modelHart) {
	va, acc := m.vas[m.r.IntN(len(m.vas))]+m.r.Uint64N(8)*8, Access(m.r.IntN(3))
	priv := h.data
	if acc == Fetch {
		priv = h.fetch
	}
	pa, f, hit := h.access(va, acc)
	var legal string
	for _, r := range m.candidates(h.satp, va) {
		if least := h.least(h.satp, va, r.size); r.to != 0 && r.to <= least {
			continue
		}
		wantPA, wantF := r.outcome(va, acc, priv, h.sum, h.mxr, h.adue, h.pbmte)
		if wantF == NoFault && acc == Fetch && !m.g.mem.IsRAM(wantPA, 1) {
			wantF = AccessFault
		}
		if wantF == f && (f != NoFault || wantPA == pa) {
			return
		}
		legal += fmt.Sprintf("  pa %#x fault %d from %+v\n", wantPA, wantF, r)
	}
	m.t.Fatalf("at %d: access %d at %#x satp %#x priv %d: pa %#x fault %d (first-level hit %v); legal:\n%s",
		m.now, acc, va, h.satp, priv, pa, f, hit, legal)
}

// candidates are the records that may translate va: its own, and those of Svnapot
// leaves around it, which may be cached for all of their 64 KiB.
func (m *model) candidates(satp, va uint64) []record {
	own := m.log[[2]uint64{satp, va &^ 0xfff}]
	for _, other := range m.vas {
		if other == va&^0xfff || other>>16 != va>>16 {
			continue
		}
		for _, r := range m.log[[2]uint64{satp, other}] {
			if r.size == size64K {
				own = append(own[:len(own):len(own)], r)
			}
		}
	}
	return own
}

func (m *model) step() {
	changed := false
	h := m.harts[m.r.IntN(len(m.harts))]
	switch n := m.r.IntN(100); {
	case n < 70:
		updates := h.count.ADUpdates
		m.access(h)
		changed = h.count.ADUpdates != updates
	case n < 75:
		m.changeSUM(h)
	case n < 80:
		m.edit()
		changed = true
	case n < 90:
		m.fence(h)
	case n < 99:
		m.switchTo(h)
	default:
		h.adue, h.pbmte = m.r.IntN(2) == 0, m.r.IntN(2) == 0
		h.SetEnv(h.adue, h.pbmte)
	}
	if m.now++; changed {
		m.observe()
	}
}

func TestModelRandomEditsAndFences(t *testing.T) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		for _, prefetch := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/prefetch=%v", strategy, prefetch), func(t *testing.T) {
				var sum Stats
				sums := 0
				for seed := range uint64(4) {
					m := newModel(t, seed+1, func(c *Config) {
						c.Strategy, c.Prefetch = strategy, prefetch
						c.Shards, c.SetsPerShard, c.PrivateSets = 2, 16, 16 // crowded
						c.HybridWindow = 64
					})
					for i := range 3000 {
						if i%500 == 0 {
							m.harts[0].shared.SetActive(i / 500 % 3)
						}
						m.step()
					}
					sums += m.sums
					for _, h := range m.harts {
						h.PublishStats()
						sum.Add(h.Stats())
					}
				}
				if sums < 20 || sum.L2Hits == 0 || sum.L2Fenced == 0 || sum.Walks == 0 || sum.ADUpdates == 0 || sum.PageFaults == 0 {
					t.Errorf("the run exercised too little: %d changes of SUM, %+v", sums, sum)
				}
				if prefetch && sum.PrefetchIssued == 0 {
					t.Error("nothing was prefetched")
				}
			})
		}
	}
}
