package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// Go has atomic operations on words only. Those on bytes and halfwords swap the word around them, of which the rest stays
// what it is at that moment.

// extend extends the sign of the low size bytes of v, which keeps their order as unsigned numbers too.
func extend(v uint32, size uint64) uint32 {
	shift := 32 - 8*size
	return uint32(int32(v<<shift) >> shift)
}

// updatePart applies f atomically to the size bytes, one or two, at rs1, and sets rd to what they were. f is given them
// with their sign extended.
func (c *Core) updatePart(in *code.Uop, size uint64, f func(old uint32) uint32) bool {
	r := &c.S.R
	var old uint32
	fault := c.Update(r[in.Rs1], size, func(host uint64) {
		w, shift := word32(host&^3), host&3*8
		mask := (uint32(1)<<(8*size) - 1) << shift
		for {
			word := w.Load()
			old = extend(word>>shift, size)
			if w.CompareAndSwap(word, word&^mask|f(old)<<shift&mask) {
				return
			}
		}
	})
	if fault.Kind != mem.OK {
		return c.raise(fault, shardedtlb.Store)
	}
	r[in.Rd] = sext(old)
	return true
}

// amoPart returns a body that applies f to size bytes.
func amoPart(size uint64, f func(old, src uint32) uint32) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		src := extend(uint32(c.S.R[in.Rs2]), size)
		return c.updatePart(in, size, func(old uint32) uint32 { return f(old, src) })
	}
}

func init() {
	for _, row := range []struct {
		byte, half isa.Op
		f          func(old, src uint32) uint32
	}{
		{isa.AMOSWAP_B, isa.AMOSWAP_H, func(_, s uint32) uint32 { return s }},
		{isa.AMOADD_B, isa.AMOADD_H, func(o, s uint32) uint32 { return o + s }},
		{isa.AMOXOR_B, isa.AMOXOR_H, func(o, s uint32) uint32 { return o ^ s }},
		{isa.AMOAND_B, isa.AMOAND_H, func(o, s uint32) uint32 { return o & s }},
		{isa.AMOOR_B, isa.AMOOR_H, func(o, s uint32) uint32 { return o | s }},
		{isa.AMOMIN_B, isa.AMOMIN_H, func(o, s uint32) uint32 { return uint32(min(int32(o), int32(s))) }},
		{isa.AMOMAX_B, isa.AMOMAX_H, func(o, s uint32) uint32 { return uint32(max(int32(o), int32(s))) }},
		{isa.AMOMINU_B, isa.AMOMINU_H, func(o, s uint32) uint32 { return min(o, s) }},
		{isa.AMOMAXU_B, isa.AMOMAXU_H, func(o, s uint32) uint32 { return max(o, s) }},
	} {
		register(map[isa.Op]body{row.byte: amoPart(1, row.f), row.half: amoPart(2, row.f)})
	}
}
