package quick

import (
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Accesses of one block from one base register, unchanged between them and close
// together, form a group: the first one checks that the bytes of all lie in one
// page that the first level knows, and leaves the page's addend in a word of
// State; the others only need the addend. Where the check fails another copy of the
// code goes on, in which every member checks for itself (copies.go). Nothing between two
// members can take the translation back, or begin a phase of the collector: that happens
// at polls only.
//
// In a loop that is one block an access is a group even if it is alone: it remembers its
// page from one round to the next.

const (
	// maxGroups is the number of words for addends.
	maxGroups = uint8(hart.Addends)
	// maxSpan bounds the bytes from a group's first to its last: the larger, the more
	// often a group lies across two pages and gains nothing.
	maxSpan = 512
)

// group is a set of accesses that share one check.
type group struct {
	slot    uint8 // word of State.Addend
	first   int   // micro-operation that checks
	members int
	delta   int64 // of the first access's register from the base
	lo, hi  int64 // distances from the base of the first byte and of the one behind the last
	store   bool  // a member stores
	refs    bool  // a member stores a reference
}

// noGroup is the number of no group; others are numbered from 1.
const noGroup = 0

// lookupFor is what the load or store u is looked up for, unless it stores a reference.
func lookupFor(u *code.Uop) lookup {
	if code.Of(u.Op).Writes {
		return stores
	}
	return loads
}

// origin says that a register holds the value of a base plus delta. Bases are
// numbered as they come up: the registers' values at the block's start, then every
// value that is not a sum of one and a constant. There are fewer than 256: a block has
// code.MaxInsns instructions, of two micro-operations or one, and an end.
type origin struct {
	base  uint8
	delta int64
}

// atStart are the origins of the x registers at the block's start.
var atStart = func() (o [32]origin) {
	for i := range o {
		o[i].base = uint8(i)
	}
	return o
}()

// maxBases is more than the number of bases that a block can have.
const maxBases = 256

// survey finds the block's loop and its groups, and returns the micro-operations that get
// code: up to a branch behind which the code does not go on, if there is one.
//
// No loop reaches behind a change of the rounding mode: what code tests of that it tests
// ahead, from the block's start or the change on. One without accesses has nothing to
// remember from one round to the next.
func (c *Compiler) survey(uops []code.Uop) []code.Uop {
	c.copies.reset()
	c.groups = slices.Grow(c.groups[:0], len(uops))[:len(uops)]
	clear(c.groups)
	clear(c.open[:])
	c.bases, c.used = uint8(len(atStart)), 0
	held, steady, reached := atStart, true, false
	for i := 0; i < len(uops); i++ {
		u := &uops[i]
		switch kind := code.Of(u.Op).Kind; {
		case kind == code.Load, kind == code.Store:
			reached = true
			c.join(i, u, held[u.Rs1-hart.X])
		case kind == code.Branch, u.Op == code.OpJump:
			if reached && steady && !c.Dense && c.leadsBack(u) {
				c.copies.loop = i
				clear(c.open[:])
			}
			if kind == code.Branch && !c.goesOn(u) {
				uops = uops[:i+1]
			}
		case kind == code.CSR:
			steady = steady && !writesFRM(u)
		}
		switch d := u.Rd - hart.X; {
		case int(d) >= len(held):
		case u.Op == isa.ADDI:
			from := held[u.Rs1-hart.X]
			held[d] = origin{from.base, from.delta + u.Imm}
		case u.Op == code.OpMove:
			held[d] = held[u.Rs1-hart.X]
		default:
			held[d] = origin{base: c.bases}
			c.bases++
		}
		if u.Op == isa.AMOCAS_Q && u.Rd != hart.Sink {
			held[code.Pair(u.Rd)-hart.X] = origin{base: c.bases}
			c.bases++
		}
	}
	c.planGroups(uops)
	return uops
}

// join finds a group for the access u, micro-operation i, from a register of this origin.
func (c *Compiler) join(i int, u *code.Uop, from origin) {
	info := code.Of(u.Op)
	at := from.delta + u.Imm
	n := c.open[from.base]
	if n == noGroup || !c.sets[n].join(at, info) {
		n = noGroup
		if c.used < maxGroups {
			c.used++
			n = c.used
			c.sets[n] = group{slot: n - 1, first: i, delta: from.delta, lo: at, hi: at + int64(info.Size), store: info.Writes}
		}
		c.open[from.base] = n
	}
	if n != noGroup {
		g := &c.sets[n]
		g.refs = g.refs || info.Reference
		g.members++
		c.groups[i] = n
	}
}

// planGroups leaves out groups that gain nothing, and has the careful copy include the
// others.
func (c *Compiler) planGroups(uops []code.Uop) {
	if c.used == 0 {
		return
	}
	for i := range uops {
		n := c.groups[i]
		switch {
		case n == noGroup:
		case c.sets[n].members == 1 && (i > c.copies.loop || c.sets[n].refs):
			c.groups[i] = noGroup
		case !c.Dense:
			c.plan(i)
		}
	}
}

// group returns the group of the current access, or nil.
func (c *Compiler) group() *group {
	if c.copies.now == careful {
		return nil
	}
	return c.groupOf(c.index)
}

// groupOf returns the group of micro-operation i, or nil.
func (c *Compiler) groupOf(i int) *group {
	if n := c.groups[i]; n != noGroup {
		return &c.sets[n]
	}
	return nil
}

// openGroup leaves g's addend in RAX and in g's word. Where the group cannot be checked at
// once the careful copy goes on.
func (c *Compiler) openGroup(u *code.Uop, g *group) {
	if c.Dense {
		c.checkGroup(u, g, c.rest())
		return
	}
	failed := c.carefully()
	if c.copies.now == again {
		other, done := c.NewLabel(), c.NewLabel()
		c.samePage(u, g, other)
		c.MovRM(x86.RAX, x86.At(rState, offScratch+8*int32(g.slot)))
		c.Bind(done)
		c.behind((*Compiler).turnPage, later{start: other, end: done, slow: failed})
		return
	}
	c.checkGroup(u, g, failed)
}

// checkGroup looks the bytes of g up. In a loop it also notes their page, for samePage.
func (c *Compiler) checkGroup(u *code.Uop, g *group, failed x86.Label) {
	k := loads
	switch {
	case g.refs:
		k = references
	case g.store:
		k = stores
	}
	c.addend(k, u.Rs1, g.lo-g.delta, g.hi-g.delta, failed)
	c.MovMR(x86.At(rState, offScratch+8*int32(g.slot)), x86.RAX)
	if g.first <= c.copies.loop {
		c.sum(x86.RDX, u.Rs1, g.lo-g.delta)
		c.AluRI(x86.AND, x86.RDX, -physmem.PageSize)
		c.MovMR(x86.At(rState, offPages+8*int32(g.slot)), x86.RDX)
	}
}

// samePage goes to other unless all bytes of g lie in the page that they lay in last.
// RDX is used.
func (c *Compiler) samePage(u *code.Uop, g *group, other x86.Label) {
	c.sum(x86.RDX, u.Rs1, g.lo-g.delta)
	c.AluRM(x86.SUB, x86.RDX, x86.At(rState, offPages+8*int32(g.slot)))
	c.AluRI(x86.CMP, x86.RDX, int32(physmem.PageSize-(g.hi-g.lo)))
	c.Jcc(x86.A, other)
}

// turnPage is what samePage goes to.
func (c *Compiler) turnPage(l *later) {
	c.Bind(l.start)
	c.checkGroup(&c.b.Uops()[l.index], c.groupOf(int(l.index)), l.slow)
	c.Jmp(l.end)
}

// join adds an access to the group if the span allows it.
func (g *group) join(at int64, info *code.Info) bool {
	lo, hi := min(g.lo, at), max(g.hi, at+int64(info.Size))
	if hi-lo > maxSpan {
		return false
	}
	g.lo, g.hi, g.store = lo, hi, g.store || info.Writes
	return true
}
