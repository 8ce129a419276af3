package blocks

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// pageTable finds the Page of a physical address in RAM or ROM, without a lock. It is in parts that are made when
// a page of theirs holds code.
type pageTable struct {
	mem   *physmem.Memory
	parts []atomic.Pointer[pagePart] // written by who builds a block, read by all
}

// pagePart is the pages of 2 MiB.
type pagePart [1 << partShift]atomic.Pointer[Page] // written by who builds or kills a block, read by all

const partShift = 9

func (t *pageTable) init(mem *physmem.Memory) {
	t.mem = mem
	t.parts = make([]atomic.Pointer[pagePart], (mem.Pages()+1<<partShift-1)>>partShift)
}

// at returns the page of pa, or nil.
func (t *pageTable) at(pa uint64) *Page {
	n := t.mem.Page(pa)
	if i := n >> partShift; i < uint64(len(t.parts)) {
		if part := t.parts[i].Load(); part != nil {
			return part[n%(1<<partShift)].Load()
		}
	}
	return nil
}

// make returns the page of pa, which is in RAM or ROM, and which may not have held code.
func (t *pageTable) make(pa uint64) *Page {
	n := t.mem.Page(pa)
	slot := &t.parts[n>>partShift]
	part := slot.Load()
	if part == nil {
		slot.CompareAndSwap(nil, new(pagePart))
		part = slot.Load()
	}
	place := &part[n%(1<<partShift)]
	for {
		if p := place.Load(); p != nil {
			return p
		}
		place.CompareAndSwap(nil, &Page{pa: pa &^ (physmem.PageSize - 1)})
	}
}

// remove takes p out, in whose place another may come.
func (t *pageTable) remove(p *Page) {
	n := t.mem.Page(p.pa)
	t.parts[n>>partShift].Load()[n%(1<<partShift)].CompareAndSwap(p, nil)
}
