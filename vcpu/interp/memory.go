package interp

import (
	"sync/atomic"
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// Guest RAM is reached by host address. The conversions are safe because every
// address comes out of physmem.Host or of a first-level entry made from it, and
// RAM is a mapping outside Go's heap that lives as long as the machine. Accesses
// of 1, 2, 4 and 8 bytes are single host instructions, so naturally aligned ones
// are single-copy atomic, as RVWMO asks.

// at returns the host address a as a pointer.
func at(a uint64) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(nil), a) }

func loadHost(a uint64, size uint64) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(at(a)))
	case 2:
		return uint64(*(*uint16)(at(a)))
	case 4:
		return uint64(*(*uint32)(at(a)))
	}
	return *(*uint64)(at(a))
}

func storeHost(a uint64, size uint64, v uint64) {
	switch size {
	case 1:
		*(*uint8)(at(a)) = uint8(v)
	case 2:
		*(*uint16)(at(a)) = uint16(v)
	case 4:
		*(*uint32)(at(a)) = uint32(v)
	default:
		*(*uint64)(at(a)) = v
	}
}

// crosses reports whether an access reaches into the next page.
func crosses(va, size uint64) bool { return va%physmem.PageSize+size > physmem.PageSize }

// translate is MMU.Translate with the exception recorded.
func (c *Core) translate(va, size uint64, acc shardedtlb.Access) (pa uint64, ok bool) {
	pa, f := c.MMU.Translate(va, size, acc)
	if f == shardedtlb.NoFault {
		return pa, true
	}
	cause := uint64(CauseLoadPage)
	switch {
	case f == shardedtlb.PageFault && acc == shardedtlb.Store:
		cause = CauseStorePage
	case f == shardedtlb.AccessFault && acc == shardedtlb.Store:
		cause = CauseStoreAccess
	case f == shardedtlb.AccessFault:
		cause = CauseLoadAccess
	}
	return 0, c.fault(cause, va)
}

// load loads size bytes at va, zero-extended.
func (c *Core) load(va, size uint64) (v uint64, ok bool) {
	t := &c.S.TLB
	if e := &t.Load[va>>12&tlbMask]; (va+size-1)&^pageMask|t.DataID == e.Tag {
		return loadHost(va+uint64(e.Addend), size), true
	}
	return c.loadSlow(va, size)
}

// store stores the low size bytes of v at va.
func (c *Core) store(va, size, v uint64) (ok bool) {
	t := &c.S.TLB
	if e := &t.Store[va>>12&tlbMask]; (va+size-1)&^pageMask|t.DataID == e.Tag {
		storeHost(va+uint64(e.Addend), size, v)
		return true
	}
	return c.storeSlow(va, size, v)
}

// loadSlow loads size bytes at va, zero-extended, without the first level's help.
func (c *Core) loadSlow(va, size uint64) (v uint64, ok bool) {
	if addend, ok := c.MMU.Far(va, size, false); ok {
		return loadHost(va+uint64(addend), size), true
	}
	if crosses(va, size) {
		return c.loadCrossing(va, size)
	}
	pa, ok := c.translate(va, size, shardedtlb.Load)
	if !ok {
		return 0, false
	}
	if host, ok := c.Mem.Host(pa, size); ok {
		return loadHost(uint64(host), size), true
	}
	if pa%size != 0 {
		return 0, c.fault(CauseLoadMisaligned, va)
	}
	if v, ok = c.Mem.LoadDevice(pa, int(size)); !ok {
		return 0, c.fault(CauseLoadAccess, va)
	}
	return v, true
}

// loadCrossing loads from two pages; only RAM can be accessed so.
func (c *Core) loadCrossing(va, size uint64) (v uint64, ok bool) {
	first := physmem.PageSize - va%physmem.PageSize
	lo, ok := c.ramHalf(va, first, shardedtlb.Load)
	if !ok {
		return 0, false
	}
	hi, ok := c.ramHalf(va+first, size-first, shardedtlb.Load)
	if !ok {
		return 0, false
	}
	for i := range size {
		a := uint64(lo) + i
		if i >= first {
			a = uint64(hi) + i - first
		}
		v |= loadHost(a, 1) << (8 * i)
	}
	return v, true
}

// ramHalf translates one half of a page-crossing access to a host address.
func (c *Core) ramHalf(va, n uint64, acc shardedtlb.Access) (host uintptr, ok bool) {
	pa, ok := c.translate(va, n, acc)
	if !ok {
		return 0, false
	}
	host, ok = c.Mem.Host(pa, n)
	if !ok {
		cause := uint64(CauseLoadAccess)
		if acc == shardedtlb.Store {
			cause = CauseStoreAccess
		}
		return 0, c.fault(cause, va)
	}
	return host, true
}

// storeSlow stores the low size bytes of v at va without the first level's help.
func (c *Core) storeSlow(va, size, v uint64) (ok bool) {
	if addend, ok := c.MMU.Far(va, size, true); ok {
		storeHost(va+uint64(addend), size, v)
		return true
	}
	if crosses(va, size) {
		return c.storeCrossing(va, size, v)
	}
	pa, ok := c.translate(va, size, shardedtlb.Store)
	if !ok {
		return false
	}
	if host, ok := c.Mem.Host(pa, size); ok {
		p := c.beginWrite(pa, size)
		storeHost(uint64(host), size, v)
		c.endWrite(p, pa, size)
		return true
	}
	if pa%size != 0 {
		return c.fault(CauseStoreMisaligned, va)
	}
	if !c.Mem.StoreDevice(pa, int(size), v) {
		return c.fault(CauseStoreAccess, va)
	}
	return true
}

// beginWrite comes before a write to n bytes of RAM at pa, all in one page, that is not
// made through a store entry. If the page holds code it returns it, held; else nil.
func (c *Core) beginWrite(pa, n uint64) *blocks.Page {
	if c.Mem.BeginStore(pa) {
		return nil
	}
	return c.Cache.Hold(pa, n)
}

// endWrite comes after the write.
func (c *Core) endWrite(p *blocks.Page, pa, n uint64) {
	if p != nil {
		c.Cache.Release(p)
	}
	c.Mem.NoteWrite(pa, n)
}

// storeCrossing stores to two pages, after both have been checked.
func (c *Core) storeCrossing(va, size, v uint64) (ok bool) {
	first := physmem.PageSize - va%physmem.PageSize
	pa1, ok := c.translate(va, first, shardedtlb.Store)
	if !ok {
		return false
	}
	pa2, ok := c.translate(va+first, size-first, shardedtlb.Store)
	if !ok {
		return false
	}
	lo, ok := c.Mem.Host(pa1, first)
	if !ok {
		return c.fault(CauseStoreAccess, va)
	}
	hi, ok := c.Mem.Host(pa2, size-first)
	if !ok {
		return c.fault(CauseStoreAccess, va+first)
	}
	c.storeBytes(pa1, uint64(lo), first, v)
	c.storeBytes(pa2, uint64(hi), size-first, v>>(8*first))
	return true
}

// storeBytes stores the low n bytes of v at host, which is pa.
func (c *Core) storeBytes(pa, host, n, v uint64) {
	p := c.beginWrite(pa, n)
	for i := range n {
		storeHost(host+i, 1, v>>(8*i))
	}
	c.endWrite(p, pa, n)
}

// atomicAddr translates va for an atomic access of size bytes to a host address.
// AMOs and LR/SC are supported by RAM only (PMA) and must be aligned. pa is 0 if the
// first level has answered; a write lies between beginAtomic and endAtomic.
func (c *Core) atomicAddr(va, size uint64, acc shardedtlb.Access) (pa uint64, host uint64, ok bool) {
	misaligned, access := uint64(CauseLoadMisaligned), uint64(CauseLoadAccess)
	table := &c.S.TLB.Load
	if acc == shardedtlb.Store {
		misaligned, access = CauseStoreMisaligned, CauseStoreAccess
		table = &c.S.TLB.Store
	}
	if va%size != 0 {
		return 0, 0, c.fault(misaligned, va)
	}
	if e := &table[va>>physmem.PageShift%shardedtlb.FirstLevelEntries]; e.Tag == va&^(physmem.PageSize-1)|c.S.TLB.DataID {
		return 0, va + uint64(e.Addend), true
	}
	pa, ok = c.translate(va, size, acc)
	if !ok {
		return 0, 0, false
	}
	h, ok := c.Mem.Host(pa, size)
	if !ok {
		return 0, 0, c.fault(access, va)
	}
	return pa, uint64(h), true
}

// beginAtomic is beginWrite for what atomicAddr has returned.
func (c *Core) beginAtomic(pa, size uint64) *blocks.Page {
	if pa == 0 {
		return nil
	}
	return c.beginWrite(pa, size)
}

// endAtomic comes after the write, whether there was one or not.
func (c *Core) endAtomic(p *blocks.Page, pa, size uint64) {
	if pa != 0 {
		c.endWrite(p, pa, size)
	}
}

func word32(host uint64) *atomic.Uint32 { return (*atomic.Uint32)(at(host)) }
func word64(host uint64) *atomic.Uint64 { return (*atomic.Uint64)(at(host)) }
