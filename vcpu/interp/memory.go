package interp

import (
	"sync/atomic"
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// Package mem has the ways to memory; here they meet the micro-operations. The first level is probed in line.

// at returns the host address a as a pointer; package mem says why that is safe.
func at(a uint64) unsafe.Pointer { return mem.At(a) }

func word32(host uint64) *atomic.Uint32 { return mem.Word32(host) }
func word64(host uint64) *atomic.Uint64 { return mem.Word64(host) }

// causes are the exceptions that faults are.
var causes = [...][mem.Kinds]uint64{
	shardedtlb.Fetch: {mem.Misaligned: CauseFetchMisaligned, mem.Denied: CauseFetchAccess, mem.NotMapped: CauseFetchPage},
	shardedtlb.Load:  {mem.Misaligned: CauseLoadMisaligned, mem.Denied: CauseLoadAccess, mem.NotMapped: CauseLoadPage},
	shardedtlb.Store: {mem.Misaligned: CauseStoreMisaligned, mem.Denied: CauseStoreAccess, mem.NotMapped: CauseStorePage},
}

// raise records the exception that the fault of an access is, and returns false, for bodies to return.
func (c *Core) raise(f mem.Fault, acc shardedtlb.Access) bool {
	return c.fault(causes[acc][f.Kind], f.Addr)
}

// load loads size bytes at va, zero-extended.
func (c *Core) load(va, size uint64) (v uint64, ok bool) {
	t := &c.S.TLB
	if e := &t.Load[va>>12&tlbMask]; (va+size-1)&^pageMask|t.DataID == e.Tag {
		return mem.LoadHost(va+uint64(e.Addend), size), true
	}
	return c.loadSlow(va, size)
}

// store stores the low size bytes of v at va.
func (c *Core) store(va, size, v uint64) (ok bool) {
	t := &c.S.TLB
	if e := &t.Store[va>>12&tlbMask]; (va+size-1)&^pageMask|t.DataID == e.Tag {
		mem.StoreHost(va+uint64(e.Addend), size, v)
		return true
	}
	return c.storeSlow(va, size, v)
}

// loadSlow loads size bytes at va, zero-extended, where the first level's near part has not answered.
func (c *Core) loadSlow(va, size uint64) (v uint64, ok bool) {
	v, f := c.Load(va, size)
	if f.Kind != mem.OK {
		return 0, c.raise(f, shardedtlb.Load)
	}
	return v, true
}

// storeSlow stores the low size bytes of v at va, where the first level's near part has not answered.
func (c *Core) storeSlow(va, size, v uint64) (ok bool) {
	if f := c.Store(va, size, v); f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
	}
	return true
}
