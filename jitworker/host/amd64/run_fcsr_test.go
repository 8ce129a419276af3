package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var (
	csrOps    = []isa.Op{isa.CSRRW, isa.CSRRS, isa.CSRRC, isa.CSRRWI, isa.CSRRSI, isa.CSRRCI}
	floatCSRs = []isa.CSR{isa.CSR_FFLAGS, isa.CSR_FRM, isa.CSR_FCSR}
)

// csr draws an access to fcsr or one of its fields.
func (d dice) csr() isa.Insn {
	return isa.Insn{
		Op: pick(d, csrOps), Imm: int32(pick(d, floatCSRs)),
		Rd: pick(d, []uint8{asm.Zero, asm.A0, asm.T0}), Rs1: pick(d, []uint8{asm.Zero, asm.A0, asm.A1, asm.T0, asm.T2}),
	}
}

// TRAPS 15 to 21: every access to fcsr and its fields, behind arithmetic that raises
// flags and before arithmetic that rounds, gives the same values, flags, rounding,
// states and traps as the interpreter.
func TestTrap15To21FloatCSRs(t *testing.T) {
	d := newDice(3)
	p := newPair(t)
	regs := []uint8{asm.Zero, asm.A0, asm.T0}
	for _, op := range csrOps {
		for _, n := range floatCSRs {
			for _, rd := range regs {
				for _, rs := range append(regs, 31) {
					program := []isa.Insn{
						{Op: isa.FDIV_D, Rd: 10, Rs1: 11, Rs2: 12, Imm: 7},
						{Op: op, Rd: rd, Rs1: rs, Imm: int32(n)},
						{Op: isa.FDIV_D, Rd: 13, Rs1: 14, Rs2: 15, Imm: 7},
						{Op: isa.CSRRS, Rd: asm.A3, Imm: int32(isa.CSR_FCSR)},
						{Op: isa.FADD_D, Rd: 20, Rs1: 14, Rs2: 15},
						{Op: isa.CSRRS, Rd: asm.A4, Imm: int32(isa.CSR_FFLAGS)},
					}
					program = program[d.IntN(2):] // with the registers loaded, or not
					pc := p.load(func(p *asm.Program) {
						for _, in := range program {
							p.Insn(in)
						}
						p.Op(isa.EBREAK)
					})
					for range 20 {
						s := d.situation(false)
						if !p.same(pc, s, func() string { return s.describe(program) }) {
							return
						}
					}
				}
			}
		}
	}
}

// Accesses to fcsr and its fields are native code's.
func TestFloatCSRsRunNatively(t *testing.T) {
	p := newPair(t)
	for _, op := range csrOps {
		for _, n := range floatCSRs {
			pc := p.load(func(p *asm.Program) { p.CSR(op, asm.A0, n, asm.A1).Op(isa.EBREAK) })
			s := &situation{mstatus: 3 << 13, memory: make([]byte, dataBytes)}
			p.same(pc, s, func() string { return op.String() })
			if p.native.core.NativeExits[op].Load() != 0 {
				t.Errorf("%s of %#x is left to the interpreter", op, n)
			}
		}
	}
}
