package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

// mark says that what follows is for the current micro-operation.
func (c *Compiler) mark() {
	if !c.Marked {
		return
	}
	m := tier.Mark{Host: uint32(c.Len()), Guest: tier.MarkBlock}
	if c.index >= 0 {
		m.Guest = c.plan.Uops()[c.index].Off
	}
	c.out.Marks = append(c.out.Marks, m)
}

// countExecution counts an execution of the block if a profile wants that. Harts
// share the count, so the addition is locked.
func (c *Compiler) countExecution() {
	c.counts = 0
	if c.Counter != nil {
		c.counts = c.Counter(c.plan.Part)
	}
	c.countWord(0)
}

// countExit counts that an exit is taken.
func (c *Compiler) countExit(link uint8) { c.countWord(1 + link) }

// countWord adds one to word i of the block's counts. RAX is used.
func (c *Compiler) countWord(i uint8) {
	if c.counts != 0 {
		c.MovRI(x86.RAX, int64(c.counts)+8*int64(i))
		c.LockAddMI(x86.At(x86.RAX, 0), 1)
	}
}
