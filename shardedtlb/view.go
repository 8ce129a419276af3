package shardedtlb

// A view is everything besides the address that decides a translation: the
// address space (regime and environment bits), the privilege, SUM and MXR.
// Each view that a hart has used lately owns a number, its id, and the first
// level's tags contain it. So a switch is the change of a number, and coming
// back to a view finds its entries where they were.
//
// Ids are handed out from a 12-bit counter and never twice, until the counter
// ends. Then the first level is flushed, the counter starts again, and Generation
// moves on, so that caches elsewhere that are keyed by ids know to flush too.

// View is a way of looking at memory, as a value: whoever has one sees what a hart in that state would.
type View struct {
	Regime   Regime // counts for S and U; addresses in M-mode are physical
	Priv     Priv
	SUM, MXR bool
}

// view is a View of a hart, with what the hart knows of its address space.
type view struct {
	space  *space // nil where addresses are physical
	levels uint8  // of the page table; 0 for a mode that does not exist
	priv   Priv
	sum    bool
	mxr    bool
}

// View returns the view in which the hart makes accesses of that kind now.
func (m *MMU) View(acc Access) View {
	v := &m.data
	if acc == Fetch {
		v = &m.fetch
	}
	return View{m.regime, v.priv, v.sum, v.mxr}
}

// Environment bits: menvcfg fields that change what a walk finds.
const (
	envADUE  = 1 << 0
	envPBMTE = 1 << 1
)

// The views of an address space. U-mode data ignores SUM.
const (
	viewU = iota
	viewUMXR
	viewS
	viewSSUM
	viewSMXR
	viewSSUMMXR
	viewFetchU
	viewFetchS
	numViews
)

// numSpaces is how many address spaces keep their ids; the least recently
// selected one goes.
const numSpaces = 8

// maxID is the largest view id, all that fits below a page address.
const maxID = pageMask

// space is an address space that the hart has used lately.
type space struct {
	regime Regime // 0: unused
	env    uint8
	used   uint64 // reading of viewIDs.tick when last selected
	ids    [numViews]uint16

	// since is the second level's clock when the hart began to use the address space
	// (see join); 0 before its first translation there.
	since uint64

	// Leaf sizes met so far in the lower and the upper half of the address space
	// (a bit each), and the one met last: what a look-up has to try.
	sizes [2]uint8
	last  [2]uint8
}

// viewIDs hands out ids.
type viewIDs struct {
	next       uint16
	idM, idS   uint16 // the identity views: M-mode, and S and U in bare mode
	tick       uint64
	generation uint64
	spaces     [numSpaces]space
}

func (v *viewIDs) init() { v.next = 1 }

// viewMode is Switch's arguments but the regime, packed.
type viewMode uint8

const modeSUM viewMode = 1 << 4

func packMode(fetch, data Priv, sum, mxr bool) viewMode {
	v := viewMode(fetch) | viewMode(data)<<2
	if sum {
		v |= modeSUM
	}
	if mxr {
		v |= 1 << 5
	}
	return v
}

// Switch makes the views for the given state current: the regime (satp), the privilege of
// fetches, that of loads and stores (which MPRV makes another), and mstatus.SUM
// and MXR. It is called at every trap, xRET and write to satp or mstatus, and
// returns at once if nothing has changed. Its mode must be one that exists: the
// CSR ignores writes of others. Generation may move on.
func (m *MMU) Switch(r Regime, fetch, data Priv, sum, mxr bool) {
	mode := packMode(fetch, data, sum, mxr)
	if mode == m.mode && r == m.regime {
		return
	}
	m.mode, m.regime = mode, r
	m.selectViews()
}

// SetEnv sets the menvcfg bits that change walks: ADUE (Svadu) and PBMTE
// (Svpbmt). Generation may move on.
func (m *MMU) SetEnv(adue, pbmte bool) {
	var env uint8
	if adue {
		env |= envADUE
	}
	if pbmte {
		env |= envPBMTE
	}
	if env != m.env {
		m.env = env
		m.selectViews()
	}
}

// Generation changes when view ids start to be used a second time. Whoever keys
// a cache by FetchID or DataID empties it then. Switch, SetEnv, PMPChanged and
// the fences may change it, Translate does not.
func (m *MMU) Generation() uint64 { return m.ids.generation }

// selectViews computes the current views from regime, mode and env, and their ids.
func (m *MMU) selectViews() {
	fetch, data := Priv(m.mode&3), Priv(m.mode>>2&3)
	var sp *space
	levels := m.regime.levels()
	if levels != levelsBare && (fetch != M || data != M) {
		sp = m.ids.space(m.regime, m.env)
	}
	m.fetch = view{priv: fetch}
	if fetch != M {
		m.fetch.space, m.fetch.levels = sp, levels
	}
	m.data = view{priv: data, sum: m.mode&modeSUM != 0, mxr: m.mode&(1<<5) != 0}
	if data != M {
		m.data.space, m.data.levels = sp, levels
	}
	m.selectIDs()
}

// selectIDs gives the current views their ids. Handing out the second may use up
// the counter and take back the first; the counter is then fresh, so that a
// second attempt succeeds.
func (m *MMU) selectIDs() {
	for {
		g := m.ids.generation
		m.l1.DataID = m.viewID(m.data.idRef(&m.ids, false))
		m.l1.FetchID = m.viewID(m.fetch.idRef(&m.ids, true))
		if g == m.ids.generation {
			break
		}
	}
	m.dataID, m.l1.SUM = m.l1.DataID, 0
	if other := m.data; m.data.space != nil && m.data.priv == S {
		other.sum = !other.sum
		if id := *other.idRef(&m.ids, false); id != 0 {
			m.l1.SUM = m.dataID ^ uint64(id)
		}
	}
}

// Follow takes note of a change of SUM that native code has made by FirstLevel.SUM. It is called when native code has
// been left, before anything else is asked of the MMU.
func (m *MMU) Follow() {
	if m.l1.DataID != m.dataID {
		m.follow()
	}
}

func (m *MMU) follow() {
	if m.l1.SUM == 0 || m.l1.DataID != m.dataID^m.l1.SUM {
		panic("BUG: native code has made up the id of a view")
	}
	m.mode ^= modeSUM
	m.data.sum = !m.data.sum
	m.dataID = m.l1.DataID
}

// viewID returns the id kept in ref, handing one out if there is none.
func (m *MMU) viewID(ref *uint16) uint64 {
	if *ref == 0 {
		if m.ids.next > maxID {
			m.recycleIDs()
		}
		*ref = m.ids.next
		m.ids.next++
	}
	return uint64(*ref)
}

// recycleIDs starts the counter again: no view has an id and the first level is
// empty.
func (m *MMU) recycleIDs() {
	m.FlushFirstLevel()
	v := &m.ids
	v.next, v.idM, v.idS = 1, 0, 0
	for i := range v.spaces {
		v.spaces[i].ids = [numViews]uint16{}
	}
	m.emptyFilters()
	v.generation++
	m.count.IDRecycles++
}

// idRef returns where the id of v is kept.
func (v *view) idRef(ids *viewIDs, fetch bool) *uint16 {
	switch {
	case v.space == nil && v.priv == M:
		return &ids.idM
	case v.space == nil:
		return &ids.idS
	case fetch && v.priv == U:
		return &v.space.ids[viewFetchU]
	case fetch:
		return &v.space.ids[viewFetchS]
	}
	i := viewU
	if v.priv == S {
		i = viewS
		if v.sum {
			i++
		}
		if v.mxr {
			i += 2
		}
	} else if v.mxr {
		i++
	}
	return &v.space.ids[i]
}

// space returns the address space for a regime and env, taking the least recently
// selected one's place if it is new.
func (v *viewIDs) space(r Regime, env uint8) *space {
	v.tick++
	old := &v.spaces[0]
	for i := range v.spaces {
		s := &v.spaces[i]
		if s.regime == r && s.env == env {
			s.used = v.tick
			return s
		}
		if s.used < old.used {
			old = s
		}
	}
	*old = space{regime: r, env: env, used: v.tick}
	return old
}
