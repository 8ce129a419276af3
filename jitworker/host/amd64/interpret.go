package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// interpret leaves the current micro-operation to the interpreter; code goes on at
// the current position.
func (c *Compiler) interpret() {
	exit := c.leaveOp(code.NativeUop, c.index)
	resume, warm := c.NewLabel(), c.warm()
	c.Bind(resume)
	l := c.aside((*Compiler).resumeAside)
	l.resume, l.warm, l.exit = resume, warm, exit
}

// resumeAside is where the interpreter returns to.
func (c *Compiler) resumeAside(l *aside) { c.resumeAt(l.exit, l.resume, l.warm) }

// interpretAside gives the label of out-of-line code that leaves the current
// micro-operation to the interpreter and goes on at resume.
func (c *Compiler) interpretAside(resume x86.Label) x86.Label {
	start := c.NewLabel()
	l := c.aside((*Compiler).interpretOp)
	l.start, l.resume, l.warm = start, resume, c.warm()
	return start
}

// interpretOp is what interpretAside emits.
func (c *Compiler) interpretOp(l *aside) {
	c.Bind(l.start)
	l.exit = c.leaveOp(code.NativeUop, int(l.index))
	c.resumeAside(l)
}

// interpretRest gives the label of out-of-line code that leaves the current micro-operation
// and all that follow it in the block to the interpreter.
func (c *Compiler) interpretRest() x86.Label {
	l := c.NewLabel()
	c.asideFunc(func() {
		c.Bind(l)
		c.leaveOp(code.NativeRest, c.index)
	})
	return l
}

// resumeAt says, and emits out of line, what the interpreter returns to after an exit: l, with
// the f registers loaded if warm.
func (c *Compiler) resumeAt(exit int, l x86.Label, warm bool) {
	x := &c.out.Exits[exit]
	if c.inside != nil && !c.home() {
		x.Resume = c.arriveAt(l, warm)
		return
	}
	if !warm {
		x.Resume = uint32(c.Offset(l))
		return
	}
	x.Resume = uint32(c.Len())
	c.LeaLabel(x86.RDX, l)
	c.JmpM(x86.At(rState, offWarm))
}
