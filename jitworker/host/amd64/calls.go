package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A guest's call is a call of the host, and its return a return, so that the host's
// processor predicts where it goes. Native code has a stack of its own for them
// (hart.State.Calls), with two words an entry:
//
//	RSP      host's return address: where the call goes on, see afterCall
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
	l := c.aside((*Compiler).makeRoomAside)
	l.start, l.end = full, room
}

func (c *Compiler) makeRoomAside(l *aside) {
	c.Bind(l.start)
	c.Lea(x86.RSP, x86.At(rState, offCallBase))
	c.Jmp(l.end)
}
