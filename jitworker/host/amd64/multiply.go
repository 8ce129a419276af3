package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Products and quotients.

func (c *Compiler) mul(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	x, y := u.Rs1, u.Rs2
	if d == c.pin(y) {
		x, y = y, x
	}
	if d == c.pin(y) && d != c.pin(x) {
		d = x86.RAX
	}
	c.load64(d, x)
	if p := c.pin(y); p != x86.NoReg {
		c.ImulRR(d, p)
	} else {
		c.ImulRM(d, cell(y))
	}
	c.put(u.Rd, d)
}

func (c *Compiler) mulWord(u *code.Uop) {
	c.load32(x86.RAX, u.Rs1)
	c.ImulRR(x86.RAX, c.get(u.Rs2, x86.RCX))
	c.putWord(u.Rd)
}

// mulHigh compiles the upper half of a product. For MULHSU the unsigned product is
// corrected by rs2 if rs1 is negative.
func mulHigh(op x86.Unary) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RAX, u.Rs1)
		y := c.get(u.Rs2, x86.RCX)
		c.UnaryR(op, y)
		if u.Op == isa.MULHSU {
			c.load64(x86.RAX, u.Rs1)
			c.ShiftRI(x86.SAR, x86.RAX, 63)
			c.AluRR(x86.AND, x86.RAX, y)
			c.AluRR(x86.SUB, x86.RDX, x86.RAX)
		}
		c.put(u.Rd, x86.RDX)
	}
}

// divide compiles division, of which result has the quotient (RAX) or the remainder (RDX);
// divisors 0 and -1, which x86 faults on or overflows with, are the interpreter's.
func divide(op x86.Unary, word bool, result x86.Reg) lowering {
	return func(c *Compiler, u *code.Uop) {
		resume := c.NewLabel()
		slow := c.interpretAside(resume)
		c.load64(x86.RAX, u.Rs1)
		c.load64(x86.RCX, u.Rs2)
		// rcx+1 is 1 for 0 and 0 for -1.
		c.Lea(x86.RDX, x86.At(x86.RCX, 1))
		if word {
			c.AluRI32(x86.CMP, x86.RDX, 1)
		} else {
			c.AluRI(x86.CMP, x86.RDX, 1)
		}
		c.Jcc(x86.BE, slow)
		switch {
		case op == x86.DIV:
			c.MovRI(x86.RDX, 0)
		case word:
			c.Cdq()
		default:
			c.Cqo()
		}
		if word {
			c.UnaryR32(op, x86.RCX)
			c.MovsxRR(result, result, 4)
		} else {
			c.UnaryR(op, x86.RCX)
		}
		c.put(u.Rd, result)
		c.Bind(resume)
	}
}

// carryless compiles carry-less products on hosts that have them.
func (c *Compiler) carryless(u *code.Uop) {
	if !c.host.Clmul {
		c.interpret()
		return
	}
	c.MovXR(x86.F64, x86.XMM0, c.get(u.Rs1, x86.RAX))
	c.MovXR(x86.F64, x86.XMM1, c.get(u.Rs2, x86.RAX))
	c.Clmul(x86.XMM0, x86.XMM1)
	if u.Op != isa.CLMULH {
		c.MovRX(x86.F64, x86.RCX, x86.XMM0)
	}
	if u.Op != isa.CLMUL {
		c.HighX(x86.XMM0, x86.XMM0)
		c.MovRX(x86.F64, x86.RAX, x86.XMM0)
	}
	switch u.Op {
	case isa.CLMUL:
		c.put(u.Rd, x86.RCX)
	case isa.CLMULR: // bits 63 to 126
		c.ShldRRI(x86.RAX, x86.RCX, 1)
		c.put(u.Rd, x86.RAX)
	default:
		c.put(u.Rd, x86.RAX)
	}
}
