package interp

import (
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// cacheBlock returns the address of the cache block that va lies in.
func cacheBlock(va uint64) uint64 { return va &^ (code.CacheBlockSize - 1) }

// Exceptions of cache-block operations name the address in rs1, not the block's
// (unprivileged manual, "CMO" chapter).

// CacheBlock checks a cache-block operation on the block of rs1; false means that an
// exception has been recorded. The operations need permission to read or write;
// asking for Load first and Store if that is denied gives both.
func (c *Core) CacheBlock(rs1 uint64) bool {
	va := cacheBlock(rs1)
	s, f := c.Access(va, code.CacheBlockSize, shardedtlb.Load)
	if f.Kind != mem.OK {
		s, f = c.Access(va, code.CacheBlockSize, shardedtlb.Store)
	}
	if f.Kind == mem.OK && s.Host == 0 && !c.Mem.IsDevice(s.PA, code.CacheBlockSize) {
		f.Kind = mem.Denied
	}
	if f.Kind != mem.OK {
		return c.fault(causes[shardedtlb.Store][f.Kind], rs1)
	}
	return true
}

// zeroBlock is CBO.ZERO.
func zeroBlock(c *Core, in *code.Uop, _ uint64) bool {
	s := c.S
	if s.ZeroTraps != 0 {
		return c.fault(CauseIllegal, 0)
	}
	rs1 := s.R[in.Rs1]
	va := cacheBlock(rs1)
	t := &s.TLB
	if e := &t.Store[va>>12&tlbMask]; va&^pageMask|t.DataID == e.Tag {
		zero(va + uint64(e.Addend))
		return true
	}
	if addend, ok := c.MMU.Far(va, code.CacheBlockSize, true); ok {
		zero(va + uint64(addend))
		return true
	}
	if f := c.Update(va, code.CacheBlockSize, zero); f.Kind != mem.OK {
		return c.fault(causes[shardedtlb.Store][f.Kind], rs1)
	}
	return true
}

// zero clears the cache block at a host address.
func zero(host uint64) { clear(unsafe.Slice((*uint64)(at(host)), code.CacheBlockSize/8)) }

func init() { register(map[isa.Op]body{isa.CBO_ZERO: zeroBlock}) }
