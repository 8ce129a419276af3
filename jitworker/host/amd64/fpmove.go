package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
)

func loadDouble(c *Compiler, u *code.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	if x := c.xpin(u.Rd); x != x86.NoXmm {
		c.MovXM(x86.F64, x, m)
	} else {
		c.MovRM(x86.RDX, m)
		c.MovMR(cell(u.Rd), x86.RDX)
	}
	c.Bind(resume)
	c.holds = c.group()
}

func loadSingle(c *Compiler, u *code.Uop) {
	resume := c.NewLabel()
	m := c.address(u, resume)
	c.MovXM(x86.F32, x86.XMM0, m)
	c.putBoxed(u.Rd, x86.XMM0)
	c.Bind(resume)
	c.holds = c.group()
}

// putBoxed stores the single in x, which is not XMM1, as the slot's value.
func (c *Compiler) putBoxed(slot uint8, x x86.Xmm) {
	d := c.dstX(slot, x86.XMM1)
	c.Ones(d)
	c.MergeXX(x86.F32, d, x)
	c.putX(slot, d)
}

// storeFloat compiles stores; a single is stored whether it is boxed or not.
func storeFloat(f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		resume := c.NewLabel()
		m := c.address(u, resume)
		x := c.xpin(u.Rs2)
		switch {
		case x != x86.NoXmm:
			c.MovMX(f, m, x)
		case f == x86.F32:
			c.MovRM32(x86.RDX, cell(u.Rs2))
			c.MovMR32(m, x86.RDX)
		default:
			c.MovRM(x86.RDX, cell(u.Rs2))
			c.MovMR(m, x86.RDX)
		}
		c.Bind(resume)
		c.holds = c.group()
	}
}

func bitsOfDouble(c *Compiler, u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	if x := c.xpin(u.Rs1); x != x86.NoXmm {
		c.MovRX(x86.F64, d, x)
	} else {
		c.MovRM(d, cell(u.Rs1))
	}
	c.put(u.Rd, d)
}

func bitsOfSingle(c *Compiler, u *code.Uop) {
	if x := c.xpin(u.Rs1); x != x86.NoXmm {
		c.MovRX(x86.F32, x86.RAX, x)
	} else {
		c.MovRM32(x86.RAX, cell(u.Rs1))
	}
	c.putWord(u.Rd)
}

func doubleOfBits(c *Compiler, u *code.Uop) {
	c.putBits(u.Rd, c.get(u.Rs1, x86.RAX))
}

// putBits stores r as an f register's value.
func (c *Compiler) putBits(slot uint8, r x86.Reg) {
	if x := c.xpin(slot); x != x86.NoXmm {
		c.MovXR(x86.F64, x, r)
	} else {
		c.MovMR(cell(slot), r)
	}
}

func singleOfBits(c *Compiler, u *code.Uop) {
	c.MovXR(x86.F32, x86.XMM0, c.get(u.Rs1, x86.RAX))
	c.putBoxed(u.Rd, x86.XMM0)
}

// constant compiles load-immediates of Zfa.
func constant(f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		v := fpu.Li64[u.Constant()&31]
		if f == x86.F32 {
			v = fpu.Box32(fpu.Li32[u.Constant()&31])
		}
		c.MovRI(x86.RAX, int64(v))
		c.putBits(u.Rd, x86.RAX)
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
func sign(f x86.Float, how injection) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2)
		}
		if u.Rs1 != u.Rs2 {
			c.inject(u, f, how)
			return
		}
		switch how {
		case copySign:
			c.putX(u.Rd, c.getX(u.Rs1, x86.XMM0))
		case otherSign:
			c.signBit(f, x86.XMM1)
			c.VopXX(x86.VXOR, x86.XMM1, c.getX(u.Rs1, x86.XMM0))
			c.putX(u.Rd, x86.XMM1)
		case xorSign:
			c.signBit(f, x86.XMM1)
			c.VopXX(x86.VANDN, x86.XMM1, c.getX(u.Rs1, x86.XMM0))
			c.putX(u.Rd, x86.XMM1)
		}
	}
}

// signBit sets x to the format's sign bit.
func (c *Compiler) signBit(f x86.Float, x x86.Xmm) {
	c.Ones(x)
	c.ShlX(x, 63)
	if f == x86.F32 {
		c.ShrX(x, 32)
	}
}

// inject is sign for two registers.
func (c *Compiler) inject(u *code.Uop, f x86.Float, how injection) {
	c.signBit(f, x86.XMM1)
	c.loadX(x86.XMM0, u.Rs2)
	if how == otherSign {
		c.VopXX(x86.VANDN, x86.XMM0, x86.XMM1)
	} else {
		c.VopXX(x86.VAND, x86.XMM0, x86.XMM1)
	}
	x := c.getX(u.Rs1, x86.XMM2)
	if how == xorSign {
		c.VopXX(x86.VXOR, x86.XMM0, x)
	} else {
		c.VopXX(x86.VANDN, x86.XMM1, x)
		c.VopXX(x86.VOR, x86.XMM0, x86.XMM1)
	}
	c.putX(u.Rd, x86.XMM0)
}
