package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Half precision is computed in single precision and rounded once more. That gives what rounding once would: singles have
// more than twice the bits of a half and two, which is enough for sums, products, quotients and roots to nearest; and
// rounding twice in one direction is rounding once. What the first step loses the second one would lose too, so inexact and
// underflow are the same.
//
// Fused operations are computed in double precision, where products are exact. A sum is not if its operands are some thirty
// binary digits apart or more. Then, if the addend is the larger one, it is a half, and what is next to it is the result. If
// the product is, it either overflows or is near enough for the double to say on which side of it the sum lies.
//
// Conversions are of four numbers at once. Of a half in its box the others are quiet NaNs, which raise nothing and stay.

// boxOfHalf fills the bits above a half.
const boxOfHalf = -1 << 16

// half makes sure that the f registers in slots hold halves; the interpreter executes the rest of the block otherwise.
// RAX is used.
func (c *Compiler) half(slots ...uint8) {
	var rest x86.Label
	asked := false
	for _, s := range slots {
		bit := uint32(1) << (s - hart.F)
		if c.floats.halves&bit != 0 {
			continue
		}
		c.floats.halves |= bit
		c.floats.boxed |= bit
		if !asked {
			rest, asked = c.interpretRest(), true
		}
		c.bitsIn(x86.RAX, s)
		c.ShiftRI(x86.SAR, x86.RAX, 16)
		c.AluRI(x86.CMP, x86.RAX, -1)
		c.Jcc(x86.NE, rest)
	}
}

// widenX sets x to a slot's half as a single.
func (c *Compiler) widenX(x x86.Xmm, slot uint8) { c.HalfToSingle(x, c.getX(slot, x)) }

// putHalf rounds the single in XMM0 and stores it. XMM0 has nothing else that could raise an exception. RAX is used.
func (c *Compiler) putHalf(slot uint8, mode uint8) {
	c.SingleToHalf(x86.XMM0, x86.XMM0, mode)
	c.MovRX(x86.F32, x86.RAX, x86.XMM0)
	c.putHalfBits(slot)
}

// putHalfBits stores the half in RAX, whatever is above it.
func (c *Compiler) putHalfBits(slot uint8) {
	c.AluRI(x86.OR, x86.RAX, boxOfHalf)
	c.putBits(slot, x86.RAX)
}

// arithHalf compiles rd = rs1 op rs2.
func arithHalf(op x86.Fop) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1, u.Rs2)
		c.widenX(x86.XMM0, u.Rs1)
		c.widenX(x86.XMM1, u.Rs2)
		c.FopXX(op, x86.F32, x86.XMM0, x86.XMM1)
		c.canonical(x86.F32, x86.XMM0)
		c.putHalf(u.Rd, x86.RoundMXCSR)
	}
}

// fusedHalf compiles rd = ±(rs1 × rs2) op rs3, the product negated or not.
func fusedHalf(negated bool, op x86.Fop) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1, u.Rs2, u.Rs3())
		c.doubleX(x86.XMM0, u.Rs1)
		c.doubleX(x86.XMM1, u.Rs2)
		c.FopXX(x86.FMUL, x86.F64, x86.XMM0, x86.XMM1)
		if negated {
			c.signBit(x86.F64, x86.XMM2)
			c.VopXX(x86.VXOR, x86.XMM0, x86.XMM2)
		}
		c.doubleX(x86.XMM1, u.Rs3())
		c.FopXX(op, x86.F64, x86.XMM0, x86.XMM1)
		c.MovRX(x86.F64, x86.RAX, x86.XMM0)
		c.singleOfRAX()
		c.canonical(x86.F32, x86.XMM0)
		c.putHalf(u.Rd, x86.RoundMXCSR)
	}
}

// doubleX sets x to a slot's half as a double.
func (c *Compiler) doubleX(x x86.Xmm, slot uint8) {
	c.widenX(x, slot)
	c.CvtXX(x86.F32, x, x)
}

func rootHalf(c *Compiler, u *code.Uop) {
	c.half(u.Rs1)
	c.widenX(x86.XMM0, u.Rs1)
	c.FopXX(x86.FSQRT, x86.F32, x86.XMM0, x86.XMM0)
	c.canonical(x86.F32, x86.XMM0)
	c.putHalf(u.Rd, x86.RoundMXCSR)
}

// extremeHalf is extreme for halves.
func extremeHalf(op x86.Fop) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1, u.Rs2)
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		c.widenX(x86.XMM0, u.Rs1)
		c.widenX(x86.XMM1, u.Rs2)
		c.extremeXX(op, x86.F32, x86.XMM1, slow)
		c.putHalf(u.Rd, x86.RoundMXCSR)
		c.Bind(resume)
	}
}

func equalHalf(c *Compiler, u *code.Uop) {
	c.half(u.Rs1, u.Rs2)
	c.widenX(x86.XMM0, u.Rs1)
	c.widenX(x86.XMM1, u.Rs2)
	c.MovRI(x86.RAX, 0)
	c.MovRI(x86.RCX, 0)
	c.UcomisXX(x86.F32, x86.XMM0, x86.XMM1)
	c.Setcc(x86.NP, x86.RAX)
	c.CmovRR(x86.NE, x86.RAX, x86.RCX)
	c.put(u.Rd, x86.RAX)
}

// lessHalf is less for halves.
func lessHalf(signals bool, cond x86.Cond) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1, u.Rs2)
		c.widenX(x86.XMM0, u.Rs2)
		c.widenX(x86.XMM1, u.Rs1)
		c.MovRI(x86.RAX, 0)
		if signals {
			c.ComisXX(x86.F32, x86.XMM0, x86.XMM1)
		} else {
			c.UcomisXX(x86.F32, x86.XMM0, x86.XMM1)
		}
		c.Setcc(cond, x86.RAX)
		c.put(u.Rd, x86.RAX)
	}
}

// signHalf compiles sign injections.
func signHalf(how injection) func(*Compiler, *code.Uop) {
	const sign = 15
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1, u.Rs2)
		c.bitsIn(x86.RAX, u.Rs1)
		c.bitsIn(x86.RCX, u.Rs2)
		if how != xorSign {
			c.AluRR(x86.XOR, x86.RCX, x86.RAX)
		}
		c.AluRI(x86.AND, x86.RCX, 1<<sign)
		c.AluRR(x86.XOR, x86.RAX, x86.RCX)
		if how == otherSign {
			c.BitRI(x86.BTC, x86.RAX, sign)
		}
		c.putBits(u.Rd, x86.RAX)
	}
}

// intOfHalf and uintOfHalf compile conversions to integers.
func intOfHalf(size int) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1)
		c.widenX(x86.XMM0, u.Rs1)
		c.putInt(u, x86.F32, x86.XMM0, size)
	}
}

func uintOfHalf(size int) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1)
		c.widenX(x86.XMM0, u.Rs1)
		c.putUint(u, x86.F32, x86.XMM0, size)
	}
}

// halfOfInt compiles conversions from integers, of which all that a double cannot hold overflow.
func halfOfInt(size int, signed bool) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		resume := c.NewLabel()
		switch {
		case size == 4 && signed:
			c.extend(x86.RAX, u.Rs1, 4)
		case size == 4:
			c.load32(x86.RAX, u.Rs1)
		default:
			c.load64(x86.RAX, u.Rs1)
		}
		if size == 8 && !signed {
			slow := c.interpretAside(resume)
			c.TestRR(x86.RAX, x86.RAX)
			c.Jcc(x86.S, slow)
		}
		c.VopXX(x86.VXOR, x86.XMM0, x86.XMM0)
		c.CvtXR(x86.F64, x86.XMM0, x86.RAX, 8)
		c.MovRX(x86.F64, x86.RAX, x86.XMM0)
		c.singleOfRAX()
		c.putHalf(u.Rd, hostModes[u.Rounding()])
		c.Bind(resume)
	}
}

// singleOfRAX sets XMM0 to the double in RAX as a single that rounds to the same half: of the bits that it lacks the lowest
// that it has says whether any was set. RCX and XMM1 are used.
func (c *Compiler) singleOfRAX() {
	const lacks = 29
	c.MovRR(x86.RCX, x86.RAX)
	c.AluRI(x86.AND, x86.RCX, 1<<lacks-1)
	c.AluRR(x86.XOR, x86.RAX, x86.RCX)
	c.UnaryR(x86.NEG, x86.RCX) // carries unless it is 0
	c.AluRR(x86.SBB, x86.RCX, x86.RCX)
	c.AluRI(x86.AND, x86.RCX, 1<<lacks)
	c.AluRR(x86.OR, x86.RAX, x86.RCX)
	c.MovXR(x86.F64, x86.XMM1, x86.RAX)
	c.VopXX(x86.VXOR, x86.XMM0, x86.XMM0)
	c.CvtXX(x86.F64, x86.XMM0, x86.XMM1)
}

func halfOfDouble(c *Compiler, u *code.Uop) {
	c.bitsIn(x86.RAX, u.Rs1)
	c.singleOfRAX()
	c.canonical(x86.F32, x86.XMM0)
	c.putHalf(u.Rd, x86.RoundMXCSR)
}

func halfOfSingle(c *Compiler, u *code.Uop) {
	c.single(u.Rs1)
	if x := c.xpin(u.Rs1); x != x86.NoXmm { // nothing is known of its upper half
		c.VopXX(x86.VXOR, x86.XMM0, x86.XMM0)
		c.MergeXX(x86.F32, x86.XMM0, x)
	} else {
		c.MovXM(x86.F32, x86.XMM0, cell(u.Rs1))
	}
	c.canonical(x86.F32, x86.XMM0)
	c.putHalf(u.Rd, hostModes[u.Rounding()])
}

func singleOfHalf(c *Compiler, u *code.Uop) {
	c.half(u.Rs1)
	c.widenX(x86.XMM0, u.Rs1)
	c.canonical(x86.F32, x86.XMM0)
	c.putBoxed(u.Rd, x86.XMM0)
}

func doubleOfHalf(c *Compiler, u *code.Uop) {
	c.half(u.Rs1)
	c.doubleX(x86.XMM0, u.Rs1)
	c.canonical(x86.F64, x86.XMM0)
	c.putX(u.Rd, x86.XMM0)
}

// roundHalf compiles roundings to integers that stay halves, which all halves among the singles are.
func roundHalf(quiet uint8) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		c.half(u.Rs1)
		c.widenX(x86.XMM0, u.Rs1)
		c.RoundXX(x86.F32, x86.XMM0, x86.XMM0, hostModes[u.Rounding()]|quiet)
		c.canonical(x86.F32, x86.XMM0)
		c.putHalf(u.Rd, x86.RoundMXCSR)
	}
}

func loadHalf(c *Compiler, u *code.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.MovzxRM(x86.RDX, m, 2)
	c.AluRI(x86.OR, x86.RDX, boxOfHalf)
	c.putBits(u.Rd, x86.RDX)
	c.Bind(resume)
	c.holds = c.group()
}

func storeHalf(c *Compiler, u *code.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.bitsIn(x86.RDX, u.Rs2)
	c.MovMR16(m, x86.RDX)
	c.Bind(resume)
	c.holds = c.group()
}

func bitsOfHalf(c *Compiler, u *code.Uop) {
	c.bitsIn(x86.RAX, u.Rs1)
	d := c.dst(u.Rd, x86.RAX)
	c.MovsxRR(d, x86.RAX, 2)
	c.put(u.Rd, d)
}

func halfOfBits(c *Compiler, u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	c.putHalfBits(u.Rd)
}

func constantHalf(c *Compiler, u *code.Uop) {
	c.MovRI(x86.RAX, int64(fpu.Box16(fpu.Li16[u.Constant()&31])))
	c.putBits(u.Rd, x86.RAX)
}
