package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// The first access of a group (plan.Group) checks that the bytes of all lie in one page that the
// first level knows, and leaves the page's addend in a word of State; the others only need the
// addend. Where the check fails another copy of the code goes on, in which every member checks
// for itself (copies.go).

// lookupFor is what the load or store u is looked up for, unless it stores a reference.
func lookupFor(u *code.Uop) lookup {
	if code.Of(u.Op).Writes {
		return stores
	}
	return loads
}

// group returns the group of the current access, or nil.
func (c *Compiler) group() *plan.Group {
	if c.copies.now == slowPath {
		return nil
	}
	return c.plan.Group(c.index)
}

// openGroup leaves g's addend in RAX and in g's word. Where the group cannot be checked at
// once the slow path goes on.
func (c *Compiler) openGroup(u *code.Uop, g *plan.Group) {
	if c.plan.Dense {
		c.checkGroup(u, g, c.interpretRest())
		return
	}
	failed := c.slowLabel()
	if g.Place != 0 {
		c.openRemembered(u, g, failed)
		return
	}
	if c.copies.now == loopBody {
		other, done := c.NewLabel(), c.NewLabel()
		c.samePage(u, g, other)
		c.MovRM(x86.RAX, kept(g))
		c.Bind(done)
		l := c.aside((*Compiler).samePageAside)
		l.start, l.end, l.slow = other, done, failed
		return
	}
	c.checkGroup(u, g, failed)
}

// kept is where g's addend is.
func kept(g *plan.Group) x86.Mem {
	if g.Place != 0 {
		return memo(g.Place, offMemoAddend)
	}
	return x86.At(rState, offScratch+8*int32(g.Slot))
}

// lookupOf is what a group's page is looked up for.
func lookupOf(g *plan.Group) lookup {
	switch {
	case g.References:
		return references
	case g.Stores:
		return stores
	}
	return loads
}

// checkGroup looks the bytes of g up. In a loop it also notes their page, for samePage.
func (c *Compiler) checkGroup(u *code.Uop, g *plan.Group, failed x86.Label) {
	c.addend(lookupOf(g), u.Rs1, g.Lo-g.Delta, g.Hi-g.Delta, failed)
	c.MovMR(kept(g), x86.RAX)
	if g.First <= c.plan.Loop {
		c.sum(x86.RDX, u.Rs1, g.Lo-g.Delta)
		c.AluRI(x86.AND, x86.RDX, -physmem.PageSize)
		c.MovMR(x86.At(rState, offPages+8*int32(g.Slot)), x86.RDX)
	}
}

// samePage goes to other unless all bytes of g lie in the page that they lay in last.
// RDX is used.
func (c *Compiler) samePage(u *code.Uop, g *plan.Group, other x86.Label) {
	c.sum(x86.RDX, u.Rs1, g.Lo-g.Delta)
	c.AluRM(x86.SUB, x86.RDX, x86.At(rState, offPages+8*int32(g.Slot)))
	c.AluRI(x86.CMP, x86.RDX, int32(physmem.PageSize-(g.Hi-g.Lo)))
	c.Jcc(x86.A, other)
}

// samePageAside is what samePage goes to.
func (c *Compiler) samePageAside(l *aside) {
	c.Bind(l.start)
	c.checkGroup(&c.plan.Uops()[l.index], c.plan.Group(int(l.index)), l.slow)
	c.Jmp(l.end)
}
