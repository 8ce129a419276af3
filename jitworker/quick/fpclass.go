package quick

import (
	"math/bits"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// class is a format for FCLASS: its width, and the bits, without the sign, at which the
// classes behind zero begin: subnormal and normal numbers, infinity, signalling and quiet
// NaNs.
type class struct {
	width  uint8
	bounds [5]uint64
	check  func(*Compiler, ...uint8) // that registers hold such a number, if that is in question
}

var (
	wideClass   = class{64, [5]uint64{1, 1 << 52, 0x7ff << 52, 0x7ff<<52 + 1, 0xfff << 51}, nil}
	singleClass = class{32, [5]uint64{1, 1 << 23, 0xff << 23, 0xff<<23 + 1, 0x1ff << 22}, (*Compiler).single}
	halfClass   = class{16, [5]uint64{1, 1 << 10, 0x1f << 10, 0x1f<<10 + 1, 0x3f << 9}, (*Compiler).half}
)

// lastSigned is the number of bounds up to infinity's; NaNs have no sign.
const lastSigned = 3

// positiveZero is the number of the bit that stands for +0. The positive classes and
// NaNs follow it, the negative ones go down from it.
var positiveZero = int32(bits.TrailingZeros(fpu.ClassPosZero))

// classify compiles FCLASS: it counts the bounds at or below the value, to a bit's
// distance from positiveZero, and takes the complement if the value is negative.
func classify(of class) func(*Compiler, *interp.Uop) {
	width := of.width
	return func(c *Compiler, u *interp.Uop) {
		if of.check != nil {
			of.check(c, u.Rs1)
		}
		c.bitsIn(RAX, u.Rs1)
		c.ShiftRI(SHL, RAX, 64-width+1)
		c.MovRI(RDX, 0)
		for _, bound := range of.bounds {
			c.MovRI(RCX, int64(bound<<(64-width+1)))
			c.AluRR(CMP, RAX, RCX)
			c.AluRI32(SBB, RDX, -1) // one more unless the value is below
		}
		c.bitsIn(RAX, u.Rs1)
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

// bitsIn sets r to an f register.
func (c *Compiler) bitsIn(r Reg, slot uint8) {
	if x := xpin(slot); x != NoXmm {
		c.MovRX(F64, r, x)
	} else {
		c.MovRM(r, cell(slot))
	}
}
