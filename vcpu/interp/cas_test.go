package interp_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// What a block knows of a register's value ends where AMOCAS.Q writes it, as the second of its pair too.
func TestPairIsForgotten(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram).LI(asm.A0, data).I(isa.ADDIW, asm.A4, asm.A4, 1).I(isa.ADDIW, asm.A5, asm.A5, 1)
	p.Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: asm.A4, Rs1: asm.A0, Rs2: asm.A2})
	p.I(isa.ADDIW, asm.T0, asm.A4, 0).I(isa.ADDIW, asm.T1, asm.A5, 0).Op(isa.EBREAK)
	r.Load(p, ram)
	r.SetWord(data, 0x1_8000_0001)
	r.SetWord(data+8, 0x2_8000_0002)
	r.ToEbreak(c, ram)
	if lo, hi := x(c, asm.T0), x(c, asm.T1); lo != 0xffff_ffff_8000_0001 || hi != 0xffff_ffff_8000_0002 {
		t.Errorf("sign-extended: %#x and %#x", lo, hi)
	}
}

// AMOCAS.Q of x0 compares with zero, or stores zeros, and drops what it has read; none of it is of x1.
func TestPairOfZero(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram).Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: 0, Rs1: asm.A0, Rs2: asm.A2})
	p.Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: asm.A2, Rs1: asm.A0, Rs2: 0}).Op(isa.EBREAK)
	r.Load(p, ram)
	for _, v := range []uint64{0, 5} {
		r.SetWord(data, v)
		r.SetWord(data+8, 0)
		setX(c, asm.A0, data)
		setX(c, asm.RA, 0x77)
		setX(c, asm.A2, 0x22)
		setX(c, asm.A3, 0x33)
		r.ToEbreak(c, ram)
		want := [2]uint64{v, 0}
		seen := want
		if v == 0 {
			want, seen = [2]uint64{}, [2]uint64{0x22, 0x33} // the first has stored, so that the second compares equal
		}
		if got := [2]uint64{r.Word(data), r.Word(data + 8)}; got != want {
			t.Errorf("with %d in memory: %#x is there afterwards", v, got)
		}
		if got := [2]uint64{x(c, asm.A2), x(c, asm.A3)}; got != seen || x(c, asm.RA) != 0x77 || c.S.R[hart.X] != 0 {
			t.Errorf("with %d in memory: registers %#x, ra %#x", v, got, x(c, asm.RA))
		}
	}
}

// Without a host's instruction for 16 bytes AMOCAS.Q is illegal, and nothing else.
func TestHostWithoutQuads(t *testing.T) {
	defer func(was bool) { code.HasQuads = was }(code.HasQuads)
	code.HasQuads = false
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for _, op := range []isa.Op{isa.AMOCAS_D, isa.AMOCAS_Q} {
		r.Load(asm.New(ram).Insn(isa.Insn{Op: op, Rd: asm.A2, Rs1: asm.A0, Rs2: asm.A4}).Op(isa.EBREAK), ram)
		setX(c, asm.A0, data)
		run(c, ram)
		if left := c.Insn.Op == op; left != (op == isa.AMOCAS_Q) {
			t.Errorf("the hart is left %s of %s", c.Insn.Op, op)
		}
	}
}

// Harts that update neighbouring bytes, a byte of a word that others swap, halves of it and pairs of words lose nothing,
// and see no pair of two moments.
func TestAMOsOfEverySizeHammer(t *testing.T) {
	const harts, rounds = 4, 3000
	r := newRig(t, harts, 0)
	p := smallAndWide(ram, data, rounds)
	r.Load(p, ram)
	for i, c := range r.Cores {
		setX(c, asm.S1, uint64(i))
	}
	together(r, func(int) uint64 { return ram })
	for off, want := range smallAndWideResult(harts, rounds) {
		if got := r.Word(data + off); got != want {
			t.Errorf("word %d is %#x, want %#x", off/8, got, want)
		}
	}
}

// smallAndWide is a program that each hart, whose number is in s1, runs to an EBREAK:
//
//	at 0   each hart adds to a byte of its own, with neighbours
//	at 8   all add to bytes 1 and 5, by AMOADD and by AMOCAS, and to the halfword at 2
//	at 16  all add one to each word of a pair, which must be equal
func smallAndWide(base, at, rounds uint64) *asm.Program {
	p := asm.New(base)
	p.LI(asm.A0, at).LI(asm.S0, rounds).LI(asm.A1, 1).R(isa.ADD, asm.T1, asm.A0, asm.S1)
	p.I(isa.ADDI, asm.T2, asm.A0, 9).I(isa.ADDI, asm.T3, asm.A0, 13).I(isa.ADDI, asm.T4, asm.A0, 10).I(isa.ADDI, asm.T5, asm.A0, 16)
	p.Label("loop").R(isa.AMOADD_B, asm.T0, asm.T1, asm.A1).R(isa.AMOADD_B, asm.T0, asm.T2, asm.A1)
	p.I(isa.LB, asm.A2, asm.T3, 0)
	p.Label("byte").I(isa.ADDI, asm.A3, asm.A2, 1).I(isa.ADDI, asm.A4, asm.A2, 0)
	p.R(isa.AMOCAS_B, asm.A2, asm.T3, asm.A3).Branch(isa.BNE, asm.A2, asm.A4, "byte")
	p.I(isa.LHU, asm.A2, asm.T4, 0)
	p.Label("half").I(isa.ADDI, asm.A3, asm.A2, 1).I(isa.ADDI, asm.A4, asm.A2, 0)
	p.R(isa.AMOCAS_H, asm.A2, asm.T4, asm.A3).I(isa.SLLI, asm.A2, asm.A2, 48).I(isa.SRLI, asm.A2, asm.A2, 48)
	p.I(isa.SLLI, asm.A4, asm.A4, 48).I(isa.SRLI, asm.A4, asm.A4, 48).Branch(isa.BNE, asm.A2, asm.A4, "half")
	p.I(isa.ADDI, asm.A2, 0, 0).I(isa.ADDI, asm.A3, 0, 0)
	p.Label("pair").I(isa.ADDI, asm.A4, asm.A2, 1).I(isa.ADDI, asm.A5, asm.A3, 1).I(isa.ADDI, asm.A6, asm.A2, 0)
	p.Insn(isa.Insn{Op: isa.AMOCAS_Q, Rd: asm.A2, Rs1: asm.T5, Rs2: asm.A4})
	p.Branch(isa.BNE, asm.A2, asm.A3, "torn").Branch(isa.BNE, asm.A2, asm.A6, "pair")
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop").Op(isa.EBREAK)
	p.Label("torn").S(isa.SD, asm.A1, asm.A0, 32).Op(isa.EBREAK)
	return p
}

// smallAndWideResult has the words that smallAndWide leaves.
func smallAndWideResult(harts, rounds uint64) map[uint64]uint64 {
	var bytes uint64
	for i := range harts {
		bytes |= rounds & 0xff << (8 * i)
	}
	all := harts * rounds
	return map[uint64]uint64{0: bytes, 8: all&0xff<<8 | all&0xffff<<16 | all&0xff<<40, 16: all, 24: all, 32: 0}
}
