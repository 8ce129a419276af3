package quick

import (
	"math/bits"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// classBounds are the bits, without the sign, at which a format's classes behind zero
// begin: subnormal and normal numbers, infinity, signalling and quiet NaNs.
var classBounds = [...][]uint64{
	F32: {1, 1 << 23, 0xff << 23, 0xff<<23 + 1, 0x1ff << 22},
	F64: {1, 1 << 52, 0x7ff << 52, 0x7ff<<52 + 1, 0xfff << 51},
}

// lastSigned is the number of bounds up to infinity's; NaNs have no sign.
const lastSigned = 3

// positiveZero is the number of the bit that stands for +0. The positive classes and
// NaNs follow it, the negative ones go down from it.
var positiveZero = int32(bits.TrailingZeros(fpu.ClassPosZero))

// classify compiles FCLASS: it counts the bounds at or below the value, to a bit's
// distance from positiveZero, and takes the complement if the value is negative.
func classify(f Float) func(*Compiler, *interp.Uop) {
	width := uint8(64)
	if f == F32 {
		width = 32
	}
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1)
		}
		c.bitsInRAX(u.Rs1)
		c.ShiftRI(SHL, RAX, 64-width+1)
		c.MovRI(RDX, 0)
		for _, bound := range classBounds[f] {
			c.MovRI(RCX, int64(bound<<(64-width+1)))
			c.AluRR(CMP, RAX, RCX)
			c.AluRI32(SBB, RDX, -1) // one more unless the value is below
		}
		c.bitsInRAX(u.Rs1)
		c.ShiftRI(SHL, RAX, 64-width)
		c.ShiftRI(SAR, RAX, 63)
		c.MovRI(RCX, 0)
		c.AluRI32(CMP, RDX, lastSigned)
		c.CmovRR(A, RAX, RCX)
		c.AluRR32(XOR, RDX, RAX)
		c.AluRI32(ADD, RDX, positiveZero)
		c.MovRI(RAX, 0)
		c.BitRR(BTS, RAX, RDX)
		c.put(u.Rd, RAX)
	}
}

// bitsInRAX sets RAX to an f register.
func (c *Compiler) bitsInRAX(slot uint8) {
	if x := xpin(slot); x != NoXmm {
		c.MovRX(F64, RAX, x)
	} else {
		c.MovRM(RAX, cell(slot))
	}
}
