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
	return direct32(func(host uint64, src uint32) uint32 {
		w := word32(host)
		for {
			if old := w.Load(); w.CompareAndSwap(old, f(old, src)) {
				return old
			}
		}
	})
}

// amo64 returns a body that applies f atomically to a doubleword.
func amo64(f func(old, src uint64) uint64) body {
	return direct64(func(host, src uint64) uint64 {
		w := word64(host)
		for {
			if old := w.Load(); w.CompareAndSwap(old, f(old, src)) {
				return old
			}
		}
	})
}

// direct32 and direct64 are for operations that the host has as one instruction.
func direct32(op func(host uint64, src uint32) (old uint32)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		var old uint32
		if f := c.Update(r[in.Rs1], 4, func(host uint64) { old = op(host, uint32(r[in.Rs2])) }); f.Kind != mem.OK {
			return c.raise(f, shardedtlb.Store)
		}
		r[in.Rd] = sext(old)
		return true
	}
}

func direct64(op func(host, src uint64) (old uint64)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		var old uint64
		if f := c.Update(r[in.Rs1], 8, func(host uint64) { old = op(host, r[in.Rs2]) }); f.Kind != mem.OK {
			return c.raise(f, shardedtlb.Store)
		}
		r[in.Rd] = old
		return true
	}
}

var swap64 = direct64(func(h, s uint64) uint64 { return word64(h).Swap(s) })

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
		isa.AMOADD_D:  direct64(func(h, s uint64) uint64 { return word64(h).Add(s) - s }),
		isa.AMOAND_D:  direct64(func(h, s uint64) uint64 { return word64(h).And(s) }),
		isa.AMOOR_D:   direct64(func(h, s uint64) uint64 { return word64(h).Or(s) }),
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
