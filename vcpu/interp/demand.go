package interp

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// computes has the micro-operations that do nothing but set rd from other integer
// registers.
var computes = func() (t [NumOps]bool) {
	for _, row := range isa.Rows() {
		switch row.Class {
		case isa.ClassALU, isa.ClassMul, isa.ClassDiv:
			t[row.Op] = true
		}
	}
	for _, op := range []isa.Op{OpConst, OpPCConst, OpMove, OpZextW} {
		t[op] = true
	}
	return t
}()

// demanded returns the micro-operations of a block without those whose results nobody
// wants, and with simpler ones where nobody wants the upper half of a result. It
// changes uops.
//
// What a register holds is wanted by those that read it before it is written anew.
// Everything that may leave the block wants all of all registers, so traps and
// interrupts find exact state.
func demanded(uops []Uop) []Uop {
	const all = ^uint32(0)
	some, upper := all, all // registers of which something, and of which the upper half is wanted
	kept := len(uops)
	for i := len(uops) - 1; i >= 0; i-- {
		u := &uops[i]
		if !computes[u.Op] {
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
		if readsUpper(u.Op, wide) {
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

// LowerHalf in rs3 of isa.RORIW says that the upper half of the result does not matter.
const LowerHalf = 1

// narrow makes u the simplest micro-operation with the same lower half.
func narrow(u *Uop) {
	switch u.Op {
	case isa.ADDW, isa.ADD_UW:
		u.Op = isa.ADD
	case isa.SUBW:
		u.Op = isa.SUB
	case isa.MULW:
		u.Op = isa.MUL
	case isa.SLLIW, isa.SLLI_UW:
		u.Op = isa.SLLI
	case isa.SH1ADD_UW, isa.SH2ADD_UW, isa.SH3ADD_UW:
		u.Op = u.Op - isa.SH1ADD_UW + isa.SH1ADD
	case isa.ADDIW:
		u.Op = isa.ADDI
		if u.Imm == 0 {
			u.Op = OpMove
		}
	case OpZextW:
		u.Op = OpMove
	case isa.RORIW:
		u.Rs3 = LowerHalf
	}
}

// readsUpper reports whether the upper halves of its operands matter for op, of whose
// result the upper half is wanted if wide is set.
func readsUpper(op isa.Op, wide bool) bool {
	switch op {
	case isa.ADDW, isa.SUBW, isa.MULW, isa.ADDIW, isa.SLLIW, isa.SRLIW, isa.SRAIW, isa.SLLW, isa.SRLW, isa.SRAW,
		isa.RORIW, isa.RORW, isa.ROLW, isa.SEXT_B, isa.SEXT_H, isa.ZEXT_H, isa.SLLI_UW, OpZextW,
		isa.PACK, isa.PACKH, isa.PACKW, isa.SHA256SUM0, isa.SHA256SUM1, isa.SHA256SIG0, isa.SHA256SIG1,
		isa.SM4ED, isa.SM4KS, isa.SM3P0, isa.SM3P1:
		return false
	case isa.ADD, isa.SUB, isa.MUL, isa.ADDI, isa.AND, isa.OR, isa.XOR, isa.ANDI, isa.ORI, isa.XORI, isa.ANDN, isa.ORN,
		isa.XNOR, isa.SLLI, isa.SH1ADD, isa.SH2ADD, isa.SH3ADD, OpMove:
		return wide
	}
	return true
}
