package shardedtlb

import "github.com/hartwood-vm/hartwood/shardedtlb/physmem"

// AccessIn is Access in whatever view, whose regime need not be the hart's. It walks the page tables for each access, and
// neither level knows of it.
func (m *MMU) AccessIn(v View, va, size uint64, acc Access) (Span, Fault) {
	if v == m.View(acc) {
		return m.Access(va, size, acc)
	}
	w, f := m.find(v, m.env, va, acc, adUpdate)
	if f != NoFault {
		return Span{}, f
	}
	return m.span(v.Priv, w.pa, size, acc)
}

// span judges an access to physical memory, as Access does.
func (m *MMU) span(priv Priv, pa, size uint64, acc Access) (Span, Fault) {
	host, ram := m.mem.Host(pa, size)
	if !m.pmp.Allows(pa, size, acc, priv) || !ram && acc == Fetch && !m.mem.IsROM(pa, size) {
		return Span{}, AccessFault
	}
	return Span{pa, host}, NoFault
}

// Found is what a probe has found.
type Found struct {
	Span
	Entry uint64 // of a page fault: the page-table entry that decided, 0 if none was read
}

// Probe tells where an access of size bytes at va, within one page, would lead in a view, and leaves no trace: it sets no A
// or D bit, whose absence is no fault, fills no level, and counts nothing.
func (m *MMU) Probe(v View, va, size uint64, acc Access) (Found, Fault) {
	w, f := m.find(v, m.env, va, acc, adIgnore)
	if f != NoFault {
		return Found{Entry: w.leaf.pte}, f
	}
	s, f := m.span(v.Priv, w.pa, size, acc)
	return Found{Span: s}, f
}

// ProbeTables tells where the page tables of a regime lead, for who is no hart: whatever their leaves permit and whatever a
// hart's PMP and menvcfg say.
func ProbeTables(mem *physmem.Memory, r Regime, va, size uint64) (Found, Fault) {
	t := tables{mem: mem}
	t.pmp.open()
	w, f := t.find(View{Regime: r}, envPBMTE, va, Load, adOpen)
	if f != NoFault {
		return Found{Entry: w.leaf.pte}, f
	}
	host, _ := mem.Host(w.pa, size)
	return Found{Span: Span{w.pa, host}}, NoFault
}

// found is a walk and where it leads, or an address that needs none.
type found struct {
	walk
	pa uint64
}

// find translates va in a view by its page tables alone.
func (m *tables) find(v View, env uint8, va uint64, acc Access, ad adPolicy) (w found, f Fault) {
	if v.Priv == M || !v.Regime.Translates() {
		w.pa = va
		return w, NoFault
	}
	in := view{&space{regime: v.Regime, env: env}, v.Regime.levels(), v.Priv, v.SUM, v.MXR}
	if !canonical(va, in.levels) {
		return w, PageFault
	}
	if w.walk, f = m.walk(&in, va, acc, ad); f == NoFault {
		w.pa = w.leaf.pa(va)
	}
	return w, f
}
