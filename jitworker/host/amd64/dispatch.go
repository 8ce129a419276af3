package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// dispatch goes to the code of the virtual address in RAX by way of the hart's table.
func (c *Compiler) dispatch() {
	if c.plan.Dense {
		c.goTo(GoTo)
		return
	}
	c.lookUp()
	c.JmpM(foundEntry)
}

// dispatchCall calls the code of the virtual address in RAX by way of the hart's table, for the
// call u that has back as its second link.
func (c *Compiler) dispatchCall(u *code.Uop, back uint8) {
	if c.plan.Dense {
		c.dispatchCallDense(u.Rd)
		c.afterCall(u, back)
		return
	}
	c.lookUp()
	c.makeRoom()
	c.PushM(cell(u.Rd))
	c.CallM(foundEntry)
	c.afterCall(u, back)
}

// dispatchCallDense calls the code of the virtual address in RAX; the guest's return address is in a slot.
func (c *Compiler) dispatchCallDense(link uint8) {
	c.PushM(cell(link))
	c.call(CallOut)
}

// afterCall is where the call u returns to, with the guest's address in RAX.
func (c *Compiler) afterCall(u *code.Uop, back uint8) {
	c.Pop(x86.RCX)
	if c.inside != nil && c.returnIn(back) {
		return
	}
	delta := int64(c.plan.Size())
	if !c.inPage(back, delta) {
		c.dispatch()
		return
	}
	c.linkOf(back).Target = int32(delta)
	c.AluRI(x86.AND, x86.RAX, -4096)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
	c.exitInPage(back, delta, c.Jmp, c.JmpPatchable)
}

// dispatchReturn is the return u.
func (c *Compiler) dispatchReturn(u *code.Uop) {
	c.AluRI(x86.ADD, rCount, int32(u.N))
	c.load64(x86.RAX, u.Rs1)
	c.AluRI(x86.AND, x86.RAX, -2)
	c.AluRM(x86.CMP, x86.RAX, x86.At(x86.RSP, 8))
	if c.plan.Dense {
		c.goIf(x86.NE, GoAstray)
		c.Ret()
		return
	}
	astray := c.NewLabel()
	c.Jcc(x86.NE, astray)
	c.Ret()
	l := c.aside((*Compiler).dispatchReturnAside)
	l.start = astray
}

// dispatchReturnAside is where a return goes whose address is not on the stack.
func (c *Compiler) dispatchReturnAside(l *aside) {
	c.Bind(l.start)
	c.Lea(x86.RSP, x86.At(rState, offCallBase))
	c.dispatch()
}
