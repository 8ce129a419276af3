package shardedtlb

import "github.com/hartwood-vm/hartwood/shardedtlb/physmem"

const (
	// FirstLevelEntries is the number of entries for loads, and again for stores.
	FirstLevelEntries = 512
	// FetchEntries is the number of entries for instruction fetches.
	FetchEntries = 1024
)

const (
	pageShift = physmem.PageShift
	pageSize  = physmem.PageSize
	pageMask  = pageSize - 1
)

// Entry is one first-level entry: 16 bytes, two loads and a compare to use.
//
// Tag is the virtual page address | a view id (1 to 4,095); 0 is an empty entry.
// Entry (va>>12)%N serves an access of size bytes at va if
//
//	(va+size-1)&^0xfff | id == Tag
//
// which also fails when the access reaches into the next page, since that page's
// entry lives at another index. Addend added to va gives the host address; in the
// Fetch array it is the physical page address instead.
type Entry struct {
	Tag    uint64
	Addend uintptr
}

// FirstLevel is a hart's first level. Its near part is small enough to stay in the
// host's caches; pages that contend for its entries are in the far part too, which has
// the same entries under the same rules and is asked on a miss. It lies in the hart's
// state block outside Go's heap and holds no Go pointer; native code probes it, its MMU
// fills it.
// Only the owner of the hart touches it.
type FirstLevel struct {
	DataID  uint64 // view id of loads and stores
	FetchID uint64 // view id of instruction fetches
	// SUM is what DataID changes by (exclusive or) when the mode's SUM bit does and nothing else; 0: the
	// MMU has to be asked. Native code may make the change, which MMU.Follow takes note of.
	SUM uint64
	_   uint64 // entries lie in cache lines whole

	Load  [FirstLevelEntries]Entry
	Store [FirstLevelEntries]Entry
	Fetch [FetchEntries]Entry

	FarLoad  [FarEntries]Entry
	FarStore [FarEntries]Entry
}

// FlushFirstLevel empties all arrays. View ids stay. An idle hart, which fetches little, commits no memory for most
// of its fetch entries.
func (m *MMU) FlushFirstLevel() {
	clear(m.l1.Load[:])
	clear(m.l1.Store[:])
	if m.fetches {
		clear(m.l1.Fetch[:])
		m.fetches = false
	}
	m.dropFar()
}

// DropStores empties the store entries, as the code-page protocol of physmem
// asks for before a page's stores may be trusted to be noticed. It clears
// 8 KiB and what the far part has.
func (m *MMU) DropStores() {
	clear(m.l1.Store[:])
	m.dropFarStores()
}

// fill makes the first-level entry of an access that has passed every check; pa
// is its physical address, in RAM, whose page lies at host. Nothing that the
// current view forbids is ever filled, so a hit needs no further check. It
// returns false for a store to a page that holds code.
func (m *MMU) fill(va, pa uint64, host uintptr, acc Access, size uint8) bool {
	page := va &^ pageMask
	if size != size4K {
		m.frags.add(size, va)
	}
	if acc == Fetch {
		if m.fetch.space != nil {
			m.fetched.add(page)
		}
		m.fetches = true
		m.l1.Fetch[page>>pageShift%FetchEntries] = Entry{page | m.l1.FetchID, uintptr(pa &^ pageMask)}
		return true
	}
	e := Entry{page | m.l1.DataID, host - uintptr(page)}
	if acc == Load {
		m.fillLoad(page, e)
		return true
	}
	// A page that may be written may be read (W without R is reserved in PTEs and
	// in PMP), so the load entry comes free unless a live one would go.
	if m.l1.Load[page>>pageShift%FirstLevelEntries].Tag&pageMask != m.l1.DataID {
		m.fillLoad(page, e)
	}
	if !m.mem.MarkStored(pa) {
		return false
	}
	m.fillStore(page, e)
	return true
}

// killPage empties the first-level entries of va's page, of whatever view.
func (m *MMU) killPage(va uint64) {
	page := va &^ pageMask
	i, far := page>>pageShift%FirstLevelEntries, page>>pageShift%FarEntries
	for _, e := range [...]*Entry{
		&m.l1.Load[i], &m.l1.Store[i], &m.l1.Fetch[page>>pageShift%FetchEntries], &m.l1.FarLoad[far], &m.l1.FarStore[far],
	} {
		if e.Tag&^pageMask == page {
			*e = Entry{}
		}
	}
}
