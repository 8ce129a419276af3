package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Some code exists in several copies, which do the same and rely on different things:
//
//	main copy   all of the block. A group of accesses is checked at its first one.
//	loop body   rounds of a loop that is one block, from the second on: each group is
//	            expected in the page that it was in last.
//	slow path   the slow path's range of the plan: each access is checked for itself.
//	            The others come here when a check fails, at the access that it was for.
//
//	                     ┌─────────┐ poll ┌─────────────┐
//	  entry ──> main copy ─ round ─┴──> loop body ─ round ┘
//	               │ check fails          │ check fails
//	               v                      v
//	            slow path ── round ──> main copy
//
// So who comes to the loop body has been through a whole round of the main copy or of the
// loop body since the last poll, and all that they note of pages is there and true. Copies
// leave the block by the main copy's exits.
type copies struct {
	now kind
	// Labels: of the loop body, and behind its poll; of the main copy's code behind the
	// loop, and behind what is in the slow path.
	body, round, pastLoop, pastSlow x86.Label
	slow                            []x86.Label              // in the slow path, by micro-operation, or noLabel
	exits                           [code.MaxLinks]x86.Label // of the main copy, or noLabel
	fromFloats, loopFloats          floats                   // at plan.Plan.From, and at Loop
}

// kind is a kind of copy.
type kind uint8

const (
	mainCopy kind = iota
	loopBody
	slowPath
)

const noLabel x86.Label = -1

// resetCopies forgets the last block's copies and makes labels for those that this one has.
func (c *Compiler) resetCopies() {
	p := &c.copies
	p.now, p.body, p.round, p.pastLoop, p.pastSlow, p.slow = mainCopy, noLabel, noLabel, noLabel, noLabel, p.slow[:0]
	for i := range p.exits {
		p.exits[i] = noLabel
	}
	if c.plan.From >= 0 {
		for range c.plan.Ops {
			p.slow = append(p.slow, noLabel)
		}
	}
}

// emit emits the main copy.
func (c *Compiler) emit(uops []code.Uop) {
	p, loop, from := &c.copies, c.plan.Loop, c.plan.From
	if loop >= 0 {
		p.body, p.round, p.pastLoop = c.NewLabel(), c.NewLabel(), c.NewLabel()
	}
	if from >= 0 {
		p.pastSlow = c.NewLabel()
	}
	p.now, c.holds = mainCopy, nil
	for i := range uops {
		if i == from {
			p.fromFloats = c.floats
		}
		if c.inside != nil {
			c.inside.last = i == len(uops)-1 && code.Of(uops[i].Op).Kind != code.Branch
		}
		c.uop(i, &uops[i])
		if c.inside != nil {
			c.comeBack()
		}
		if i == loop {
			p.loopFloats = c.floats
			c.bindPast(p.pastLoop)
		}
		if from >= 0 && i == c.plan.To {
			c.bindPast(p.pastSlow)
		}
	}
}

// bindPast binds a label to which code comes that has something else in RAX.
func (c *Compiler) bindPast(l x86.Label) {
	c.Bind(l)
	c.holds = nil
}

// emitCopies emits the other copies.
func (c *Compiler) emitCopies(uops []code.Uop) {
	p := &c.copies
	if c.plan.Loop >= 0 {
		p.now, c.holds, c.floats = loopBody, nil, p.loopFloats
		c.index = 0
		c.mark()
		c.Bind(p.body)
		c.poll()
		c.Bind(p.round)
		c.wide()
		c.countWord(0)
		for i := range uops[:c.plan.Loop+1] {
			c.uop(i, &uops[i])
			if c.inside != nil {
				c.comeBack()
			}
		}
	}
	if c.plan.From >= 0 {
		p.now, c.holds, c.floats = slowPath, nil, p.fromFloats
		for i := c.plan.From; i <= c.plan.To; i++ {
			if l := p.slow[i]; l != noLabel {
				c.Bind(l)
			}
			c.uop(i, &uops[i])
			if c.inside != nil {
				c.comeBack()
			}
		}
		c.Jmp(p.pastSlow)
	}
	p.now = mainCopy
}

// slowLabel gives the label of the current access in the slow path.
func (c *Compiler) slowLabel() x86.Label {
	l := &c.copies.slow[c.index]
	if *l == noLabel {
		*l = c.NewLabel()
	}
	return *l
}

// exitLabel gives the label of the main copy's code that leaves by a link.
func (c *Compiler) exitLabel(link uint8) x86.Label {
	l := &c.copies.exits[link]
	if *l == noLabel {
		*l = c.NewLabel()
	}
	return *l
}

// leadBack goes to the block's start: jump emits the jump or call. From round to round of the
// loop body the poll comes before the jump, so that there is only one.
func (c *Compiler) leadBack(jump func(x86.Label)) {
	p := &c.copies
	switch {
	case c.index != c.plan.Loop || p.now == slowPath:
		jump(c.head)
	case p.now == mainCopy:
		jump(p.body)
	default:
		c.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
		c.Jcc(x86.B, p.round)
		jump(p.body)
	}
}

// sparesRAX reports whether the code of the current micro-operation leaves RAX alone.
func (c *Compiler) sparesRAX(u *code.Uop) bool {
	switch u.Op {
	case isa.ADDI, code.OpMove, code.OpConst:
		return c.pin(u.Rd) != x86.NoReg
	}
	return false
}
