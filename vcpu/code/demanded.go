package code

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// Results, and upper halves of them, that nobody reads are not computed. From the end (TestDemanded):
//
//	before              read further on        after
//	mul   a1, a0, a0    nothing of a1
//	li    a1, 1         all of a1              li    a1, 1
//	addw  a2, a0, a3    a2's lower half        add   a2, a0, a3
//	addw  a2, a2, a1    all of a2              addw  a2, a2, a1
//	slliw a4, a2, 3     a4's lower half        slli  a4, a2, 3
//	subw  a4, a4, a0    all: the body ends     subw  a4, a4, a0

// demanded returns the micro-operations of a body without those whose results nobody
// wants, and with simpler ones where nobody wants the upper half of a result. It
// changes uops.
//
// What a register holds is wanted by those that read it before it is written anew.
// Everything that may leave the body wants all of all registers, so traps and
// interrupts find exact state.
func demanded(uops []Uop) []Uop {
	const all = ^uint32(0)
	some, upper := all, all // registers of which something, and of which the upper half is wanted
	kept := len(uops)
	for i := len(uops) - 1; i >= 0; i-- {
		u := &uops[i]
		if Of(u.Op).Kind != Compute {
			some, upper = all, all
			continue
		}
		bit := uint32(1) << u.Rd
		wide := upper&bit != 0
		if !wide {
			narrow(u)
		}
		if some&bit == 0 || u.Op == OpMove && u.Rs1 == u.Rd {
			u.Op = opNone
			kept--
			continue
		}
		some, upper = some&^bit, upper&^bit
		sources := uint32(1)<<u.Rs1 | uint32(1)<<u.Rs2
		some |= sources
		if r := Of(u.Op).upper; r == upperReads || r == upperPassed && wide {
			upper |= sources
		}
	}
	out := make([]Uop, 0, kept)
	for _, u := range uops {
		if u.Op != opNone {
			out = append(out, u)
		}
	}
	return out
}

// narrow makes u the simplest micro-operation with the same lower half.
func narrow(u *Uop) {
	switch to := Of(u.Op).narrow; {
	case u.Op == isa.RORIW:
		u.extra = 1 // LowerHalf
	case u.Op == isa.ADDIW && u.Imm == 0:
		u.Op = OpMove
	case to != isa.ILLEGAL:
		u.Op = to
	}
}
