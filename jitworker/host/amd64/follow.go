package amd64

import (
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// In a region calls, returns and indirect jumps lead to other parts of it where they can. The stack of calls is what it is
// elsewhere, so that whoever leaves the region in the midst of a call returns as from any other:
//
//	call     push ra;  push where who returns from outside goes on;  jmp callee
//	return   cmp ra, [RSP+8];  jne astray;  pop both;  follow
//	jump     follow
//
// follow compares the virtual address with those of the parts that the jump has been found to lead to: one or two by
// themselves, more by a table of the halfwords from the first to the last in a page. What lies in the page that the hart is in
// needs no translation; of other pages the first level's fetch entries say whether they lie where they did, as for other ways
// between parts (cross). Where there is a way to code above, which may close a loop, it polls. What is not found takes the
// way that it takes outside of regions.

// callInside pushes what the stack of calls expects of the call u, which goes on to a part. RDX is used.
func (c *Compiler) callInside(u *code.Uop, back uint8) {
	c.makeRoom()
	landing := c.NewLabel()
	c.Push(c.get(u.Rd, x86.RDX))
	c.LeaLabel(x86.RDX, landing)
	c.Push(x86.RDX)
	c.asideFunc(func() {
		c.Bind(landing)
		c.atHome()
		c.afterCall(u, back)
	})
}

const frame = 16 // bytes of a call on the stack

// jalrInside compiles an indirect jump that may lead to other parts; false if it is known to lead to none.
func (c *Compiler) jalrInside(u *code.Uop) bool {
	if c.inside.Parts[c.part].Jumps[0] == 0 {
		return false
	}
	if u.Returns() && u.Imm == 0 && u.Rd == hart.Sink {
		c.returnInside(u)
		return true
	}
	c.jumpTarget(u)
	back, call := u.Return()
	if call {
		c.callInside(u, back)
	}
	c.follow(func() {
		if call {
			c.Lea(x86.RSP, x86.At(x86.RSP, frame))
			c.dispatchCall(u, back)
		} else {
			c.dispatch()
		}
	})
	return true
}

// returnInside is dispatchReturn within a region.
func (c *Compiler) returnInside(u *code.Uop) {
	c.AluRI(x86.ADD, rCount, int32(u.N))
	c.load64(x86.RAX, u.Rs1)
	c.AluRI(x86.AND, x86.RAX, -2)
	c.AluRM(x86.CMP, x86.RAX, x86.At(x86.RSP, 8))
	astray := c.NewLabel()
	c.Jcc(x86.NE, astray)
	c.Lea(x86.RSP, x86.At(x86.RSP, frame))
	c.asideFunc(func() {
		c.Bind(astray)
		c.goHome()
		c.Lea(x86.RSP, x86.At(rState, offCallBase))
		c.dispatch()
	})
	c.follow(func() {
		c.Lea(x86.RSP, x86.At(x86.RSP, -frame))
		c.Ret()
	})
}

// maxCompared is how many addresses are compared one by one; more go by a table.
const maxCompared = 2

// follow goes to the part whose virtual address is in RAX. If there is none, or the hart is to poll, it goes on, out of line
// and with the home map, as elsewhere does. RCX and RDX are used.
func (c *Compiler) follow(elsewhere func()) {
	in := c.inside
	miss, polls := c.NewLabel(), false
	var here, far []int
	for to := range in.Jumps(c.part) {
		polls = polls || in.Polls(c.part, to)
		if in.SamePage(c.part, to) {
			here = append(here, to)
		} else {
			far = append(far, to)
		}
	}
	if polls {
		c.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
		c.Jcc(x86.AE, miss)
	}
	c.asideFunc(func() {
		c.Bind(miss)
		c.goHome()
		elsewhere()
	})
	if len(here) > 0 {
		other := miss
		if len(far) > 0 {
			other = c.NewLabel()
		}
		c.MovRR(x86.RDX, x86.RAX)
		c.AluRM(x86.SUB, x86.RDX, x86.At(rState, offPage))
		if c.choose(here, other, miss, len(far) == 0); len(far) > 0 {
			c.Bind(other)
		}
	}
	if len(far) > 0 {
		c.followFar(far, miss)
	}
}

// followFar is follow for parts in other pages.
func (c *Compiler) followFar(far []int, miss x86.Label) {
	in, unknown := c.inside, c.NewLabel()
	pages := in.byPage(far)
	hits := make([]x86.Label, len(pages))
	c.MovRR(x86.RDX, x86.RAX)
	c.AluRI(x86.AND, x86.RDX, -physmem.PageSize)
	for i, parts := range pages {
		hits[i] = c.NewLabel()
		if m, ok := in.knows(parts[0]); ok {
			c.AluRM(x86.CMP, x86.RDX, m)
			c.Jcc(x86.E, hits[i])
		}
	}
	physicalPage(&c.Asm, unknown)
	c.asideFunc(func() {
		c.Bind(unknown)
		c.goHome()
		leaveFor(&c.Asm)
	})
	for i, parts := range pages {
		next, last := miss, i == len(pages)-1
		if !last {
			next = c.NewLabel()
		}
		c.MovRI(x86.RDX, int64(in.Parts[parts[0]].PA&^(physmem.PageSize-1)))
		c.AluRR(x86.CMP, x86.RCX, x86.RDX)
		c.Jcc(x86.NE, next)
		c.MovRR(x86.RDX, x86.RAX)
		c.AluRI(x86.AND, x86.RDX, -physmem.PageSize)
		if m, ok := in.knows(parts[0]); ok {
			c.MovMR(m, x86.RDX)
		}
		c.Bind(hits[i])
		c.MovMR(x86.At(rState, offPage), x86.RDX)
		c.MovRR32(x86.RDX, x86.RAX)
		c.AluRI32(x86.AND, x86.RDX, offsetMask)
		if c.choose(parts, miss, miss, last); !last {
			c.Bind(next)
		}
	}
}

// byPage returns parts by the page that they are in, in their order.
func (in *inside) byPage(parts []int) (pages [][]int) {
	for _, part := range parts {
		i := slices.IndexFunc(pages, func(p []int) bool { return in.SamePage(p[0], part) })
		if i < 0 {
			i, pages = len(pages), append(pages, nil)
		}
		pages[i] = append(pages[i], part)
	}
	return pages
}

// choose goes to the one of parts, which lie in one page, whose offset there is in RDX. If that leads out of the page it goes
// to other, if to none of them to other or miss. RCX is used. Nothing follows if end.
func (c *Compiler) choose(parts []int, other, miss x86.Label, end bool) {
	in := c.inside
	offset := func(part int) int32 { return int32(in.Parts[part].PA % physmem.PageSize) }
	if len(parts) <= maxCompared {
		last := len(parts) - 1
		for _, to := range parts[:last] {
			c.AluRI(x86.CMP, x86.RDX, offset(to))
			c.Jcc(x86.E, in.labels[to])
		}
		c.AluRI(x86.CMP, x86.RDX, offset(parts[last]))
		c.Jcc(x86.NE, other)
		if !end || !in.last || in.Place[parts[last]] != in.Place[c.part]+1 {
			c.Jmp(in.labels[parts[last]])
		}
		return
	}
	t := table{at: c.NewLabel(), miss: miss, lo: offset(parts[0]), hi: offset(parts[0])}
	for _, to := range parts {
		t.lo, t.hi = min(t.lo, offset(to)), max(t.hi, offset(to))
		t.entries = append(t.entries, entry{offset(to), in.labels[to]})
	}
	in.tables = append(in.tables, t)
	c.Lea(x86.RDX, x86.At(x86.RDX, -t.lo))
	c.AluRI(x86.CMP, x86.RDX, t.hi-t.lo)
	c.Jcc(x86.A, other)
	c.LeaLabel(x86.RCX, t.at)
	c.MovzxRM(x86.RDX, x86.Indexed(x86.RCX, x86.RDX, 0), 2)
	c.AluRR(x86.SUB, x86.RCX, x86.RDX)
	c.JmpR(x86.RCX)
}

// table says for each halfword of the guest from one part's beginning to another's how far ahead of the table the code for it
// begins, which is miss if that is no part's beginning.
type table struct {
	at, miss x86.Label
	lo, hi   int32
	entries  []entry
}

type entry struct {
	offset int32
	label  x86.Label
}

// emitTables emits the region's tables, when all that they lead to is there.
func (c *Compiler) emitTables() {
	for _, t := range c.inside.tables {
		at := c.Len()
		c.Bind(t.at)
		for offset := t.lo; offset <= t.hi; offset += 2 {
			to := t.miss
			if i := slices.IndexFunc(t.entries, func(e entry) bool { return e.offset == offset }); i >= 0 {
				to = t.entries[i].label
			}
			c.Word16(uint16(at - c.Offset(to)))
		}
	}
}
