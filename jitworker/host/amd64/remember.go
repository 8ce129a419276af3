package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// In a region a group whose base moves by steps remembers its page (hart.Memo) for as long as code stays
// in the region: the hart's mappings change only while it is out of native code, but for the interpreter
// of single micro-operations, which changes none. The entry forgets them all.

// memo is a field of the memo at a place.
func memo(place uint8, field int32) x86.Mem {
	return x86.At(rState, offMemos+int32(place-1)*memoSize+field)
}

// openRemembered is openGroup for a group that remembers its page. RDX is used.
func (c *Compiler) openRemembered(u *code.Uop, g *plan.Group, failed x86.Label) {
	other, done := c.NewLabel(), c.NewLabel()
	c.sum(x86.RDX, u.Rs1, g.Lo-g.Delta)
	c.AluRM(x86.SUB, x86.RDX, memo(g.Place, offMemoPage))
	c.AluRM(x86.CMP, x86.RDX, memo(g.Place, offMemoSpan))
	c.Jcc(x86.AE, other)
	c.Bind(done)
	c.MovRM(x86.RAX, kept(g))
	l := c.aside((*Compiler).rememberAside)
	l.start, l.end, l.slow = other, done, failed
}

// rememberAside looks the page up. Until it is known there is none: the words belong together.
func (c *Compiler) rememberAside(l *aside) {
	u, g := &c.plan.Uops()[l.index], c.plan.Group(int(l.index))
	c.Bind(l.start)
	c.addend(lookupOf(g), u.Rs1, g.Lo-g.Delta, g.Hi-g.Delta, l.slow)
	c.MovMR(kept(g), x86.RAX)
	c.sum(x86.RDX, u.Rs1, g.Lo-g.Delta)
	c.AluRI(x86.AND, x86.RDX, -physmem.PageSize)
	c.MovMR(memo(g.Place, offMemoPage), x86.RDX)
	c.MovMI(memo(g.Place, offMemoSpan), int32(physmem.PageSize-(g.Hi-g.Lo)+1))
	c.Jmp(l.end)
}
