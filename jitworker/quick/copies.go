package quick

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Some code exists in several copies, which do the same and rely on different things:
//
//	first     all of the block. A group of accesses is checked at its first one.
//	again     rounds of a loop that is one block, from the second on: each group is
//	          expected in the page that it was in last.
//	careful   from the first group on to the last: each access is checked for itself.
//	          The others come here when a check fails, at the access that it was for.
//
//	                 ┌─────────┐ poll ┌─────────┐
//	  entry ──> first ─ round ─┴──> again ─ round ┘
//	               │ check fails      │ check fails
//	               v                  v
//	            careful ── round ──> first
//
// So who comes to "again" has been through a whole round of "first" or "again" since the
// last poll, and all that they note of pages is there and true. Copies leave the block by
// the first one's exits.
type copies struct {
	now kind
	// loop is the micro-operation that leads back to the block's start, or -1.
	loop int
	// from and to are the first and the last one of the careful copy; from is -1 if there
	// is none.
	from, to int
	// Labels: of the second copy, and behind its poll; of the first copy's code behind the
	// loop, and behind what is in the careful copy.
	again, round, pastLoop, pastCareful x86.Label
	careful                             []x86.Label              // in the careful copy, by micro-operation, or noLabel
	exits                               [code.MaxLinks]x86.Label // of the first copy, or noLabel
	fromFloats, loopFloats              floats                   // at from, and at loop
}

// kind is a kind of copy.
type kind uint8

const (
	first kind = iota
	again
	careful
)

const noLabel x86.Label = -1

// leadsBack reports whether the branch or jump u goes on at the block's start more often than not.
func (c *Compiler) leadsBack(u *code.Uop) bool {
	if u.Target() != 0 || c.b.Crossing || c.b.Open(u.Link()) {
		return false
	}
	_, call := u.Return()
	return !call && (u.Op == code.OpJump || c.likely(u))
}

// reset forgets the last block's copies.
func (p *copies) reset() {
	*p = copies{loop: -1, from: -1, careful: p.careful[:0], again: noLabel, round: noLabel, pastLoop: noLabel, pastCareful: noLabel}
	for i := range p.exits {
		p.exits[i] = noLabel
	}
}

// plan says that micro-operation i is an access of a group.
func (c *Compiler) plan(i int) {
	p := &c.copies
	if p.from < 0 {
		p.from = i
		for range c.groups {
			p.careful = append(p.careful, noLabel)
		}
	}
	p.to = max(i, p.loop)
}

// emit emits the first copy.
func (c *Compiler) emit(uops []code.Uop) {
	p := &c.copies
	if p.loop >= 0 {
		p.again, p.round, p.pastLoop = c.NewLabel(), c.NewLabel(), c.NewLabel()
	}
	if p.from >= 0 {
		p.pastCareful = c.NewLabel()
	}
	p.now, c.holds = first, nil
	for i := range uops {
		if i == p.from {
			p.fromFloats = c.floats
		}
		c.uop(i, &uops[i])
		if i == p.loop {
			p.loopFloats = c.floats
			c.bindPast(p.pastLoop)
		}
		if p.from >= 0 && i == p.to {
			c.bindPast(p.pastCareful)
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
	if p.loop >= 0 {
		p.now, c.holds, c.floats = again, nil, p.loopFloats
		c.index = 0
		c.mark()
		c.Bind(p.again)
		c.poll()
		c.Bind(p.round)
		c.countWord(0)
		for i := range uops[:p.loop+1] {
			c.uop(i, &uops[i])
		}
	}
	if p.from >= 0 {
		p.now, c.holds, c.floats = careful, nil, p.fromFloats
		for i := p.from; i <= p.to; i++ {
			if l := p.careful[i]; l != noLabel {
				c.Bind(l)
			}
			c.uop(i, &uops[i])
		}
		c.Jmp(p.pastCareful)
	}
	p.now = first
}

// carefully gives the label of the current access in the careful copy.
func (c *Compiler) carefully() x86.Label {
	l := &c.copies.careful[c.index]
	if *l == noLabel {
		*l = c.NewLabel()
	}
	return *l
}

// exitLabel gives the label of the first copy's code that leaves by a link.
func (c *Compiler) exitLabel(link uint8) x86.Label {
	l := &c.copies.exits[link]
	if *l == noLabel {
		*l = c.NewLabel()
	}
	return *l
}

// leadBack goes to the block's start: jump emits the jump or call. From round to round of the
// second copy the poll comes before the jump, so that there is only one.
func (c *Compiler) leadBack(jump func(x86.Label)) {
	p := &c.copies
	switch {
	case c.index != p.loop || p.now == careful:
		jump(c.head)
	case p.now == first:
		jump(p.again)
	default:
		c.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
		c.Jcc(x86.B, p.round)
		jump(p.again)
	}
}

// sparesRAX reports whether the code of the current micro-operation leaves RAX alone.
func (c *Compiler) sparesRAX(u *code.Uop) bool {
	switch u.Op {
	case isa.ADDI, code.OpMove, code.OpConst:
		return pin(u.Rd) != x86.NoReg
	}
	return false
}
