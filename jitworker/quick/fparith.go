package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// arith compiles rd = rs1 op rs2. A NaN has raised the right flags here: the host
// raises invalid for signalling operands and for results that do not exist.
func arith(op Fop, f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x, y := u.Rs1, u.Rs2
		d := c.dstX(u.Rd, XMM0)
		if d == xpin(y) && d != xpin(x) {
			if op == FADD || op == FMUL {
				x, y = y, x
			} else {
				d = XMM0
			}
		}
		c.loadX(d, x)
		c.fop(op, f, d, y)
		c.canonical(f, d)
		c.putX(u.Rd, d)
	}
}

// root compiles square roots.
func root(f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1)
		}
		d := c.dstX(u.Rd, XMM0)
		c.loadX(d, u.Rs1)
		c.FopXX(FSQRT, f, d, d)
		c.canonical(f, d)
		c.putX(u.Rd, d)
	}
}

// fused compiles rd = ±(rs1 × rs2) ± rs3. A NaN is the interpreter's: the host does
// not raise invalid for infinity times zero plus a quiet NaN. What it has raised is
// right, and rd is not written yet.
func fused(op Fma, f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2, u.Rs3)
		}
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		d := c.dstX(u.Rd, XMM0)
		if u.Rd == u.Rs1 || u.Rd == u.Rs2 || u.Rd == u.Rs3 {
			d = XMM0
		}
		c.loadX(d, u.Rs3)
		x := c.getX(u.Rs1, XMM1)
		if y := xpin(u.Rs2); y != NoXmm {
			c.FmaXXX(op, f, d, x, y)
		} else {
			c.FmaXXM(op, f, d, x, cell(u.Rs2))
		}
		c.UcomisXX(f, d, d)
		c.Jcc(P, slow)
		c.putX(u.Rd, d)
		c.Bind(resume)
	}
}

// extreme compiles minima and maxima; NaNs are the interpreter's. The host gives the
// second operand if both are zeros: both ways round, the signs are merged.
func extreme(op Fop, f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		c.loadX(XMM0, u.Rs1)
		c.extremeXX(op, f, c.getX(u.Rs2, XMM1), slow)
		c.putX(u.Rd, XMM0)
		c.Bind(resume)
	}
}

// extremeXX sets XMM0 to the minimum or maximum of it and y. XMM2 is used.
func (c *Compiler) extremeXX(op Fop, f Float, y Xmm, slow Label) {
	merge := VOR
	if op == FMAX {
		merge = VAND
	}
	c.UcomisXX(f, XMM0, y)
	c.Jcc(P, slow)
	c.MovXX(XMM2, y)
	c.FopXX(op, f, XMM2, XMM0)
	c.FopXX(op, f, XMM0, y)
	c.VopXX(merge, XMM0, XMM2)
}

// equal compiles the quiet comparison for equality.
func equal(f Float) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x := c.getX(u.Rs1, XMM0)
		c.MovRI(RAX, 0)
		c.MovRI(RCX, 0)
		c.comis(f, false, x, u.Rs2)
		c.Setcc(NP, RAX)
		c.CmovRR(NE, RAX, RCX)
		c.put(u.Rd, RAX)
	}
}

// less compiles rs1 < rs2 and rs1 <= rs2 as rs2 cond rs1, which is false for NaNs.
func less(f Float, signals bool, cond Cond) func(*Compiler, *interp.Uop) {
	return func(c *Compiler, u *interp.Uop) {
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		y := c.getX(u.Rs2, XMM0)
		c.MovRI(RAX, 0)
		c.comis(f, signals, y, u.Rs1)
		c.Setcc(cond, RAX)
		c.put(u.Rd, RAX)
	}
}
