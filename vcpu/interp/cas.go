package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// swap16 replaces the 16 bytes at a host address, a multiple of 16, by the new ones if they are the old ones, atomically,
// and returns what was there.
func swap16(host, oldLo, oldHi, newLo, newHi uint64) (lo, hi uint64)

// Of a compare-and-swap rs3 is the slot of rd as an operand: the value to compare with.

// casPart is AMOCAS of one or two bytes.
func casPart(size uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		want, src := extend(uint32(r[in.Rs3()]), size), uint32(r[in.Rs2])
		return c.updatePart(in, size, func(old uint32) uint32 {
			if old != want {
				return old
			}
			return src
		})
	}
}

func cas32(c *Core, in *code.Uop, _ uint64) bool {
	r := &c.S.R
	var old uint32
	f := c.Update(r[in.Rs1], 4, func(host uint64) {
		w, want := word32(host), uint32(r[in.Rs3()])
		for old = w.Load(); old == want && !w.CompareAndSwap(want, uint32(r[in.Rs2])); {
			old = w.Load()
		}
	})
	if f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
	}
	r[in.Rd] = sext(old)
	return true
}

func cas64(c *Core, in *code.Uop, _ uint64) bool {
	r := &c.S.R
	var old uint64
	f := c.Update(r[in.Rs1], 8, func(host uint64) {
		w, want := word64(host), r[in.Rs3()]
		for old = w.Load(); old == want && !w.CompareAndSwap(want, r[in.Rs2]); {
			old = w.Load()
		}
	})
	if f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
	}
	r[in.Rd] = old
	return true
}

func cas128(c *Core, in *code.Uop, _ uint64) bool {
	r := &c.S.R
	var lo, hi uint64
	f := c.Update(r[in.Rs1], 16, func(host uint64) {
		lo, hi = swap16(host, r[in.Rs3()], r[code.Pair(in.Rs3())], r[in.Rs2], r[code.Pair(in.Rs2)])
	})
	if f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
	}
	r[in.Rd], r[code.Pair(in.Rd)] = lo, hi
	return true
}

func init() {
	register(map[isa.Op]body{
		isa.AMOCAS_B: casPart(1), isa.AMOCAS_H: casPart(2), isa.AMOCAS_W: cas32, isa.AMOCAS_D: cas64,
		isa.AMOCAS_Q: cas128,
	})
}
