package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// link sets the return address of a JAL, which is in RAX then if it is a call's.
func (c *Compiler) link(u *code.Uop) {
	if u.Rd == hart.Sink {
		return
	}
	d := c.dst(u.Rd, x86.RAX)
	c.pcAt(d, int64(c.plan.Size()))
	c.put(u.Rd, d)
}

// branch compiles a conditional branch: its exit is out of line unless it is likely.
func branch(cond x86.Cond) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.compare(cond, u)
		switch {
		case c.index == c.plan.Loop && c.copies.now == loopBody:
			c.Jcc(cond.Not(), c.copies.pastLoop)
			c.exit(u)
		case c.index == c.plan.Loop || c.copies.now == mainCopy && c.plan.Likely(u):
			skip := c.NewLabel()
			c.Jcc(cond.Not(), skip)
			c.exit(u)
			c.Bind(skip)
		default:
			c.exitIf(cond, u)
		}
	}
}

// compare sets the flags for a condition on rs1 and rs2.
func (c *Compiler) compare(cond x86.Cond, u *code.Uop) {
	x, y := c.pin(u.Rs1), c.pin(u.Rs2)
	switch {
	case u.Rs2 == hart.X && (cond == x86.E || cond == x86.NE || cond == x86.L || cond == x86.GE):
		if x != x86.NoReg {
			c.TestRR(x, x)
		} else {
			c.AluMI(x86.CMP, cell(u.Rs1), 0)
		}
	case x == x86.NoReg && y != x86.NoReg:
		c.AluMR(x86.CMP, cell(u.Rs1), y)
	default:
		c.alu(x86.CMP, c.get(u.Rs1, x86.RAX), u.Rs2)
	}
}

// jump compiles a direct jump or call.
func (c *Compiler) jump(u *code.Uop) {
	c.countExit(u.Link())
	c.link(u)
	c.takeExit(u)
}

// jalr compiles an indirect jump.
func (c *Compiler) jalr(u *code.Uop) {
	if c.inside != nil {
		if c.jalrInside(u) {
			return
		}
		c.goHome()
	}
	if u.Returns() && u.Imm == 0 && u.Rd == hart.Sink {
		c.dispatchReturn(u)
		return
	}
	c.jumpTarget(u)
	if back, call := u.Return(); call {
		c.dispatchCall(u, back)
	} else {
		c.dispatch()
	}
}

// jumpTarget leaves in RAX where the indirect jump u leads to, sets its link register, and counts the instructions so far.
// RDX is used.
func (c *Compiler) jumpTarget(u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	if u.Imm != 0 {
		c.AluRI(x86.ADD, x86.RAX, int32(u.Imm))
	}
	c.AluRI(x86.AND, x86.RAX, -2)
	if u.Rd != hart.Sink {
		d := c.dst(u.Rd, x86.RDX)
		c.pcAt(d, int64(c.plan.Size()))
		c.put(u.Rd, d)
	}
	c.AluRI(x86.ADD, rCount, int32(u.N))
}
