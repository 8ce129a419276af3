package shardedtlb

import (
	"math/bits"
	"time"
)

// Span is where an access leads: bytes within one page.
type Span struct {
	PA   uint64  // physical address
	Host uintptr // host address; 0 if there is no RAM at PA
}

// Access answers a first-level miss: an access of size bytes at va that lies
// within one page, in the hart's current view. It checks everything that the view
// asks for, sets A and D bits, and returns where the bytes are, which the first
// level knows from then on if it is RAM:
//
//   - a Store's only if the page holds no translated code (physmem.MarkStored);
//     otherwise every store to it comes here, and the caller makes it between
//     physmem.BeginWrite and EndWrite;
//   - a device's never; the caller goes on to physmem.LoadDevice or StoreDevice,
//     which also find out that there is nothing at the address;
//   - nor one that the PMP splits;
//   - instructions come from RAM only, anything else is an AccessFault.
//
// Alignment is the caller's business.
func (m *MMU) Access(va, size uint64, acc Access) (s Span, f Fault) {
	m.countMiss(acc)
	v := &m.data
	if acc == Fetch {
		v = &m.fetch
	}
	l := leaf{}
	pa := va
	if v.space != nil {
		if !canonical(va, v.levels) {
			return Span{}, m.fault(PageFault)
		}
		if l, f = m.translate(v, va, acc); f != NoFault {
			return Span{}, m.fault(f)
		}
		pa = l.pa(va)
	}
	if !m.pmp.Allows(pa, size, acc, v.priv) {
		return Span{}, m.fault(AccessFault)
	}
	host, ram := m.mem.Host(pa, size)
	if ram {
		if !m.pmp.splitsPage(pa) && m.fill(va, pa, host&^pageMask, acc, l.size) {
			m.count.Fills++
		}
	} else if acc == Fetch {
		if !m.mem.IsROM(pa, size) {
			return Span{}, m.fault(AccessFault)
		}
		if !m.pmp.splitsPage(pa) && m.fill(va, pa, 0, acc, l.size) { // of fetches an entry has the physical address
			m.count.Fills++
		}
	}
	return Span{pa, host}, NoFault
}

// translate finds the leaf for va in the second level or the page table.
func (m *MMU) translate(v *view, va uint64, acc Access) (leaf, Fault) {
	if m.class == classUnknown {
		m.class = m.shared.classes.number(&m.pmp.image)
	}
	if m.tab == nil {
		m.adopt(m.chosen())
	}
	if v.space.since == 0 {
		m.join(v.space)
	}
	if l, ok := m.lookup(v, va, acc); ok {
		if m.ahead != nil {
			m.ahead.reached(m, v, va, acc)
		}
		return l, NoFault
	}
	return m.walkAndKeep(v, va, acc)
}

// lookup tries the second level at every leaf size that the address space has
// shown so far. Entries that do not allow the access, or lack an A or D bit that
// it needs, do not answer: the page table may know better, and must be written.
func (m *MMU) lookup(v *view, va uint64, acc Access) (leaf, bool) {
	if m.shared.cfg.Strategy == Hybrid {
		if m.window++; m.window > uint32(m.shared.cfg.HybridWindow) {
			m.reconsider()
		}
	}
	sp, half := v.space, va>>63
	todo := sp.sizes[half]
	if todo == 0 || m.class == classNone {
		m.count.L2Misses++
		return leaf{}, false
	}
	for size := sp.last[half]; ; size = uint8(bits.TrailingZeros8(todo)) {
		if l, ok := m.lookupSize(sp, va, size); ok && l.pte&adNeeded(acc) == adNeeded(acc) && permits(l.pte, acc, v) {
			sp.last[half] = size
			m.count.L2Hits++
			m.windowHits++
			return l, true
		}
		if todo &^= 1 << size; todo == 0 {
			m.count.L2Misses++
			return leaf{}, false
		}
	}
}

// lookupSize tries the second level for a leaf of one size.
func (m *MMU) lookupSize(sp *space, va uint64, size uint8) (leaf, bool) {
	key := makeKey(va, size, sp.env, m.class)
	shard, set := m.tab.locate(sp.regime, key)
	pte, epoch, ok := set.find(sp.regime, key)
	if ok && (epoch < sp.since || !m.minEpochs.accepts(epoch, sp.regime, va, size)) {
		m.count.L2Fenced++
		ok = false
	}
	m.countLookup(shard, ok)
	return leaf{pte, size}, ok
}

// walkAndKeep walks for an access and keeps the result in the second level.
func (m *MMU) walkAndKeep(v *view, va uint64, acc Access) (l leaf, f Fault) {
	// The clock is read before the walk: a fence in between makes the entry too
	// old for the hart that fenced, although it is inserted after the fence.
	epoch := m.tab.clock.Load()
	var w walk
	if m.timeWalk() {
		start := time.Now()
		w, f = m.walk(v, va, acc, adUpdate)
		m.walkTook(time.Since(start))
	} else {
		w, f = m.walk(v, va, acc, adUpdate)
	}
	m.count.Walks++
	m.count.WalkLevels += uint64(w.reads)
	if f != NoFault {
		return leaf{}, f
	}
	m.count.GlobalWalks += w.leaf.pte & pteG / pteG
	m.keep(v.space, va, w.leaf, epoch)
	if m.shared.cfg.Prefetch {
		if m.ahead == nil {
			m.ahead = newPrefetcher(m.shared.cfg)
		}
		m.ahead.walked(m, v, va, acc, w, epoch)
	}
	return w.leaf, NoFault
}

// keep inserts a leaf into the second level.
func (m *MMU) keep(sp *space, va uint64, l leaf, epoch uint64) {
	if m.class == classNone {
		return
	}
	half := va >> 63
	sp.sizes[half] |= 1 << l.size
	sp.last[half] = l.size
	m.tab.insert(sp.regime, makeKey(va, l.size, sp.env, m.class), l.pte, epoch)
}
