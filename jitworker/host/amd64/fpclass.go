package amd64

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
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
func classify(of class) func(*Compiler, *code.Uop) {
	width := of.width
	return func(c *Compiler, u *code.Uop) {
		if of.check != nil {
			of.check(c, u.Rs1)
		}
		c.bitsIn(x86.RAX, u.Rs1)
		c.ShiftRI(x86.SHL, x86.RAX, 64-width+1)
		c.MovRI(x86.RDX, 0)
		for _, bound := range of.bounds {
			c.MovRI(x86.RCX, int64(bound<<(64-width+1)))
			c.AluRR(x86.CMP, x86.RAX, x86.RCX)
			c.AluRI32(x86.SBB, x86.RDX, -1) // one more unless the value is below
		}
		c.bitsIn(x86.RAX, u.Rs1)
		c.ShiftRI(x86.SHL, x86.RAX, 64-width)
		c.ShiftRI(x86.SAR, x86.RAX, 63)
		c.MovRI(x86.RCX, 0)
		c.AluRI32(x86.CMP, x86.RDX, lastSigned)
		c.CmovRR(x86.A, x86.RAX, x86.RCX)
		c.AluRR32(x86.XOR, x86.RDX, x86.RAX)
		c.AluRI32(x86.ADD, x86.RDX, positiveZero)
		c.MovRI(x86.RAX, 0)
		c.BitRR(x86.BTS, x86.RAX, x86.RDX)
		c.put(u.Rd, x86.RAX)
	}
}

// bitsIn sets r to an f register.
func (c *Compiler) bitsIn(r x86.Reg, slot uint8) {
	if x := c.xpin(slot); x != x86.NoXmm {
		c.MovRX(x86.F64, r, x)
	} else {
		c.MovRM(r, cell(slot))
	}
}
