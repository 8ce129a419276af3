package shardedtlb

import "sync/atomic"

// classes numbers the PMP settings under which page tables were walked. A walk's
// own accesses are judged by the walking hart's PMP, so that a hart whose PMP
// hides a page table must not profit from a walk of one that may read it: the
// number is part of every second-level key. Harts of one machine nearly always
// agree, and share number 1.
//
// The list is copied for every addition, which makes reading it free of locks.
// It is bounded; harts with settings beyond it walk every time.
type classes struct {
	list atomic.Pointer[[]pmpImage] // written by any hart by compare-and-swap, read by all
}

const (
	classUnknown = 0
	classNone    = 1 << 10 // too many: do not use the second level
)

// number returns the class of settings p, from 1 to classNone.
func (c *classes) number(p *pmpImage) uint16 {
	for {
		old := c.list.Load()
		var list []pmpImage
		if old != nil {
			list = *old
		}
		for i := range list {
			if list[i] == *p {
				return uint16(i + 1)
			}
		}
		if len(list)+1 >= classNone {
			return classNone
		}
		grown := append(list[:len(list):len(list)], *p)
		if c.list.CompareAndSwap(old, &grown) {
			return uint16(len(grown))
		}
	}
}
