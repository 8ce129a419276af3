package interp_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// What a sample foresees of an operation is what the interpreter computes, of all operations that it foresees.
func TestForesightIsWhatIsComputed(t *testing.T) {
	r := newRig(t, 1, 0)
	c, at, foreseen := r.Cores[0], uint64(ram), map[isa.Op]bool{}
	rnd := rand.New(rand.NewPCG(3, 4))
	value := func() uint64 { return rnd.Uint64() >> (rnd.IntN(3) * 21) }
	for _, row := range isa.Rows() {
		for range 20 {
			p, imm := asm.New(at), int32(rnd.IntN(4096)-2048)
			switch row.Op {
			case isa.ADDI, isa.ANDI, isa.ADDIW, isa.ORI, isa.XORI, isa.SLTI, isa.SLTIU:
				p.I(row.Op, asm.A2, asm.A0, imm)
			case isa.SLLI, isa.SRLI, isa.SRAI, isa.SLLI_UW, isa.SLLIW, isa.SRLIW, isa.SRAIW:
				p.I(row.Op, asm.A2, asm.A0, imm&31)
			case isa.ADD, isa.SUB, isa.AND, isa.OR, isa.XOR, isa.ADDW, isa.SUBW, isa.ADD_UW, isa.SH1ADD, isa.SH2ADD, isa.SH3ADD,
				isa.SH1ADD_UW, isa.SH2ADD_UW, isa.SH3ADD_UW, isa.SLL, isa.SLT, isa.SLTU, isa.MUL, isa.MULW, isa.MIN:
				p.R(row.Op, asm.A2, asm.A0, asm.A1)
			case isa.LUI, isa.AUIPC:
				p.Insn(isa.Insn{Op: row.Op, Rd: asm.A2, Imm: imm << 12})
			default:
				continue
			}
			p.Op(isa.EBREAK)
			r.Load(p, at)
			b := r.Cache.Get(blocks.Key{PA: at}, nil)
			i := slices.IndexFunc(b.Uops(), func(u code.Uop) bool { return u.WritesTo(asm.A2) })
			if i < 0 {
				continue
			}
			u := &b.Uops()[i]
			a0, a1 := value(), value()
			setX(c, asm.A0, a0)
			setX(c, asm.A1, a1)
			run(c, at)
			rs1, rs2 := c.S.R[u.Rs1], c.S.R[u.Rs2]
			if v, ok := interp.Compute(u, rs1, rs2, at); ok {
				if foreseen[u.Op] = true; v != x(c, asm.A2) {
					t.Errorf("%s of %#x, %#x and %d: %#x is foreseen, %#x computed", row.Name, a0, a1, u.Imm, v, x(c, asm.A2))
				}
			}
			at += 64
		}
	}
	for _, op := range []isa.Op{code.OpConst, code.OpPCConst, code.OpMove, isa.ADD, isa.ADDI, isa.SUB, isa.AND, isa.ANDI, isa.OR, isa.XOR, isa.SLLI, isa.SRLI,
		isa.ADDW, isa.ADDIW, isa.SUBW, isa.SLLIW, isa.SRLIW, isa.SLLI_UW, isa.ADD_UW, isa.SH1ADD, isa.SH2ADD, isa.SH3ADD, isa.SH1ADD_UW, isa.SH2ADD_UW, isa.SH3ADD_UW} {
		if !foreseen[op] && op != code.OpMove {
			t.Errorf("operation %v was not foreseen", op)
		}
	}
}

// A branch is foreseen as it is taken.
func TestForesightOfBranches(t *testing.T) {
	r := newRig(t, 1, 0)
	c, at := r.Cores[0], uint64(ram)
	values := []uint64{0, 1, 1 << 63, 1<<63 - 1, ^uint64(0)}
	for _, op := range []isa.Op{isa.BEQ, isa.BNE, isa.BLT, isa.BGE, isa.BLTU, isa.BGEU} {
		r.Load(asm.New(at).I(isa.ADDI, asm.A2, asm.Zero, 1).Branch(op, asm.A0, asm.A1, "taken").I(isa.ADDI, asm.A2, asm.Zero, 0).Label("taken").Op(isa.EBREAK), at)
		for _, a := range values {
			for _, b := range values {
				setX(c, asm.A0, a)
				setX(c, asm.A1, b)
				run(c, at)
				if taken := x(c, asm.A2) == 1; interp.Takes(op, a, b) != taken {
					t.Errorf("%v of %#x and %#x: taken %v", op, a, b, taken)
				}
			}
		}
		at += 64
	}
}
