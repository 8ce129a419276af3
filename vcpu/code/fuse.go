package code

import (
	"math"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Several instructions that only compute may become one micro-operation (TestFusion):
//
//	before                                   after
//	lui    a1, 0x12;   addiw a1, a1, 0x345   const   a1, 0x12345
//	slli   a2, a0, 32; srli a2, a2, 29       slli.uw a2, a0, 3
//	slli   a3, a0, 3                         sh3add  a3, a0, a2
//	addi   a3, a3, 100                       addi    a3, a3, 100    moved behind
//	add    a3, a3, a2
//	srliw  a4, a0, 25                                               overwritten, see demanded.go
//	slliw  a5, a0, 7                         slliw   a5, a0, 7
//	or     a4, a4, a5                        roriw   a4, a0, 25
//	sext.w a4, a4                                                   a4 is sign-extended already
//
// For that it is known of each register which shift of which register it holds, and whether
// that is a sign-extended word.

// values is what the Builder of a body knows of the integer registers at the current
// instruction, whichever way that has been reached: bodies are entered at their start.
type values struct {
	regs [32]value
	// words has a bit for each register that holds a sign-extended 32-bit value.
	words uint32
}

// value is what is known of one register.
type value struct {
	version uint16 // changes with every write
	// The value is a register shifted by a constant, if op is a shift.
	op            isa.Op
	source        uint8
	sourceVersion uint16
	amount        uint8
}

// compute adds an instruction that does nothing but set u.Rd from other registers. It
// cannot leave the body, so idioms of several such instructions may become one
// micro-operation: nobody sees what stands between.
func (b *Builder) compute(u Uop) {
	if u.Rd == hart.Sink { // writes nothing: retired, not executed
		return
	}
	b.resolve(&u)
	b.rotate(&u)
	b.fuse(&u)
	if u.Op == OpMove && u.Rs1 == u.Rd {
		return
	}
	b.write(&u)
	b.uops = append(b.uops, u)
}

// write notes what u, which is about to be appended, makes of its register.
func (b *Builder) write(u *Uop) {
	bit := uint32(1) << u.Rd
	v := &b.regs[u.Rd]
	short := b.isWord(u)
	*v = value{version: v.version + 1}
	switch u.Op {
	case isa.SLLI, isa.SRLI, isa.SLLIW, isa.SRLIW:
		if u.Rs1 != u.Rd {
			v.op, v.source, v.sourceVersion, v.amount = u.Op, u.Rs1, b.regs[u.Rs1].version, uint8(u.Imm)
		}
	}
	b.words &^= bit
	if short {
		b.words |= bit
	}
}

// other notes an instruction that does more than compute.
func (b *Builder) other(in isa.Insn) {
	if in.Rd == 0 {
		return
	}
	b.forget(in.Rd)
	if in.Op == isa.AMOCAS_Q {
		b.forget(in.Rd + 1)
	}
	if i := Of(in.Op); i.Kind == Load && i.Rd == isa.RegX && (i.Size < 4 || i.Size == 4 && i.Signed) {
		b.words |= 1 << in.Rd
	}
}

// forget says that a register has got another value, of which nothing is known.
func (b *Builder) forget(reg uint8) {
	v := &b.regs[reg]
	*v = value{version: v.version + 1}
	b.words &^= 1 << reg
}

// resolve finds constants and copies.
func (b *Builder) resolve(u *Uop) {
	switch u.Op {
	case isa.LUI:
		u.Op, u.Rs1 = OpConst, hart.X
	case isa.AUIPC:
		u.Op, u.Imm = OpPCConst, u.Imm+int64(b.off)
	case isa.ADDI:
		switch {
		case u.Rs1 == hart.X:
			u.Op = OpConst
		case u.Imm == 0:
			u.Op = OpMove
		}
	case isa.ADDIW:
		switch {
		case u.Rs1 == hart.X:
			u.Op = OpConst
		case u.Imm == 0 && b.word(u.Rs1):
			u.Op = OpMove
		}
	case isa.ADD:
		switch {
		case u.Rs2 == hart.X:
			u.Op = OpMove
		case u.Rs1 == hart.X:
			u.Op, u.Rs1 = OpMove, u.Rs2
		}
	case isa.ADD_UW, isa.PACK:
		if u.Rs2 == hart.X {
			u.Op = OpZextW
		}
	case isa.MOP_R, isa.MOP_RR: // nothing has redefined them
		u.Op, u.Rs1, u.Rs2, u.Imm = OpConst, hart.X, hart.X, 0
	}
}

// rotate finds rotations by a constant: two shifts of one register, or-ed.
func (b *Builder) rotate(u *Uop) {
	if u.Op != isa.OR {
		return
	}
	left, right := &b.regs[u.Rs1], &b.regs[u.Rs2]
	if left.op == isa.SRLI || left.op == isa.SRLIW {
		left, right = right, left
	}
	op, width := isa.RORI, uint8(64)
	switch {
	case left.op == isa.SLLI && right.op == isa.SRLI:
	case left.op == isa.SLLIW && right.op == isa.SRLIW:
		op, width = isa.RORIW, 32
	default:
		return
	}
	now := b.regs[left.source].version
	if left.source != right.source || left.sourceVersion != now || right.sourceVersion != now || left.amount+right.amount != width {
		return
	}
	u.Op, u.Rs1, u.Rs2, u.Imm = op, left.source, hart.X, int64(right.amount)
}

// fuse merges u with the micro-operation before it, if that has set u's own
// destination, of which u then replaces the value. An addition of a constant moves
// behind one of a register: there a load can take it into its address, and the latter
// meets a shift before both.
func (b *Builder) fuse(u *Uop) {
	if len(b.uops) == 0 {
		return
	}
	p := b.uops[len(b.uops)-1]
	if u.Op == isa.ADD && u.Rs2 == u.Rd {
		u.Rs1, u.Rs2 = u.Rs2, u.Rs1
	}
	if p.Rd != u.Rd || u.Rs1 != u.Rd || u.Rs2 == u.Rd {
		return
	}
	drop := func() { b.uops = b.uops[:len(b.uops)-1] }
	switch {
	case p.Op == OpConst || p.Op == OpPCConst:
		switch {
		case u.Op == isa.ADDI:
			u.Imm = p.Imm + u.Imm
		case u.Op == isa.ADDIW && p.Op == OpConst:
			u.Imm = int64(int32(p.Imm + u.Imm))
		case u.Op == isa.SLLI && p.Op == OpConst:
			u.Imm = p.Imm << uint(u.Imm)
		default:
			return
		}
		u.Op, u.Rs1 = p.Op, hart.X
		drop()
	case p.Op == isa.SLLI && u.Op == isa.ADD && p.Imm >= 1 && p.Imm <= 3:
		drop()
		u.Op, u.Rs1 = [...]isa.Op{isa.SH1ADD, isa.SH2ADD, isa.SH3ADD}[p.Imm-1], p.Rs1
	case p.Op == isa.SLLI && (u.Op == isa.SRLI || u.Op == isa.SRAI):
		if op, imm, ok := extension(p.Imm, u.Imm, u.Op == isa.SRAI); ok {
			drop()
			u.Op, u.Rs1, u.Imm = op, p.Rs1, imm
		}
	case p.Op == isa.ADDI && p.Rs1 == p.Rd && u.Op == isa.ADD:
		drop()
		b.compute(*u)
		u.Op, u.Imm, u.Rs2 = isa.ADDI, p.Imm, hart.X
	}
}

// extension returns the operation that a shift to the left and one back amount to.
func extension(left, right int64, signed bool) (op isa.Op, imm int64, ok bool) {
	switch {
	case left == 48 && right == 48 && signed:
		return isa.SEXT_H, 0, true
	case left == 56 && right == 56 && signed:
		return isa.SEXT_B, 0, true
	case left == 48 && right == 48:
		return isa.ZEXT_H, 0, true
	case left == 32 && right > 32 && signed:
		return isa.SRAIW, right - 32, true
	case left == 32 && right == 32 && !signed:
		return OpZextW, 0, true
	case left == 32 && right > 32:
		return isa.SRLIW, right - 32, true
	case left == 32 && !signed:
		return isa.SLLI_UW, 32 - right, true
	}
	return 0, 0, false
}

// word reports whether a register holds a sign-extended 32-bit value.
func (b *Builder) word(slot uint8) bool { return slot == hart.X || b.words>>slot&1 != 0 }

// isWord reports whether u's result is a sign-extended 32-bit value.
func (b *Builder) isWord(u *Uop) bool {
	switch Of(u.Op).word {
	case isWord:
		return true
	case wordLikeRs1:
		return b.word(u.Rs1)
	case wordLikeAll:
		return b.word(u.Rs1) && b.word(u.Rs2)
	case wordByImm:
		switch u.Op {
		case OpConst:
			return u.Imm >= math.MinInt32 && u.Imm <= math.MaxInt32
		case isa.SRLI:
			return u.Imm > 32
		case isa.SRAI:
			return u.Imm >= 32 || b.word(u.Rs1)
		case isa.ANDI:
			return u.Imm >= 0 || b.word(u.Rs1)
		}
	}
	return false
}
