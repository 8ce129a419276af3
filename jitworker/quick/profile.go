package quick

import . "github.com/hartwood-vm/hartwood/jitworker/amd64"

// Mark says that the host code from Host on, up to the next mark, is for the guest
// instruction at Guest halfwords from the block's start, or for the block as a
// whole if Guest is MarkBlock.
type Mark struct {
	Host  uint32
	Guest uint8
}

// MarkBlock is the Guest of code that belongs to no instruction: the poll.
const MarkBlock = 0xff

// mark says that what follows is for the current micro-operation.
func (c *Compiler) mark() {
	m := Mark{uint32(c.Len()), MarkBlock}
	if c.index >= 0 {
		m.Guest = c.b.Uops()[c.index].Off
	}
	c.out.Marks = append(c.out.Marks, m)
}

// countExecution counts an execution of the block if a profile wants that. Harts
// share the count, so the addition is locked.
func (c *Compiler) countExecution() {
	if c.Counter == nil {
		return
	}
	if at := c.Counter(c.b); at != 0 {
		c.MovRI(RAX, int64(at))
		c.LockAddMI(At(RAX, 0), 1)
	}
}
