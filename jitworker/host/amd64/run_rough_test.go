package amd64_test

import (
	"encoding/binary"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// roughOps are what a loop of doubles is made of: what leaves them rough, what takes and moves them so, and what must not.
var roughOps = []isa.Op{
	isa.FADD_D, isa.FSUB_D, isa.FMUL_D, isa.FDIV_D, isa.FADD_D, isa.FSUB_D, isa.FMUL_D, isa.FDIV_D, isa.FSQRT_D,
	isa.FEQ_D, isa.FLT_D, isa.FLE_D, isa.FSGNJ_D, isa.FSGNJN_D, isa.FSGNJX_D, isa.FMADD_D, isa.FNMSUB_D, isa.FMIN_D, isa.FMAX_D,
	isa.FMV_X_D, isa.FMV_D_X, isa.FCLASS_D, isa.FCVT_S_D, isa.FCVT_D_S, isa.FADD_S, isa.FCVT_W_D, isa.FCVT_D_L,
	isa.FLD, isa.FSD, isa.FSW, isa.FMV_X_W,
}

// roughInsn draws one on few registers, of which x registers hold nothing that is an address.
func (d dice) roughInsn() isa.Insn {
	floats, values := []uint8{10, 11, 12, 5, 20}, []uint8{asm.A3, asm.T3}
	op := pick(d, roughOps)
	in := isa.Insn{Op: op, Imm: 7}
	set := func(file isa.RegFile, to *uint8) {
		switch file {
		case isa.RegF:
			*to = pick(d, floats)
		case isa.RegX:
			*to = pick(d, values)
		}
	}
	f := op.Row().Format
	set(f.Rd(), &in.Rd)
	set(f.Rs1(), &in.Rs1)
	set(f.Rs2(), &in.Rs2)
	set(f.Rs3(), &in.Rs3)
	if op == isa.FSGNJ_D && d.IntN(2) == 0 {
		in.Rs2 = in.Rs1
	}
	switch op {
	case isa.FLD, isa.FSD, isa.FSW:
		in.Rs1, in.Imm = base, 8*int32(d.IntN(2))
	case isa.FSGNJ_D, isa.FSGNJN_D, isa.FSGNJX_D, isa.FEQ_D, isa.FLT_D, isa.FLE_D, isa.FMIN_D, isa.FMAX_D, isa.FMV_X_D, isa.FMV_D_X, isa.FCLASS_D, isa.FMV_X_W:
		in.Imm = 0
	}
	return in
}

// Loops of doubles, NaNs of all kinds among them, compute what the interpreter does, where they end and where an access
// faults in a round that is not the first.
func TestRoughDoubles(t *testing.T) {
	machines, programs := 12, 150
	if testing.Short() {
		machines, programs = 2, 60
	}
	d := newDice(31)
	for range machines {
		p := pairWith(t, eager())
		for range programs {
			var body []isa.Insn
			for range 3 + d.IntN(16) {
				body = append(body, d.roughInsn())
			}
			ahead, to, faults, rounds := d.IntN(len(body)), d.IntN(len(body)), d.IntN(2) == 0, 2+d.Uint64N(5)
			if d.IntN(4) == 0 { // a register that is computed one way, and loaded the other
				f := pick(d, []uint8{10, 11})
				body = append([]isa.Insn{{Op: isa.FSD, Rs2: f, Rs1: base, Imm: 8}, {Op: isa.FADD_D, Rd: f, Rs1: 12, Rs2: f, Imm: 7}, {Op: isa.FLD, Rd: f, Rs1: base}}, body...)
				ahead, to = 2, 3
			}
			pc := p.load(func(p *asm.Program) {
				p.LI(asm.S2, rounds).LI(asm.A1, data).LI(asm.A2, 1<<40/4).Jump(asm.Zero, "loop").Label("loop")
				for i, in := range body {
					if i == ahead { // over nothing or some, so that there are several blocks
						p.Branch(isa.BLT, asm.T3, asm.A3, "over")
					}
					if i == max(ahead, to) {
						p.Label("over")
					}
					p.Insn(in)
				}
				if faults {
					p.I(isa.LD, asm.T4, asm.A1, 0).R(isa.ADD, asm.A1, asm.A1, asm.A2)
				}
				p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "loop")
				p.LI(asm.T5, p.PC()+64).I(isa.JALR, asm.Zero, asm.T5, 0).Align(64).Op(isa.EBREAK).Align(64).Op(isa.EBREAK) // out of the region
			})
			for range 12 {
				s := d.situation(d.IntN(4) == 0)
				for i := 0; i < dataBytes; i += 8 {
					binary.LittleEndian.PutUint64(s.memory[i:], pick(d, doubles))
				}
				if !p.same(pc, s, func() string { return s.describe(body) }) {
					return
				}
			}
		}
	}
}

// Comparisons that must raise nothing leave the flags that were there, NaNs of all kinds among their operands, whichever
// registers they are made of.
func TestQuietComparisons(t *testing.T) {
	d := newDice(32)
	p := newPair(t)
	regs := []uint8{asm.A4, asm.A5, asm.T3, asm.Zero}
	for range 150 {
		read, compare, set := pick(d, regs), pick(d, regs), pick(d, regs)
		if d.IntN(3) != 0 {
			set = read
		}
		program := []isa.Insn{
			{Op: isa.CSRRS, Rd: read, Imm: int32(isa.CSR_FFLAGS)},
			{Op: pick(d, []isa.Op{isa.FLT_D, isa.FLE_D, isa.FLT_S, isa.FEQ_D}), Rd: compare, Rs1: uint8(10 + d.IntN(3)), Rs2: uint8(20 + d.IntN(2))},
			{Op: isa.CSRRW, Rs1: set, Imm: int32(isa.CSR_FFLAGS)},
			{Op: isa.CSRRS, Rd: asm.A3, Imm: int32(isa.CSR_FFLAGS)},
		}
		pc := p.load(func(p *asm.Program) {
			for _, in := range program {
				p.Insn(in)
			}
			p.Op(isa.EBREAK)
		})
		for range 40 {
			s := d.situation(false)
			if !p.same(pc, s, func() string { return s.describe(program) }) {
				return
			}
		}
	}
}
