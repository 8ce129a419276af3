package physmem

import "fmt"

// The flags of a page; package documentation tells the protocol.
const (
	flagCode   = 1 << iota // holds translated code: stores take the slow path
	flagStored             // a first-level store entry for the page may be out, or a store under way
	flagWatch              // somebody wants to be told of every store, see Watch
)

// watch is a range whose writes are reported.
type watch struct {
	pa, n uint64
	f     func(pa, n uint64)
}

// Watch has f called after every write that touches the n bytes of RAM at pa, by
// the writer, with what has been written. The range must lie in one page, and Watch must be called before any
// hart runs.
func (m *Memory) Watch(pa, n uint64, f func(pa, n uint64)) error {
	if !m.IsRAM(pa, n) || pa/PageSize != (pa+n-1)/PageSize {
		return fmt.Errorf("watch: %w: %d bytes at %#x", ErrRange, n, pa)
	}
	m.flags[(pa-m.base)>>PageShift].Or(flagWatch)
	m.watches = append(m.watches, watch{pa, n, f})
	return nil
}

// Held is a code page that is being written to: nobody makes code from it before Release.
type Held interface{ Release() }

// OnCodeStore installs the function that is called before a hart stores to a code page, with a range that lies within the
// page. What it returns is released when the bytes have changed.
func (m *Memory) OnCodeStore(f func(pa, n uint64) Held) { m.codeStore.Store(&f) }

// OnCodeWrite installs the function that is told of writes to code pages. It is
// called by the writer after the bytes have changed, from any goroutine, with a
// range that lies within one page.
func (m *Memory) OnCodeWrite(f func(pa, n uint64)) { m.codeWrite.Store(&f) }

// MarkStored records that a store entry for pa's page is about to be used and
// reports whether that is allowed: it is not while the page holds code or is watched.
func (m *Memory) MarkStored(pa uint64) bool {
	w := &m.flags[(pa-m.base)>>PageShift]
	f := w.Load()
	if f == flagStored {
		return true
	}
	if f&(flagCode|flagWatch) == 0 {
		f = w.Or(flagStored)
	}
	return f&(flagCode|flagWatch) == 0
}

// BeginWrite comes before a hart's write to n bytes of RAM at pa, all in one page, by other
// means than a store entry, and EndWrite after it. If the page holds code it is held
// meanwhile: nobody who sees the new bytes finds code of the old ones.
func (m *Memory) BeginWrite(pa, n uint64) Held {
	if m.beginStore(pa) {
		return nil
	}
	f := m.codeStore.Load()
	if f == nil {
		return nil
	}
	return (*f)(pa, n)
}

// EndWrite comes after a write, with what BeginWrite has returned.
func (m *Memory) EndWrite(h Held, pa, n uint64) {
	if h != nil {
		h.Release()
	}
	m.NoteWrite(pa, n)
}

// beginStore records that a store to pa's page is about to be made by other means than a
// store entry and reports whether the page holds no code. Then the store may be made as
// by an entry: whoever makes the page code meanwhile has to wait until all harts have
// passed a safe point.
func (m *Memory) beginStore(pa uint64) bool {
	w := &m.flags[(pa-m.base)>>PageShift]
	f := w.Load()
	if f&(flagCode|flagStored) == 0 {
		f = w.Or(flagStored)
	}
	return f&flagCode == 0
}

// MarkCode records that pa's page holds code from now on. storesOut says that
// some hart may still hold a store entry for it: until all have dropped theirs
// the page's stores may go unnoticed.
func (m *Memory) MarkCode(pa uint64) (storesOut bool) {
	return m.flags[m.Page(pa)].Or(flagCode)&flagStored != 0
}

// ClearStored records that no hart holds a store entry for pa's page any more.
// Only valid while the page holds code, which keeps new entries from being made.
func (m *Memory) ClearStored(pa uint64) {
	m.flags[m.Page(pa)].And(^uint32(flagStored))
}

// ClearCode records that pa's page holds no translated code any more.
func (m *Memory) ClearCode(pa uint64) {
	m.flags[m.Page(pa)].And(^uint32(flagCode))
}

// HasCode reports whether pa's page holds translated code.
func (m *Memory) HasCode(pa uint64) bool {
	return m.flags[m.Page(pa)].Load()&flagCode != 0
}

// NoteWrite tells the code map that the n bytes of RAM or ROM at pa have been written
// by other means than a first-level store entry. Other ranges are ignored.
//
// A hart that builds a block marks the page and then reads the bytes; a writer
// changes the bytes and then looks at the mark. The locked operation between the
// writer's two steps makes sure that at least one of them sees the other.
func (m *Memory) NoteWrite(pa, n uint64) {
	if n == 0 || !m.IsRAM(pa, n) && !m.IsROM(pa, n) {
		return
	}
	for end := pa + n; pa < end; {
		next := min((pa|(PageSize-1))+1, end)
		m.flags[m.Page(pa)].Or(0)
		flags := m.flags[m.Page(pa)].Load()
		if flags&flagCode != 0 {
			if f := m.codeWrite.Load(); f != nil {
				(*f)(pa, next-pa)
			}
		}
		if flags&flagWatch != 0 {
			for _, w := range m.watches {
				if w.pa < next && pa < w.pa+w.n {
					w.f(pa, next-pa)
				}
			}
		}
		pa = next
	}
}
