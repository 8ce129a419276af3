package shardedtlb

// minEpochs say how recent a second-level entry must be for this hart to accept it:
// the table's clock when the hart last fenced everything, an ASID, an address.
// ASIDs and addresses share minimum epochs by hash; sharing only fences more.
type minEpochs struct {
	all  uint64
	asid [64]uint64
	page [epochPages]uint64 // see pageMin
}

// Each leaf size has minimum epochs of its own: index bits and place in minEpochs.page.
var (
	epochBits  = [numSizes]uint8{8, 6, 6, 5, 4, 4}
	epochStart = [numSizes]uint16{0, 256, 320, 384, 416, 432}
)

const epochPages = 448

// pageMin returns the minimum epoch of the leaf of that size that would translate va.
func (f *minEpochs) pageMin(size uint8, va uint64) *uint64 {
	h := spread(va>>sizeShift[size]) >> (64 - epochBits[size])
	return &f.page[uint64(epochStart[size])+h]
}

func (f *minEpochs) asidMin(asid uint16) *uint64 {
	return &f.asid[spread(uint64(asid))>>58]
}

// accepts reports whether an entry whose walk began at epoch is recent enough.
func (f *minEpochs) accepts(epoch uint64, r Regime, va uint64, size uint8) bool {
	return epoch >= f.all && epoch >= *f.asidMin(r.asid()) && epoch >= *f.pageMin(size, va)
}

// join notes that the hart begins to use sp. What other harts have walked before
// is out of bounds for it: they may have fenced some of that since, and a guest
// need not tell a hart that has never used the address space.
func (m *MMU) join(sp *space) {
	sp.since = firstEpoch
	if m.tab != m.private {
		sp.since = m.tab.clock.Add(1)
	}
}

// FenceAll is sfence.vma x0, x0: no translation read from page tables before it
// is used by this hart again. O(1); Generation may move on.
func (m *MMU) FenceAll() {
	m.count.Fences++
	if m.tab != nil {
		m.minEpochs.all = m.tab.clock.Add(1)
	}
	m.leaveSpaces(func(*space) bool { return true })
	m.emptyFilters()
}

// FenceASID is sfence.vma x0, rs2. Global mappings may stay by the
// specification; here they go too. Generation may move on.
func (m *MMU) FenceASID(asid uint16) {
	m.count.Fences++
	if m.tab != nil {
		*m.minEpochs.asidMin(asid) = m.tab.clock.Add(1)
	}
	m.leaveSpaces(func(s *space) bool { return s.regime.asid() == asid })
}

// FenceVA is sfence.vma rs1, x0: translations of va, at whatever leaf size, are
// not used by this hart again. Generation may move on.
func (m *MMU) FenceVA(va uint64) {
	m.count.Fences++
	if m.tab != nil {
		c := m.tab.clock.Add(1)
		for size := range numSizes {
			*m.minEpochs.pageMin(size, va) = c
		}
	}
	switch {
	case m.frags.has(va):
		m.forgetSpaces(func(*space) bool { return true })
		m.emptyFilters()
	case m.fetched.has(va):
		m.forgetFetch()
		fallthrough
	default:
		m.killPage(va)
	}
}

// FenceVAASID is sfence.vma rs1, rs2. It fences va in every address space, which
// the specification allows. Generation may move on.
func (m *MMU) FenceVAASID(va uint64, _ uint16) { m.FenceVA(va) }

// leaveSpaces is forgetSpaces for a fence of whole address spaces: a hart that has
// fenced one and stays out of it need not be told of later changes either.
func (m *MMU) leaveSpaces(match func(*space) bool) {
	for i := range m.ids.spaces {
		if s := &m.ids.spaces[i]; match(s) {
			s.since = 0
		}
	}
	m.forgetSpaces(match)
}

// forgetSpaces takes the ids of the spaces that match, so that their first-level
// entries are out of reach; the current views get new ones.
func (m *MMU) forgetSpaces(match func(*space) bool) {
	for i := range m.ids.spaces {
		if s := &m.ids.spaces[i]; match(s) {
			s.ids = [numViews]uint16{}
		}
	}
	m.selectIDs()
}

// forgetFetch takes the fetch ids of every address space.
func (m *MMU) forgetFetch() {
	for i := range m.ids.spaces {
		s := &m.ids.spaces[i]
		s.ids[viewFetchU], s.ids[viewFetchS] = 0, 0
	}
	m.fetched.empty()
	m.selectIDs()
}

// forgetAll takes every id, those of the identity views included.
func (m *MMU) forgetAll() {
	m.ids.idM, m.ids.idS = 0, 0
	m.forgetSpaces(func(*space) bool { return true })
	m.emptyFilters()
}

// emptyFilters follows the loss of all ids that the filters speak of.
func (m *MMU) emptyFilters() {
	m.frags.empty()
	m.fetched.empty()
}
