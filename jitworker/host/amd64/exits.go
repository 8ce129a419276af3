package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// exitIf leaves the block by the exit u, out of line, if cond holds.
func (c *Compiler) exitIf(cond x86.Cond, u *code.Uop) {
	c.Jcc(cond, c.exitLabel(u.Link()))
	if c.copies.now == mainCopy {
		c.aside((*Compiler).exitAside)
	}
}

func (c *Compiler) exitAside(l *aside) { c.exit(&c.plan.Uops()[l.index]) }

// exit leaves the block by the exit u.
func (c *Compiler) exit(u *code.Uop) {
	switch {
	case c.copies.now == mainCopy:
		c.Bind(c.exitLabel(u.Link()))
	case c.index != c.plan.Loop:
		c.Jmp(c.exitLabel(u.Link()))
		return
	}
	c.countExit(u.Link())
	c.takeExit(u)
}

// takeExit is exit without a count of it. A call's return address is in RAX.
func (c *Compiler) takeExit(u *code.Uop) {
	c.AluRI(x86.ADD, rCount, int32(u.N))
	if c.inside != nil && c.goOn(u) {
		return
	}
	c.takeExitOut(u)
}

// takeExitOut is takeExit where that leads out of the unit, from the home map.
func (c *Compiler) takeExitOut(u *code.Uop) {
	c.linkOf(u.Link()).Target = int32(u.Target())
	switch back, call := u.Return(); {
	case !c.inPage(u.Link(), u.Target()):
		c.pcAt(x86.RAX, u.Target())
		c.exitChecked(u)
		if call {
			c.afterCall(u, back)
		}
	case call:
		c.makeRoom()
		c.Push(x86.RAX)
		c.exitInPage(u.Link(), u.Target(), c.Call, c.CallPatchable)
		c.afterCall(u, back)
	default:
		c.exitInPage(u.Link(), u.Target(), c.Jmp, c.JmpPatchable)
	}
}

// exitInPage goes to where a link leads in the block's page, with a jump or a call.
func (c *Compiler) exitInPage(link uint8, delta int64, fixed func(x86.Label), patchable func(x86.Label) int) {
	if delta == 0 && !c.plan.Open(link) && c.inside == nil {
		c.leadBack(fixed)
		return
	}
	stub := c.NewLabel()
	c.toLink(patchable(stub), leads, link)
	l := c.aside((*Compiler).linkAside)
	l.start, l.link = stub, link
}

// linkAside is a link's stub, which it leads to at first.
func (c *Compiler) linkAside(l *aside) {
	c.Bind(l.start)
	c.linkOf(l.link).Stub = uint32(c.Len())
	c.leave(code.NativeLink, code.LinkOf(c.part, l.link))
}

// exitChecked goes to the virtual address in RAX, in another page, for the exit or call u, by
// way of the hart's table. Mostly that leads to where it has led before, and a jump that
// the processor need not predict does too.
func (c *Compiler) exitChecked(u *code.Uop) {
	_, call := u.Return()
	if c.plan.Dense {
		if call {
			c.dispatchCallDense(u.Rd)
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
	other, back, stub := c.NewLabel(), c.NewLabel(), c.NewLabel()
	// What lets code come to the jump is changed last, so it comes first here. Who sees the jump's
	// old bytes all the same leaves by the stub once more.
	c.linkOf(u.Link()).Checked = true
	c.toLink(c.LeaPatchable(x86.RDX, stub), leads, u.Link())
	c.AluRM(x86.CMP, x86.RDX, foundEntry)
	c.Jcc(x86.NE, other)
	emit := (*Compiler).exitCheckedAside
	if call {
		emit = (*Compiler).callCheckedAside
		c.toLink(c.CallPatchable(stub), leads, u.Link())
		c.Bind(back)
	} else {
		c.toLink(c.JmpPatchable(stub), leads, u.Link())
	}
	l := c.aside(emit)
	l.start, l.end, l.slow, l.link = other, back, stub, u.Link()
}

// exitCheckedAside is where code goes whose way by the table is another one than the link knows.
func (c *Compiler) exitCheckedAside(l *aside) {
	c.Bind(l.start)
	c.toLink(c.JmpPatchable(l.slow), passes, l.link)
	c.JmpM(foundEntry)
	l.start = l.slow
	c.linkAside(l)
}

// callCheckedAside is exitCheckedAside for calls, which return to l.end.
func (c *Compiler) callCheckedAside(l *aside) {
	c.Bind(l.start)
	l.start = c.NewLabel()
	c.Call(l.start)
	c.Jmp(l.end)
	c.exitCheckedAside(l)
}
