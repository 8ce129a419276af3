package shardedtlb

// prefetcher translates ahead of accesses that walk through memory in steps.
//
// The history knows the pages that needed a walk lately. When the page just walked and
// two before it are equally far apart, the next pages of that stream are
// translated too. The last of them, the run's trigger, goes to the second level
// alone: an access that reaches it shows that the stream goes on, and the next run
// is made from there without another walk by the access itself. The others go to
// the first level, and while the stream is not yet sure to the second as well; a
// sure stream spares the second level its passing pages.
//
// Looking for streams must pay. An account, in hundredths of a walk, is charged for
// every search and every page of a run that a search began, and is paid when that
// run's trigger is reached soon. Each walk adds a little: a hart whose accesses lead
// nowhere spends no more than that share of its walks' time, and yet finds a stream
// when one comes. Runs from a trigger are free: at worst every other is in vain, and
// half of the pages need not be used for a gain.
//
// A prefetch does only what the specification allows at any time, an implicit
// read of page tables: it never faults, never sets an A or D bit (leaves that
// lack one are left alone), and never touches a device.
type prefetcher struct {
	history  history
	distance int
	credit   int    // balance of the account; searches need a positive one
	patience uint64 // look-ups of the second level after which a run was in vain
	runs     [16]run
}

// run is a run whose trigger has not been reached yet.
type run struct {
	tag    uint64 // trigger page | view id
	stride int64  // in pages
	pages  int    // how many were translated
	until  uint64 // reading of lookupsDone after which the run was in vain
}

// The account, in hundredths of what an access costs that walks. A used page saves one.
const (
	maxCredit  = 3200
	walkIncome = 2
	walkSaved  = 100
	pageCost   = 70
	searchCost = 20
)

func newPrefetcher(cfg Config) *prefetcher {
	return &prefetcher{
		history:  newHistory(cfg.PrefetchHistory),
		distance: cfg.PrefetchDistance,
		credit:   maxCredit,
		// What lies between two steps that the history can still show, for each page.
		patience: uint64(cfg.PrefetchHistory * cfg.PrefetchDistance),
	}
}

// walked is told of an access that needed walk w, which began at epoch.
func (p *prefetcher) walked(m *MMU, v *view, va uint64, acc Access, w walk, epoch uint64) {
	if w.leaf.size != size4K {
		return
	}
	page := va >> pageShift
	p.history.add(page)
	if p.credit = min(p.credit+walkIncome, maxCredit); p.credit <= 0 {
		return
	}
	p.credit -= searchCost
	m.count.PrefetchSearches++
	if stride := p.history.strideOf(page); stride != 0 {
		p.issue(m, v, va, acc, stride, w.at, epoch, false)
	}
}

// reached is told of an access that the second level answered. If it is a run's
// trigger the stream goes on, unless the run is so old that it looks like chance.
func (p *prefetcher) reached(m *MMU, v *view, va uint64, acc Access) {
	r := p.runAt(va)
	if r.tag != va&^pageMask|m.viewTag(acc) {
		return
	}
	done := *r
	*r = run{}
	if m.lookupsDone() > done.until {
		return
	}
	m.count.PrefetchUsed += uint64(done.pages)
	p.credit = min(p.credit+walkSaved*done.pages, maxCredit)
	p.issue(m, v, va, acc, done.stride, 0, m.tab.clock.Load(), true)
}

// lookupsDone is the number of accesses that have asked the second level.
func (m *MMU) lookupsDone() uint64 { return m.count.L2Hits + m.count.L2Misses }

func (p *prefetcher) runAt(va uint64) *run {
	return &p.runs[va>>pageShift*fibonacci>>60]
}

// issue translates the next pages of a stream that va is part of. at is the
// address of va's PTE, or 0 if that has not been read since epoch. A sure
// stream may replace live first-level entries: its accesses would do so anyway.
func (p *prefetcher) issue(m *MMU, v *view, va uint64, acc Access, stride int64, at, epoch uint64, sure bool) {
	prev, next, n := va, va, 0
	for ahead := 0; n < p.distance && ahead < 4*p.distance; ahead++ {
		next += uint64(stride) << pageShift
		if !canonical(next, v.levels) || next>>63 != va>>63 {
			break
		}
		if m.knows(next, acc) {
			continue // the second level will not be asked for it
		}
		l, nextAt, ok := m.readAhead(v, next, acc, prev, at)
		if !ok || m.pmp.splitsPage(l.pa(next)) || !m.pmp.Allows(l.pa(next), 1, acc, v.priv) {
			break
		}
		n++
		known := n < p.distance && (sure || !m.live(next, acc)) && m.fillAhead(next, l, acc)
		if !known || !sure {
			m.keep(v.space, next, l, epoch)
		}
		prev, at = next, nextAt
	}
	m.count.PrefetchIssued += uint64(n)
	p.credit -= pageCost * n
	if n == p.distance {
		*p.runAt(prev) = run{prev&^pageMask | m.viewTag(acc), stride, n, m.lookupsDone() + p.patience}
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
	if !ok || m.pmp.splits && !m.pmp.Allows(nextAt, 8, Load, S) {
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

// knows reports whether the first level answers for va.
func (m *MMU) knows(va uint64, acc Access) bool {
	i, far, tag := va>>pageShift%FirstLevelEntries, va>>pageShift%FarEntries, va&^pageMask|m.viewTag(acc)
	switch acc {
	case Load:
		return m.l1.Load[i].Tag == tag || m.farLoads && m.l1.FarLoad[far].Tag == tag
	case Store:
		return m.l1.Store[i].Tag == tag || m.farStores.n > 0 && m.l1.FarStore[far].Tag == tag
	default:
		return m.l1.Fetch[va>>pageShift%FetchEntries].Tag == tag
	}
}

// viewTag returns the current view id for an access.
func (m *MMU) viewTag(acc Access) uint64 {
	if acc == Fetch {
		return m.l1.FetchID
	}
	return m.l1.DataID
}
