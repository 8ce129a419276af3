package amd64

import (
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A region's parts may lie in several pages, each of which is where it was when the region was made, or not. The first way to a
// page that is taken asks the first level, and notes the virtual page in a memo; others compare. As with the pages of accesses
// (remember.go) that is true for as long as code stays in the region, and the entry forgets it.

// nowhere is no page's address.
const nowhere = 1

// knowPages gives memos to the pages of the region's parts, as far as there are any left, if there are several.
func (in *inside) knowPages() {
	for i := range in.Parts {
		page := in.Parts[i].PA / physmem.PageSize
		if !slices.Contains(in.known, page) && in.Pages+len(in.known) < hart.Memos {
			in.known = append(in.known, page)
		}
	}
	if len(in.known) == 1 {
		in.known = in.known[:0]
	}
}

// pageMemo is the place of the memo of known page i.
func (in *inside) pageMemo(i int) uint8 { return uint8(in.Pages + i + 1) }

// knows returns what says where a part's page lies; false if nothing does.
func (in *inside) knows(part int) (m x86.Mem, ok bool) {
	i := slices.Index(in.known, in.Parts[part].PA/physmem.PageSize)
	if i < 0 {
		return m, false
	}
	return memo(in.pageMemo(i), offMemoPage), true
}

// cross moves to the page of a part in another one if that lies where it did; else the exit u is one like any other.
func (c *Compiler) cross(u *code.Uop, to int) {
	page, ok := c.inside.knows(to)
	if !ok {
		c.crossAsking(u, to)
		return
	}
	unknown, done := c.NewLabel(), c.NewLabel()
	c.MovRM(x86.RAX, x86.At(rState, offPage))
	target := int64(c.plan.PA%physmem.PageSize) + u.Target()
	if delta := target &^ (physmem.PageSize - 1); delta != 0 {
		c.AluRI(x86.ADD, x86.RAX, int32(delta))
	}
	c.AluRM(x86.CMP, x86.RAX, page)
	c.Jcc(x86.NE, unknown)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
	c.Bind(done)
	c.asideFunc(func() {
		c.Bind(unknown)
		c.crossAsking(u, to)
		c.MovMR(page, x86.RAX)
		c.Jmp(done)
	})
}

// crossAsking is cross by the first level, and leaves the page's address in RAX. If the first level does not know that page
// Go looks it up, so that it is known the next time.
func (c *Compiler) crossAsking(u *code.Uop, to int) {
	elsewhere, unknown := c.NewLabel(), c.NewLabel()
	c.pcAt(x86.RAX, u.Target())
	physicalPage(&c.Asm, unknown)
	c.MovRI(x86.RDX, int64(c.inside.Parts[to].PA&^(physmem.PageSize-1)))
	c.AluRR(x86.CMP, x86.RCX, x86.RDX)
	c.Jcc(x86.NE, elsewhere)
	c.AluRI(x86.AND, x86.RAX, -physmem.PageSize)
	c.MovMR(x86.At(rState, offPage), x86.RAX)
	c.asideFunc(func() {
		c.Bind(elsewhere)
		c.goHome()
		c.takeExitOut(u)
	})
	c.asideFunc(func() {
		c.Bind(unknown)
		c.goHome()
		leaveFor(&c.Asm)
	})
}
