package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// maxCode bounds the bytes of one unit's code. That of the longest block is far shorter.
const maxCode = 1 << 16

// Compiler compiles blocks, one at a time; each worker has its own.
type Compiler struct {
	x86.Asm
	host Features

	plan   *plan.Plan   // of the current part
	part   int          // its number
	entry  x86.Label    // where the code begins
	head   x86.Label    // where the block begins, with its poll
	pins   *[32]x86.Reg // where registers lie: the home map's, or the region's
	xpins  *[32]x86.Xmm
	inside *inside // the region, nil if there is none
	region inside  // its memory
	out    tier.Code
	asides []aside // code out of line, emitted behind the block
	index  int     // of the current micro-operation, or -1

	tier.Options
	counts uintptr // of the current block, see Options.Counter

	copies copies
	late   int64 // what the current load's base register lacks, see sumInLoad
	// held is the group whose addend is in RAX, before and during the current
	// micro-operation; holds is the same for the next one.
	held, holds *plan.Group
	floats      floats
	quiet       quiet // the current comparison that raises nothing
}

// Lower makes code of a unit after its plan (quick.Lowering).
//
// Dense code is small and not fast: pages are looked up, and other code is found, by routines,
// there are no copies, and where a group of accesses cannot be checked at once the rest of the
// block is left to the interpreter.
func (c *Compiler) Lower(p *plan.Plan) (*tier.Code, error) {
	c.begin(1)
	c.plan = p
	c.mark()

	c.head = c.entry
	c.Bind(c.head)
	c.poll()
	c.countExecution()
	c.resetCopies()
	c.emit(p.Ops)
	if end := p.End(); end != nil {
		c.takeExit(end)
	}
	c.out.Insns = int(p.Ops[len(p.Ops)-1].N)
	c.emitCopies(p.Ops)
	for i := 0; i < len(c.asides); i++ {
		l := &c.asides[i]
		c.index = int(l.index)
		c.mark()
		l.emit(c, l)
	}
	return c.end()
}

// begin forgets the last unit.
func (c *Compiler) begin(parts int) {
	c.Reset()
	o := &c.out
	o.Relocs, o.Exits, o.Marks, o.Links, o.Insns = o.Relocs[:0], o.Exits[:0], o.Marks[:0], c.links(parts), 0
	c.asides = c.asides[:0]
	c.floats, c.quiet.end = floats{}, -1
	c.part, c.index, c.late = 0, -1, 0
	c.pins, c.xpins, c.inside, c.counts = &pins, &xpins, nil, 0
	c.entry = c.NewLabel()
}

// end finishes the code.
func (c *Compiler) end() (*tier.Code, error) {
	c.out.Bytes = c.Finish()
	if len(c.out.Bytes) > maxCode {
		return nil, tier.ErrSize
	}
	return &c.out, nil
}

// uop compiles micro-operation i.
func (c *Compiler) uop(i int, u *code.Uop) {
	c.index = i
	c.mark()
	c.held, c.holds = c.holds, nil
	if c.sparesRAX(u) {
		c.holds = c.held
	}
	if emit := lowerings[u.Op]; emit != nil {
		emit(c, u)
	} else {
		c.interpret()
	}
}
