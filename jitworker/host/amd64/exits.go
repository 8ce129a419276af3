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
		case c.index == c.plan.Loop && c.copies.now == again:
			c.Jcc(cond.Not(), c.copies.pastLoop)
			c.exit(u)
		case c.index == c.plan.Loop || c.copies.now == first && c.plan.Likely(u):
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
	x, y := pin(u.Rs1), pin(u.Rs2)
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
	c.leaveFor(u)
}

// exitIf leaves by the exit u, out of line, if cond holds.
func (c *Compiler) exitIf(cond x86.Cond, u *code.Uop) {
	c.Jcc(cond, c.exitLabel(u.Link()))
	if c.copies.now == first {
		c.behind((*Compiler).exitTaken, later{})
	}
}

func (c *Compiler) exitTaken(l *later) { c.exit(&c.plan.Uops()[l.index]) }

// exit leaves the block by link, to its target.
func (c *Compiler) exit(u *code.Uop) {
	switch {
	case c.copies.now == first:
		c.Bind(c.exitLabel(u.Link()))
	case c.index != c.plan.Loop:
		c.Jmp(c.exitLabel(u.Link()))
		return
	}
	c.countExit(u.Link())
	c.leaveFor(u)
}

// leaveFor is exit without a count of it. A call's return address is in RAX.
func (c *Compiler) leaveFor(u *code.Uop) {
	c.AluRI(x86.ADD, rCount, int32(u.N))
	c.out.Links[u.Link()].Target = int32(u.Target())
	switch back, call := u.Return(); {
	case !c.plan.InPage(u.Link(), u.Target()):
		c.pcAt(x86.RAX, u.Target())
		c.checked(u)
		if call {
			c.landing(u, back)
		}
	case call:
		c.makeRoom()
		c.Push(x86.RAX)
		c.linked(u.Link(), u.Target(), c.Call, c.CallPatchable)
		c.landing(u, back)
	default:
		c.linked(u.Link(), u.Target(), c.Jmp, c.JmpPatchable)
	}
}

// linked goes to where a link leads, with a jump or a call.
func (c *Compiler) linked(link uint8, delta int64, fixed func(x86.Label), patchable func(x86.Label) int) {
	if delta == 0 && !c.plan.Open(link) {
		c.leadBack(fixed)
		return
	}
	stub := c.NewLabel()
	c.toLink(patchable(stub), leads, link)
	c.behind((*Compiler).leaveByLink, later{start: stub, link: link})
}

// leaveByLink is what a link leads to at first.
func (c *Compiler) leaveByLink(l *later) {
	c.Bind(l.start)
	c.out.Links[l.link].Stub = uint32(c.Len())
	c.leave(code.NativeLink, int(l.link))
}

// jalr compiles an indirect jump.
func (c *Compiler) jalr(u *code.Uop) {
	if u.Returns() && u.Imm == 0 && u.Rd == hart.Sink {
		c.comeBack(u)
		return
	}
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
	if back, call := u.Return(); call {
		c.callDispatched(u, back)
	} else {
		c.dispatch()
	}
}

// dispatch jumps to the code of the virtual address in RAX, or leaves.
func (c *Compiler) dispatch() {
	if c.plan.Dense {
		c.goTo(GoTo)
		return
	}
	c.lookUp()
	c.JmpM(foundEntry)
}

// checked goes to the virtual address in RAX, in another page, for the exit or call u, by
// way of the hart's table. Mostly that leads to where it has led before, and a jump that
// the processor need not predict does too.
func (c *Compiler) checked(u *code.Uop) {
	_, call := u.Return()
	if c.plan.Dense {
		if call {
			c.callOut(u.Rd)
		} else {
			c.goTo(GoTo)
		}
		return
	}
	c.lookUp()
	if call {
		c.makeRoom()
		c.PushM(cell(u.Rd))
	}
	l := later{start: c.NewLabel(), end: c.NewLabel(), slow: c.NewLabel(), link: u.Link()}
	// What lets code come to the jump is changed last, so it comes first here. Who sees the jump's
	// old bytes all the same leaves by the stub once more.
	c.out.Links[u.Link()].Checked = true
	c.toLink(c.LeaPatchable(x86.RDX, l.slow), leads, u.Link())
	c.AluRM(x86.CMP, x86.RDX, foundEntry)
	c.Jcc(x86.NE, l.start)
	if !call {
		c.toLink(c.JmpPatchable(l.slow), leads, u.Link())
		c.behind((*Compiler).elsewhere, l)
		return
	}
	c.toLink(c.CallPatchable(l.slow), leads, u.Link())
	c.Bind(l.end)
	c.behind((*Compiler).callElsewhere, l)
}

// elsewhere is where code goes whose way by the table is another one than the link knows.
func (c *Compiler) elsewhere(l *later) {
	c.Bind(l.start)
	c.toLink(c.JmpPatchable(l.slow), passes, l.link)
	c.JmpM(foundEntry)
	l.start = l.slow
	c.leaveByLink(l)
}

// callElsewhere is elsewhere for calls, which return to l.end.
func (c *Compiler) callElsewhere(l *later) {
	c.Bind(l.start)
	l.start = c.NewLabel()
	c.Call(l.start)
	c.Jmp(l.end)
	c.elsewhere(l)
}
