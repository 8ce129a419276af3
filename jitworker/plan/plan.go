package plan

import (
	"slices"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Plan is what is known of a unit.
type Plan struct {
	*code.Part
	// Dense is for code that is to be small and not fast: there is no loop, and no slow path.
	Dense bool
	// remembers says, for a part of a larger unit, whether the page of an access, the part's nth, is worth remembering
	// from one execution of the part to the next; nil for all else.
	remembers func(n int, u *code.Uop) bool
	// Ops are the micro-operations that get code: all of the unit's, or those up to a branch that
	// is nearly always taken.
	Ops []code.Uop
	end code.Uop // memory of End's answer
	// Loop is the branch or jump that leads back to the unit's start, if it mostly does, or -1.
	Loop int
	// From and To are the first and the last micro-operation of the slow path, which checks accesses
	// one by one: a group's members are all there. From is -1 if there is none.
	From, To int

	// Wide is what rounds of the loop come to if they are executed together, nil if that is nothing.
	Wide *Wide

	number []uint8 // of each micro-operation's group, or noGroup
	groups [1 + maxGroups]Group
	used   uint8 // of groups
	// While groups are looked for.
	open  [maxBases]uint8 // of each base
	bases uint8           // how many there are
}

// Make makes p the plan of u.
//
// No loop reaches behind a change of the rounding mode: what code tests of that it tests
// ahead, from the unit's start or the change on. One without accesses has nothing to
// remember from one round to the next.
func (p *Plan) Make(u *code.Part, dense bool) {
	p.remembers = nil
	p.make(u, dense)
}

// MakePart makes p the plan of a part of a larger unit, which has no loop of its own. Of each access,
// counted from 0, remembers says whether its page is worth remembering from one execution of the part to the next.
func (p *Plan) MakePart(u *code.Part, remembers func(n int, u *code.Uop) bool) {
	p.remembers = remembers
	p.make(u, false)
}

func (p *Plan) make(u *code.Part, dense bool) {
	p.Part, p.Dense, p.Ops, p.Loop, p.From, p.To = u, dense, u.Uops(), -1, -1, 0
	p.number = slices.Grow(p.number[:0], len(p.Ops))[:len(p.Ops)]
	clear(p.number)
	clear(p.open[:max(int(p.bases), len(atStart))])
	p.bases, p.used = uint8(len(atStart)), 0
	held, steady, reached, accesses := atStart, true, false, 0
	for i := 0; i < len(p.Ops); i++ {
		u := &p.Ops[i]
		switch kind := code.Of(u.Op).Kind; {
		case kind == code.Load, kind == code.Store:
			reached = true
			p.join(i, accesses, u, held[u.Rs1-hart.X])
			accesses++
		case kind == code.Branch, u.Op == code.OpJump:
			if reached && steady && !dense && p.remembers == nil && p.leadsBack(u) {
				p.Loop = i
				clear(p.open[:p.bases])
			}
			if kind == code.Branch && p.cutBehind(u) {
				p.Ops = p.Ops[:i+1]
			}
		case kind == code.CSR:
			steady = steady && !WritesRounding(u)
		}
		p.compute(&held, u)
	}
	p.settle()
	if p.Wide = nil; p.Loop >= 0 {
		p.Wide = p.wide()
	}
}

// End returns the exit with which the code ends if it ends before the unit does: by the link
// behind the last branch's, to what follows that. It is nil if the code does not, and valid until the next call of Make.
func (p *Plan) End() *code.Uop {
	if len(p.Ops) == len(p.Uops()) {
		return nil
	}
	p.end = p.Cut(&p.Ops[len(p.Ops)-1])
	return &p.end
}

// leadsBack reports whether the branch or jump u goes on at the unit's start more often than not.
func (p *Plan) leadsBack(u *code.Uop) bool {
	if u.Target() != 0 || p.Crossing || p.Open(u.Link()) {
		return false
	}
	_, call := u.Return()
	return !call && (u.Op == code.OpJump || p.Likely(u))
}

// lastHalfword of a page may begin an instruction that crosses into the next one.
// Where that lies is for a look-up of its virtual address to say.
const lastHalfword = physmem.PageSize - 2

// InPage reports whether what is delta bytes from the unit's start, where link leads, lies in the
// unit's page whatever its virtual address is, so that code can go there without a look-up. A
// link that is taken with a reservation leads nowhere but to the interpreter.
func (p *Plan) InPage(link uint8, delta int64) bool { return InPage(p.Part, delta) || p.Open(link) }

// InPage reports whether what is delta bytes from the start of u lies in its page whatever its virtual
// address is.
func InPage(u *code.Part, delta int64) bool {
	off := int64(u.PA%physmem.PageSize) + delta
	return off >= 0 && off < lastHalfword && !u.Crossing
}

// Value returns what a slot holds before micro-operation i, if the unit says so.
func (p *Plan) Value(i int, slot uint8) (v uint64, known bool) {
	if slot == hart.X {
		return 0, true
	}
	for _, u := range slices.Backward(p.Uops()[:i]) {
		if u.WritesTo(slot) {
			return uint64(u.Imm), u.Op == code.OpConst
		}
	}
	return 0, false
}

// WritesRounding reports whether u may change the rounding mode.
func WritesRounding(u *code.Uop) bool {
	return code.Of(u.Op).Kind == code.CSR && u.WritesCSR() && u.CSR() != isa.CSR_FFLAGS
}
