package shardedtlb

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// adPolicy says what a walk does about a leaf whose A or D bit the access needs
// and does not find.
type adPolicy uint8

const (
	adUpdate  adPolicy = iota // the environment decides: set it, or page fault
	adRequire                 // page fault
	adIgnore                  // nothing: nobody makes the access
	adOpen                    // nothing, nor about what the leaf permits
)

// maxADRetries bounds how often one walk swaps a PTE that another hart keeps
// changing. Beyond, the access page-faults: the guest comes back.
const maxADRetries = 1 << 10

// walk is the outcome of a page-table walk.
type walk struct {
	leaf  leaf   // with a fault, its pte is the one that decided
	at    uint64 // physical address of the leaf's PTE
	reads int    // PTEs read
}

// tables read page tables, as a hart may that has this PMP, and count what they do.
type tables struct {
	mem   *physmem.Memory
	pmp   PMP
	count Stats
}

// walk translates va by the page table of v's space, for an access that must be
// allowed (privileged architecture, "Virtual Address Translation Process").
//
// Every PTE access is physical and judged by the PMP as an S-mode access. Each
// level is read exactly once unless a swap fails, so the walk is bounded whatever
// others do to the page table meanwhile.
func (m *tables) walk(v *view, va uint64, acc Access, ad adPolicy) (w walk, f Fault) {
	table := v.space.regime.root()
	for level := int(v.levels) - 1; level >= 0; level-- {
		w.at = table + va>>(pageShift+9*level)&0x1ff<<3
		word, ok := m.mem.Word64(w.at)
		if !ok || !m.pmp.Allows(w.at, 8, Load, S) {
			return w, AccessFault
		}
		w.reads++
		pte, f := m.settle(word, w.at, v, acc, ad, level)
		if f != NoFault {
			w.leaf.pte = pte
			return w, f
		}
		if pte&(pteR|pteX) != 0 {
			w.leaf, _ = makeLeaf(pte, level, v.space.env)
			return w, NoFault
		}
		table = pte & ptePPNMask << (pageShift - ptePPNShift)
	}
	return w, PageFault // a pointer at the lowest level
}

// settle reads a PTE until it is one to go on with: a pointer, or a leaf that
// allows the access and has its A and D bits as needed. With a fault it is the one that decided.
func (m *tables) settle(w *atomic.Uint64, at uint64, v *view, acc Access, ad adPolicy, level int) (pte uint64, f Fault) {
	for range maxADRetries {
		pte = w.Load()
		if pte&pteV == 0 || pte&pteReserved != 0 || pte&(pteR|pteW) == pteW {
			return pte, PageFault
		}
		if pte&(pteR|pteX) == 0 {
			if !pointer(pte) {
				return pte, PageFault
			}
			return pte, NoFault
		}
		if _, ok := makeLeaf(pte, level, v.space.env); !ok || ad != adOpen && !permits(pte, acc, v) {
			return pte, PageFault
		}
		set := pte | adNeeded(acc)
		if set == pte || ad >= adIgnore {
			return pte, NoFault
		}
		if ad == adRequire || v.space.env&envADUE == 0 {
			return pte, PageFault
		}
		if !m.pmp.Allows(at, 8, Store, S) {
			return pte, AccessFault
		}
		if w.CompareAndSwap(pte, set) {
			m.count.ADUpdates++
			m.mem.NoteWrite(at, 8)
			return set, NoFault
		}
		m.count.ADRetries++
	}
	return pte, PageFault
}
