package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// Go's atomic operations are sequentially consistent, which carries aq and rl.

// amo32 returns a body that applies f atomically to a word.
func amo32(f func(old, src uint32) uint32) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		at, fault := c.Atomic(r[in.Rs1], 4, shardedtlb.Store)
		if fault.Kind != mem.OK {
			return c.raise(fault, shardedtlb.Store)
		}
		held := c.BeginWrite(at)
		w, src := word32(at.Host), uint32(r[in.Rs2])
		old := w.Load()
		for !w.CompareAndSwap(old, f(old, src)) {
			old = w.Load()
		}
		c.EndWrite(at, held)
		r[in.Rd] = uint64(int32(old))
		return true
	}
}

// amo64 returns a body that applies f atomically to a doubleword.
func amo64(f func(old, src uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		at, fault := c.Atomic(r[in.Rs1], 8, shardedtlb.Store)
		if fault.Kind != mem.OK {
			return c.raise(fault, shardedtlb.Store)
		}
		held := c.BeginWrite(at)
		w, src := word64(at.Host), r[in.Rs2]
		old := w.Load()
		for !w.CompareAndSwap(old, f(old, src)) {
			old = w.Load()
		}
		c.EndWrite(at, held)
		r[in.Rd] = old
		return true
	}
}

// direct32 and direct64 are for operations that the host has as one instruction.
func direct32(op func(host uint64, src uint32) (old uint32)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		at, fault := c.Atomic(r[in.Rs1], 4, shardedtlb.Store)
		if fault.Kind != mem.OK {
			return c.raise(fault, shardedtlb.Store)
		}
		held := c.BeginWrite(at)
		old := op(at.Host, uint32(r[in.Rs2]))
		c.EndWrite(at, held)
		r[in.Rd] = uint64(int32(old))
		return true
	}
}

func direct64(op func(host uint64, src uint64) (old uint64)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		at, fault := c.Atomic(r[in.Rs1], 8, shardedtlb.Store)
		if fault.Kind != mem.OK {
			return c.raise(fault, shardedtlb.Store)
		}
		held := c.BeginWrite(at)
		old := op(at.Host, r[in.Rs2])
		c.EndWrite(at, held)
		r[in.Rd] = old
		return true
	}
}

var swap64 = direct64(func(h uint64, s uint64) uint64 { return word64(h).Swap(s) })

func init() {
	register(map[isa.Op]body{
		isa.AMOSWAP_W: direct32(func(h uint64, s uint32) uint32 { return word32(h).Swap(s) }),
		isa.AMOADD_W:  direct32(func(h uint64, s uint32) uint32 { return word32(h).Add(s) - s }),
		isa.AMOAND_W:  direct32(func(h uint64, s uint32) uint32 { return word32(h).And(s) }),
		isa.AMOOR_W:   direct32(func(h uint64, s uint32) uint32 { return word32(h).Or(s) }),
		isa.AMOXOR_W:  amo32(func(o, s uint32) uint32 { return o ^ s }),
		isa.AMOMIN_W:  amo32(func(o, s uint32) uint32 { return uint32(min(int32(o), int32(s))) }),
		isa.AMOMAX_W:  amo32(func(o, s uint32) uint32 { return uint32(max(int32(o), int32(s))) }),
		isa.AMOMINU_W: amo32(func(o, s uint32) uint32 { return min(o, s) }),
		isa.AMOMAXU_W: amo32(func(o, s uint32) uint32 { return max(o, s) }),
		isa.AMOSWAP_D: swap64,
		isa.AMOADD_D:  direct64(func(h uint64, s uint64) uint64 { return word64(h).Add(s) - s }),
		isa.AMOAND_D:  direct64(func(h uint64, s uint64) uint64 { return word64(h).And(s) }),
		isa.AMOOR_D:   direct64(func(h uint64, s uint64) uint64 { return word64(h).Or(s) }),
		isa.AMOXOR_D:  amo64(func(o, s uint64) uint64 { return o ^ s }),
		isa.AMOMIN_D:  amo64(func(o, s uint64) uint64 { return uint64(min(int64(o), int64(s))) }),
		isa.AMOMAX_D:  amo64(func(o, s uint64) uint64 { return uint64(max(int64(o), int64(s))) }),
		isa.AMOMINU_D: amo64(func(o, s uint64) uint64 { return min(o, s) }),
		isa.AMOMAXU_D: amo64(func(o, s uint64) uint64 { return max(o, s) }),
		isa.SC_W:      loneSC,
		isa.SC_D:      loneSC,

		code.OpPairedLR_W: loadReserved, code.OpPairedLR_D: loadReserved,
		code.OpLoneLR_W: loadReserved, code.OpLoneLR_D: loadReserved,
		code.OpPairedSC_W: pairedSC, code.OpPairedSC_D: pairedSC,
	})
}
