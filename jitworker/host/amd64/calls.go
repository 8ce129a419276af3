package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A guest's call is a call of the host, and its return a return, so that the host's
// processor predicts where it goes. Native code has a stack of its own for them
// (hart.State.Calls), with two words an entry:
//
//	RSP      host's return address: the call's landing, which links to the code behind it
//	RSP + 8  guest's return address
//
// A return whose target is not what stands there goes by way of the table, and leaves
// the stack empty: the guest has changed stacks or left frames behind. The stack lives
// no longer than the hart's view of addresses and the code that it may lead to
// (interp.Core.DropNative). When it is full it is emptied.

// callMask has the bits of the stack pointer that are all zero when the stack is full.
const callMask = hart.CallWords*8 - 1

// offCallBase is where the stack pointer is when the stack is empty.
const offCallBase = offCalls + callMask + 1 - 16

// makeRoom empties the stack if it is full.
func (c *Compiler) makeRoom() {
	full, room := c.NewLabel(), c.NewLabel()
	c.TestRI32(x86.RSP, callMask)
	c.Jcc(x86.E, full)
	c.Bind(room)
	c.behind((*Compiler).emptyCalls, later{start: full, end: room})
}

func (c *Compiler) emptyCalls(l *later) {
	c.Bind(l.start)
	c.Lea(x86.RSP, x86.At(rState, offCallBase))
	c.Jmp(l.end)
}

// callDispatched calls the code of the virtual address in RAX, by way of the table, or
// leaves.
func (c *Compiler) callDispatched(u *code.Uop, back uint8) {
	if c.plan.Dense {
		c.callOut(u.Rd)
		c.landing(u, back)
		return
	}
	c.lookUp()
	c.makeRoom()
	c.PushM(cell(u.Rd))
	c.CallM(foundEntry)
	c.landing(u, back)
}

// callOut calls the code of the virtual address in RAX; the guest's return address is in a slot.
func (c *Compiler) callOut(link uint8) {
	c.PushM(cell(link))
	c.call(CallOut)
}

// landing is where the call u returns to, with the guest's address in RAX.
func (c *Compiler) landing(u *code.Uop, back uint8) {
	c.Pop(x86.RCX)
	delta := int64(c.plan.Size())
	if !c.plan.InPage(back, delta) {
		c.dispatch()
		return
	}
	c.out.Links[back].Target = int32(delta)
	c.AluRI(x86.AND, x86.RAX, -4096)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
	c.linked(back, delta, c.Jmp, c.JmpPatchable)
}

// comeBack compiles a return.
func (c *Compiler) comeBack(u *code.Uop) {
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
	c.behind((*Compiler).leaveAstray, later{start: astray})
}

func (c *Compiler) leaveAstray(l *later) {
	c.Bind(l.start)
	c.Lea(x86.RSP, x86.At(rState, offCallBase))
	c.dispatch()
}
