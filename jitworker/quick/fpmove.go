package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

func loadDouble(c *Compiler, u *interp.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	if x := xpin(u.Rd); x != NoXmm {
		c.MovXM(F64, x, m)
	} else {
		c.MovRM(RDX, m)
		c.MovMR(cell(u.Rd), RDX)
	}
	c.Bind(resume)
	c.holds = c.group()
}

func loadSingle(c *Compiler, u *interp.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.MovXM(F32, XMM0, m)
	c.putBoxed(u.Rd, XMM0)
	c.Bind(resume)
	c.holds = c.group()
}

// putBoxed stores the single in x, which is not XMM1, as the slot's value.
func (c *Compiler) putBoxed(slot uint8, x Xmm) {
	d := c.dstX(slot, XMM1)
	c.Ones(d)
	c.MergeXX(F32, d, x)
	c.putX(slot, d)
}

// storeFloat compiles stores; a single is stored whether it is boxed or not.
func storeFloat(f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		resume := c.NewLabel()
		m := c.address(u, resume)
		x := xpin(u.Rs2)
		switch {
		case x != NoXmm:
			c.MovMX(f, m, x)
		case f == F32:
			c.MovRM32(RDX, cell(u.Rs2))
			c.MovMR32(m, RDX)
		default:
			c.MovRM(RDX, cell(u.Rs2))
			c.MovMR(m, RDX)
		}
		c.Bind(resume)
		c.holds = c.group()
	}
}

func bitsOfDouble(c *Compiler, u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	if x := xpin(u.Rs1); x != NoXmm {
		c.MovRX(F64, d, x)
	} else {
		c.MovRM(d, cell(u.Rs1))
	}
	c.put(u.Rd, d)
}

func bitsOfSingle(c *Compiler, u *interp.Uop) {
	if x := xpin(u.Rs1); x != NoXmm {
		c.MovRX(F32, RAX, x)
	} else {
		c.MovRM32(RAX, cell(u.Rs1))
	}
	c.putWord(u.Rd)
}

func doubleOfBits(c *Compiler, u *interp.Uop) {
	c.putBits(u.Rd, c.get(u.Rs1, RAX))
}

// putBits stores r as an f register's value.
func (c *Compiler) putBits(slot uint8, r Reg) {
	if x := xpin(slot); x != NoXmm {
		c.MovXR(F64, x, r)
	} else {
		c.MovMR(cell(slot), r)
	}
}

func singleOfBits(c *Compiler, u *interp.Uop) {
	c.MovXR(F32, XMM0, c.get(u.Rs1, RAX))
	c.putBoxed(u.Rd, XMM0)
}

// constant compiles load-immediates of Zfa.
func constant(f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		v := fpu.Li64[u.Imm&31]
		if f == F32 {
			v = fpu.Box32(fpu.Li32[u.Imm&31])
		}
		c.MovRI(RAX, int64(v))
		c.putBits(u.Rd, RAX)
	}
}

// injection says which sign an operation gives to its first operand.
type injection uint8

const (
	copySign  injection = iota // the second's
	otherSign                  // the opposite of the second's
	xorSign                    // the product of both
)

// sign compiles sign injections, which are moves, negations and absolute values if
// both operands are one register.
func sign(f Float, how injection) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		if u.Rs1 != u.Rs2 {
			c.inject(u, f, how)
			return
		}
		switch how {
		case copySign:
			c.putX(u.Rd, c.getX(u.Rs1, XMM0))
		case otherSign:
			c.signBit(f, XMM1)
			c.VopXX(VXOR, XMM1, c.getX(u.Rs1, XMM0))
			c.putX(u.Rd, XMM1)
		case xorSign:
			c.signBit(f, XMM1)
			c.VopXX(VANDN, XMM1, c.getX(u.Rs1, XMM0))
			c.putX(u.Rd, XMM1)
		}
	}
}

// signBit sets x to the format's sign bit.
func (c *Compiler) signBit(f Float, x Xmm) {
	c.Ones(x)
	c.ShlX(x, 63)
	if f == F32 {
		c.ShrX(x, 32)
	}
}

// inject is sign for two registers.
func (c *Compiler) inject(u *interp.Uop, f Float, how injection) {
	c.signBit(f, XMM1)
	c.loadX(XMM0, u.Rs2)
	if how == otherSign {
		c.VopXX(VANDN, XMM0, XMM1)
	} else {
		c.VopXX(VAND, XMM0, XMM1)
	}
	x := c.getX(u.Rs1, XMM2)
	if how == xorSign {
		c.VopXX(VXOR, XMM0, x)
	} else {
		c.VopXX(VANDN, XMM1, x)
		c.VopXX(VOR, XMM0, XMM1)
	}
	c.putX(u.Rd, XMM0)
}
