package shardedtlb

// FarEntries is the number of entries of the far part of the first level for loads,
// and again for stores: enough for 64 MiB in pages of 4 KiB.
const FarEntries = 16384

// farTracked bounds the far store entries that are remembered one by one.
const farTracked = 128

// farStores remembers which far store entries have been filled since all were empty,
// so that emptying a few does not cost as much as emptying all.
type farStores struct {
	n     int // entries filled; above farTracked only that they were more
	slots [farTracked]uint16
}

// add notes that slot i has been filled.
func (f *farStores) add(i uint64) {
	if f.n < farTracked {
		f.slots[f.n] = uint16(i)
	}
	if f.n <= farTracked {
		f.n++
	}
}

// fillLoad puts e, an entry for page, into the near part, and into the far part as
// well if the near part has to give up another page for it: an idle hart, whose pages
// fit, commits no memory for the far part.
func (m *MMU) fillLoad(page uint64, e Entry) {
	near := &m.l1.Load[page>>pageShift%FirstLevelEntries]
	if near.Tag != 0 && near.Tag != e.Tag {
		m.l1.FarLoad[page>>pageShift%FarEntries] = e
		m.farLoads = true
	}
	*near = e
}

// fillStore is fillLoad for stores.
func (m *MMU) fillStore(page uint64, e Entry) {
	near := &m.l1.Store[page>>pageShift%FirstLevelEntries]
	if near.Tag != 0 && near.Tag != e.Tag {
		i := page >> pageShift % FarEntries
		m.l1.FarStore[i] = e
		m.farStores.add(i)
	}
	*near = e
}

// Far answers a load or store of size bytes at va from the far part of the first
// level, and gives the near part the entry. Native code does the same by itself
// before it asks.
func (m *MMU) Far(va, size uint64, store bool) (addend uintptr, ok bool) {
	page := va &^ pageMask
	near, far := &m.l1.Load[page>>pageShift%FirstLevelEntries], &m.l1.FarLoad[page>>pageShift%FarEntries]
	if store {
		near, far = &m.l1.Store[page>>pageShift%FirstLevelEntries], &m.l1.FarStore[page>>pageShift%FarEntries]
	}
	if (va+size-1)&^pageMask|m.l1.DataID != far.Tag {
		return 0, false
	}
	*near = *far
	return far.Addend, true
}

// dropFarStores empties the far store entries.
func (m *MMU) dropFarStores() {
	f := &m.farStores
	if f.n > farTracked {
		clear(m.l1.FarStore[:])
	} else {
		for _, i := range f.slots[:f.n] {
			m.l1.FarStore[i] = Entry{}
		}
	}
	f.n = 0
}

// dropFar empties the far part. What has never been filled is not touched: an idle
// hart commits no memory for it.
func (m *MMU) dropFar() {
	if m.farLoads {
		clear(m.l1.FarLoad[:])
		m.farLoads = false
	}
	m.dropFarStores()
}
