package shardedtlb

// prefetcher translates ahead of accesses that walk through memory in steps.
//
// The history holds the pages that needed a walk. When the page just walked and
// two before it are equally far apart, the next pages of that stream are
// translated too. The last of them, the run's trigger, goes to the second level
// alone: an access that reaches it shows that the stream goes on, and the next run
// is made from there without another walk by the access itself. The others go to
// the first level, and while the stream is not yet sure to the second as well; a
// sure stream spares the second level its passing pages.
//
// A prefetch does only what the specification allows at any time, an implicit
// read of page tables: it never faults, never sets an A or D bit (leaves that
// lack one are left alone), and never touches a device.
type prefetcher struct {
	history  []uint64 // ring of page numbers
	next     int
	distance int
	credit   int // pages that may still be issued without any being used
	runs     [16]run
}

// run is a run whose trigger has not been reached yet.
type run struct {
	tag    uint64 // trigger page | view id
	stride int64  // in pages
	pages  int    // how many were translated
}

const (
	noPage     = 1 << 63 // far from every page number
	maxStride  = 63      // pages; see strideOf
	maxCredit  = 256
	creditWait = 16 // walks between attempts while nothing prefetched is used
)

func newPrefetcher(cfg Config) *prefetcher {
	p := &prefetcher{
		history:  make([]uint64, cfg.PrefetchHistory),
		distance: cfg.PrefetchDistance,
		credit:   maxCredit,
	}
	for i := range p.history {
		p.history[i] = noPage
	}
	return p
}

// strideOf looks for the smallest step s such that page-s and page-2s are both
// in the history. It returns 0 if there is none. One pass notes who is near,
// bit k of back for page-k and of ahead for page+k.
func (p *prefetcher) strideOf(page uint64) int64 {
	var back, ahead [2]uint64
	for _, h := range p.history {
		if d := page - h; d-1 < 127 {
			back[d>>6] |= 1 << (d & 63)
		} else if d = -d; d-1 < 127 {
			ahead[d>>6] |= 1 << (d & 63)
		}
	}
	for s := uint64(1); s <= maxStride; s++ {
		if hasStep(&back, s) {
			return int64(s)
		}
		if hasStep(&ahead, s) {
			return -int64(s)
		}
	}
	return 0
}

// hasStep reports whether bits s and 2s are set; s is at most maxStride.
func hasStep(near *[2]uint64, s uint64) bool {
	return near[0]&(1<<s) != 0 && near[2*s>>6]&(1<<(2*s&63)) != 0
}

// walked is told of an access that needed walk w, which began at clock reading.
func (p *prefetcher) walked(m *MMU, v *view, va uint64, acc Access, w walk, reading uint64) {
	if w.leaf.size != size4K {
		return
	}
	page := va >> pageShift
	stride := p.strideOf(page)
	p.history[p.next] = page
	if p.next++; p.next == len(p.history) {
		p.next = 0
	}
	if p.credit <= 0 {
		p.credit++
	}
	if stride != 0 && p.credit > 0 {
		p.issue(m, v, va, acc, stride, w.at, reading, false)
	}
}

// reached is told of an access that the second level answered. If it is a run's
// trigger the stream goes on.
func (p *prefetcher) reached(m *MMU, v *view, va uint64, acc Access) {
	r := p.runAt(va)
	if r.tag != va&^pageMask|m.viewTag(acc) {
		return
	}
	m.count[cPrefetchUsed] += uint64(r.pages)
	p.credit = min(p.credit+2*r.pages, maxCredit)
	stride := r.stride
	*r = run{}
	p.issue(m, v, va, acc, stride, 0, m.tab.clock.Load(), true)
}

func (p *prefetcher) runAt(va uint64) *run {
	return &p.runs[va>>pageShift%uint64(len(p.runs))]
}

// issue translates the next pages of a stream that va is part of. at is the
// address of va's PTE, or 0 if that has not been read since clock reading. A sure
// stream may replace live first-level entries: its accesses would do so anyway.
func (p *prefetcher) issue(m *MMU, v *view, va uint64, acc Access, stride int64, at, reading uint64, sure bool) {
	prev, n := va, 0
	for n < p.distance {
		next := prev + uint64(stride)<<pageShift
		if !canonical(next, v.levels) || next>>63 != va>>63 {
			break
		}
		l, nextAt, ok := m.readAhead(v, next, acc, prev, at)
		if !ok || !m.pmp.Allows(l.pa(next), 1, acc, v.priv) {
			break
		}
		n++
		known := n < p.distance && (sure || !m.live(next, acc)) && m.fillAhead(next, l, acc)
		if !known || !sure {
			m.keep(v.space, next, l, reading)
		}
		prev, at = next, nextAt
	}
	m.count[cPrefetchIssued] += uint64(n)
	if p.credit -= n; p.credit <= 0 {
		p.credit = -creditWait
	}
	if n == p.distance {
		*p.runAt(prev) = run{prev&^pageMask | m.viewTag(acc), stride, n}
	}
}

// readAhead finds the leaf for va without side effects. PTEs of one table lie
// side by side, so that a neighbour of prev, whose PTE is at physical address at,
// needs no walk.
func (m *MMU) readAhead(v *view, va uint64, acc Access, prev, at uint64) (l leaf, nextAt uint64, ok bool) {
	if at == 0 || va>>(pageShift+9) != prev>>(pageShift+9) {
		w, f := m.walk(v, va, acc, adRequire)
		return w.leaf, w.at, f == NoFault && w.leaf.size == size4K
	}
	nextAt = at&^pageMask | va>>pageShift&0x1ff<<3
	w, ok := m.mem.Word64(nextAt)
	if !ok {
		return leaf{}, 0, false
	}
	pte, f := m.settle(w, nextAt, v, acc, adRequire, 0)
	if f != NoFault || pte&(pteR|pteX) == 0 {
		return leaf{}, 0, false
	}
	l, _ = makeLeaf(pte, 0, v.space.env)
	return l, nextAt, l.size == size4K
}

// fillAhead makes a first-level entry for a page that no access has asked for
// yet, and reports whether it could.
func (m *MMU) fillAhead(va uint64, l leaf, acc Access) bool {
	pa := l.pa(va &^ pageMask)
	host, ram := m.mem.Host(pa, pageSize)
	return ram && m.fill(va, pa, host, acc, l.size)
}

// live reports whether va's first-level place holds an entry of the current view.
func (m *MMU) live(va uint64, acc Access) bool {
	array := m.l1.Load[:]
	switch acc {
	case Store:
		array = m.l1.Store[:]
	case Fetch:
		array = m.l1.Fetch[:]
	}
	return array[va>>pageShift%uint64(len(array))].Tag&pageMask == m.viewTag(acc)
}

// viewTag returns the current view id for an access.
func (m *MMU) viewTag(acc Access) uint64 {
	if acc == Fetch {
		return m.l1.FetchID
	}
	return m.l1.DataID
}
