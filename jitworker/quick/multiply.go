package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Products and quotients.

func (c *Compiler) mul(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	x, y := u.Rs1, u.Rs2
	if d == pin(y) {
		x, y = y, x
	}
	if d == pin(y) && d != pin(x) {
		d = RAX
	}
	c.load64(d, x)
	if p := pin(y); p != NoReg {
		c.ImulRR(d, p)
	} else {
		c.ImulRM(d, cell(y))
	}
	c.put(u.Rd, d)
}

func (c *Compiler) mulWord(u *interp.Uop) {
	c.load32(RAX, u.Rs1)
	c.ImulRR(RAX, c.get(u.Rs2, RCX))
	c.putWord(u.Rd)
}

// mulHigh compiles the upper half of a product. For MULHSU the unsigned product is
// corrected by rs2 if rs1 is negative.
func mulHigh(op Unary) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RAX, u.Rs1)
		y := c.get(u.Rs2, RCX)
		c.UnaryR(op, y)
		if u.Op == isa.MULHSU {
			c.load64(RAX, u.Rs1)
			c.ShiftRI(SAR, RAX, 63)
			c.AluRR(AND, RAX, y)
			c.AluRR(SUB, RDX, RAX)
		}
		c.put(u.Rd, RDX)
	}
}

// divide compiles division, of which result has the quotient (RAX) or the remainder (RDX);
// divisors 0 and -1, which x86 faults on or overflows with, are the interpreter's.
func divide(op Unary, word bool, result Reg) lowering {
	return func(c *Compiler, u *interp.Uop) {
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		c.load64(RAX, u.Rs1)
		c.load64(RCX, u.Rs2)
		// rcx+1 is 1 for 0 and 0 for -1.
		c.Lea(RDX, At(RCX, 1))
		if word {
			c.AluRI32(CMP, RDX, 1)
		} else {
			c.AluRI(CMP, RDX, 1)
		}
		c.Jcc(BE, slow)
		switch {
		case op == DIV:
			c.MovRI(RDX, 0)
		case word:
			c.Cdq()
		default:
			c.Cqo()
		}
		if word {
			c.UnaryR32(op, RCX)
			c.MovsxRR(result, result, 4)
		} else {
			c.UnaryR(op, RCX)
		}
		c.put(u.Rd, result)
		c.Bind(resume)
	}
}

// carryless compiles carry-less products on hosts that have them.
func (c *Compiler) carryless(u *interp.Uop) {
	if !c.host.Clmul {
		c.interpret()
		return
	}
	c.MovXR(F64, XMM0, c.get(u.Rs1, RAX))
	c.MovXR(F64, XMM1, c.get(u.Rs2, RAX))
	c.Clmul(XMM0, XMM1)
	if u.Op != isa.CLMULH {
		c.MovRX(F64, RCX, XMM0)
	}
	if u.Op != isa.CLMUL {
		c.HighX(XMM0, XMM0)
		c.MovRX(F64, RAX, XMM0)
	}
	switch u.Op {
	case isa.CLMUL:
		c.put(u.Rd, RCX)
	case isa.CLMULR: // bits 63 to 126
		c.ShldRRI(RAX, RCX, 1)
		c.put(u.Rd, RAX)
	default:
		c.put(u.Rd, RAX)
	}
}
