package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// arith compiles rd = rs1 op rs2. A NaN has raised the right flags here: the host
// raises invalid for signalling operands and for results that do not exist.
func arith(op x86.Fop, f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x, y := u.Rs1, u.Rs2
		d := c.dstX(u.Rd, x86.XMM0)
		if d == c.xpin(y) && d != c.xpin(x) {
			if op == x86.FADD || op == x86.FMUL {
				x, y = y, x
			} else {
				d = x86.XMM0
			}
		}
		c.loadX(d, x)
		c.fop(op, f, d, y)
		c.canonicalResult(u, f, d)
		c.putX(u.Rd, d)
	}
}

// root compiles square roots.
func root(f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1)
		}
		d := c.dstX(u.Rd, x86.XMM0)
		c.loadX(d, u.Rs1)
		c.FopXX(x86.FSQRT, f, d, d)
		c.canonicalResult(u, f, d)
		c.putX(u.Rd, d)
	}
}

// fused compiles rd = ±(rs1 × rs2) ± rs3. A NaN is left to the interpreter: the host does
// not raise invalid for infinity times zero plus a quiet NaN. What it has raised is
// right, and rd is not written yet.
func fused(op x86.Fma, f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2, u.Rs3())
		}
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		d := c.dstX(u.Rd, x86.XMM0)
		if u.Rd == u.Rs1 || u.Rd == u.Rs2 || u.Rd == u.Rs3() {
			d = x86.XMM0
		}
		c.loadX(d, u.Rs3())
		x := c.getX(u.Rs1, x86.XMM1)
		if y := c.xpin(u.Rs2); y != x86.NoXmm {
			c.FmaXXX(op, f, d, x, y)
		} else {
			c.FmaXXM(op, f, d, x, cell(u.Rs2))
		}
		c.UcomisXX(f, d, d)
		c.Jcc(x86.P, slow)
		c.putX(u.Rd, d)
		c.Bind(resume)
	}
}

// extreme compiles minima and maxima; NaNs are the interpreter's. The host gives the
// second operand if both are zeros: both ways round, the signs are merged.
func extreme(op x86.Fop, f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2)
		}
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		c.loadX(x86.XMM0, u.Rs1)
		c.extremeXX(op, f, c.getX(u.Rs2, x86.XMM1), slow)
		c.putX(u.Rd, x86.XMM0)
		c.Bind(resume)
	}
}

// extremeXX sets XMM0 to the minimum or maximum of it and y. XMM2 is used.
func (c *Compiler) extremeXX(op x86.Fop, f x86.Float, y x86.Xmm, slow x86.Label) {
	merge := x86.VOR
	if op == x86.FMAX {
		merge = x86.VAND
	}
	c.UcomisXX(f, x86.XMM0, y)
	c.Jcc(x86.P, slow)
	c.MovXX(x86.XMM2, y)
	c.FopXX(op, f, x86.XMM2, x86.XMM0)
	c.FopXX(op, f, x86.XMM0, y)
	c.VopXX(merge, x86.XMM0, x86.XMM2)
}

// equal compiles the quiet comparison for equality.
func equal(f x86.Float) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x := c.getX(u.Rs1, x86.XMM0)
		c.MovRI(x86.RAX, 0)
		c.MovRI(x86.RCX, 0)
		c.comis(f, false, x, u.Rs2)
		c.Setcc(x86.NP, x86.RAX)
		c.CmovRR(x86.NE, x86.RAX, x86.RCX)
		c.put(u.Rd, x86.RAX)
	}
}

// less compiles rs1 < rs2 and rs1 <= rs2 as rs2 cond rs1, which is false for NaNs.
func less(f x86.Float, signals bool, cond x86.Cond) func(*Compiler, *code.Uop) {
	return func(c *Compiler, u *code.Uop) {
		if f == x86.F32 {
			c.single(u.Rs1, u.Rs2)
		}
		y := c.getX(u.Rs2, x86.XMM0)
		c.MovRI(x86.RAX, 0)
		if !c.compareQuietly(u, y, u.Rs1) {
			c.comis(f, signals, y, u.Rs1)
		}
		c.Setcc(cond, x86.RAX)
		c.put(u.Rd, x86.RAX)
	}
}
