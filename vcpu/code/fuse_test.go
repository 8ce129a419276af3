package code_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// computeOps are the instructions that do nothing but compute, and loads.
func computeOps() (ops []isa.Row) {
	for _, row := range isa.Rows() {
		switch row.Class {
		case isa.ClassALU, isa.ClassMul, isa.ClassDiv, isa.ClassLoad:
			ops = append(ops, row)
		}
	}
	return ops
}

// A sign extension is left out only where it changes nothing: behind every
// instruction, with operands that are known to be words or are not.
func TestSignExtensionsThatChangeNothing(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	d := rand.New(rand.NewPCG(1, 2))
	values := []uint64{0, 1, 1 << 31, 1<<31 - 1, 1 << 32, ^uint64(0), 1<<63 | 5, 0xffff_ffff, 0x8000_8080}
	left := 0
	for _, row := range computeOps() {
		for range 40 {
			a, b := values[d.IntN(len(values))], values[d.IntN(len(values))]
			in := drawn(d, &row, asm.A2, asm.A0, asm.A1)
			if row.Format == isa.FmtLoad {
				in.Rs1 = asm.T0
			}
			loads := []isa.Op{isa.LW, isa.LD}
			p := asm.New(ram).LI(asm.T0, data).I(isa.LW, asm.A2, asm.T0, 0)
			p.I(loads[d.IntN(2)], asm.A0, asm.T0, 0).I(loads[d.IntN(2)], asm.A1, asm.T0, 8)
			p.Insn(in).I(isa.ADDIW, asm.A3, asm.A2, 0).Op(isa.EBREAK)
			r.Load(p, ram)
			r.SetWord(data, a)
			r.SetWord(data+8, b)
			r.ToEbreak(c, ram)
			if got, want := x(c, asm.A3), uint64(int32(x(c, asm.A2))); got != want {
				t.Fatalf("sext.w behind %s of %#x and %#x, which gives %#x, is %#x", isa.Disassemble(0, in), a, b, x(c, asm.A2), got)
			}
			for _, u := range c.Cache.Get(blocks.Key{PA: ram}, nil).Uops() {
				if u.Op == code.OpMove && u.Rd == asm.A3 {
					left++
				}
			}
		}
	}
	if left == 0 {
		t.Error("none was left out")
	}
}

// Each of these programs becomes the given number of micro-operations before its end.
func TestWhatTakesNoMicroOperation(t *testing.T) {
	const a0, a1, a2, a3 = asm.A0, asm.A1, asm.A2, asm.A3
	for _, test := range []struct {
		name  string
		uops  int
		build func(p *asm.Program)
	}{
		{"32-bit rotation", 2, func(p *asm.Program) {
			p.I(isa.SLLIW, a1, a0, 7).I(isa.SRLIW, a2, a0, 25).R(isa.OR, a1, a1, a2).I(isa.ADDI, a2, asm.Zero, 1)
		}},
		{"64-bit rotation", 2, func(p *asm.Program) {
			p.I(isa.SRLI, a1, a0, 7).I(isa.SLLI, a2, a0, 57).R(isa.OR, a1, a1, a2).I(isa.ADDI, a2, asm.Zero, 1)
		}},
		{"rotation of what has changed", 4, func(p *asm.Program) {
			p.I(isa.SRLI, a1, a0, 7).I(isa.ADDI, a0, a0, 1).I(isa.SLLI, a2, a0, 57).R(isa.OR, a1, a1, a2)
		}},
		{"shifts that are no rotation", 3, func(p *asm.Program) {
			p.I(isa.SRLI, a1, a0, 7).I(isa.SLLI, a2, a0, 56).R(isa.OR, a1, a1, a2)
		}},
		{"shifts of two registers", 3, func(p *asm.Program) {
			p.I(isa.SRLI, a1, a0, 7).I(isa.SLLI, a2, a3, 57).R(isa.OR, a1, a1, a2)
		}},
		{"a load between", 4, func(p *asm.Program) {
			p.I(isa.SRLI, a1, a0, 7).I(isa.LD, a3, a0, 0).I(isa.SLLI, a2, a0, 57).R(isa.OR, a1, a1, a2)
		}},
		{"element of an array", 2, func(p *asm.Program) {
			p.I(isa.SLLI, a1, a0, 3).I(isa.ADDI, a1, a1, 100).R(isa.ADD, a1, a1, a2)
		}},
		{"zero extension", 1, func(p *asm.Program) { p.I(isa.SLLI, a1, a0, 32).I(isa.SRLI, a1, a1, 29) }},
		{"overwritten", 1, func(p *asm.Program) { p.R(isa.MUL, a1, a0, a0).I(isa.ADDI, a1, asm.Zero, 1) }},
		{"read and overwritten", 2, func(p *asm.Program) { p.R(isa.MUL, a1, a0, a0).I(isa.ADDI, a1, a1, 1) }},
		{"overwritten behind a branch", 3, func(p *asm.Program) {
			p.R(isa.MUL, a1, a0, a0).Branch(isa.BEQ, a0, a2, "on").I(isa.ADDI, a1, asm.Zero, 1).Label("on")
		}},
	} {
		r := newRig(t, 1, 0)
		p := asm.New(ram)
		test.build(p)
		p.Op(isa.EBREAK)
		r.Load(p, ram)
		uops := r.Cores[0].Cache.Get(blocks.Key{PA: ram}, nil).Uops()
		if got := len(uops) - 1; got != test.uops {
			t.Errorf("%s: %d micro-operations, want %d", test.name, got, test.uops)
		}
	}
}

// opsOf are the operations of the body that a program becomes, without its end.
func opsOf(t *testing.T, build func(p *asm.Program)) (ops []isa.Op) {
	r := newRig(t, 1, 0)
	p := asm.New(ram)
	build(p)
	p.Op(isa.EBREAK)
	r.Load(p, ram)
	for _, u := range r.Cores[0].Cache.Get(blocks.Key{PA: ram}, nil).Uops() {
		ops = append(ops, u.Op)
	}
	return ops[:len(ops)-1]
}

// The example at the head of fuse.go.
func TestFusion(t *testing.T) {
	const a0, a1, a2, a3, a4, a5 = asm.A0, asm.A1, asm.A2, asm.A3, asm.A4, asm.A5
	got := opsOf(t, func(p *asm.Program) {
		p.U(isa.LUI, a1, 0x12000).I(isa.ADDIW, a1, a1, 0x345).I(isa.SLLI, a2, a0, 32).I(isa.SRLI, a2, a2, 29)
		p.I(isa.SLLI, a3, a0, 3).I(isa.ADDI, a3, a3, 100).R(isa.ADD, a3, a3, a2)
		p.I(isa.SRLIW, a4, a0, 25).I(isa.SLLIW, a5, a0, 7).R(isa.OR, a4, a4, a5).I(isa.ADDIW, a4, a4, 0)
	})
	if want := []isa.Op{code.OpConst, isa.SLLI_UW, isa.SH3ADD, isa.ADDI, isa.SLLIW, isa.RORIW}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The example at the head of demanded.go.
func TestDemanded(t *testing.T) {
	const a0, a1, a2, a3, a4 = asm.A0, asm.A1, asm.A2, asm.A3, asm.A4
	got := opsOf(t, func(p *asm.Program) {
		p.R(isa.MUL, a1, a0, a0).I(isa.ADDI, a1, asm.Zero, 1).R(isa.ADDW, a2, a0, a3).R(isa.ADDW, a2, a2, a1)
		p.I(isa.SLLIW, a4, a2, 3).R(isa.SUBW, a4, a4, a0)
	})
	if want := []isa.Op{code.OpConst, isa.ADD, isa.ADDW, isa.SLLI, isa.SUBW}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// drawn is an instruction of row with an immediate by chance.
func drawn(d *rand.Rand, row *isa.Row, rd, rs1, rs2 uint8) isa.Insn {
	in := isa.Insn{Op: row.Op, Rd: rd, Rs1: rs1, Rs2: rs2}
	switch row.Format {
	case isa.FmtI:
		in.Imm = []int32{0, 1, -1, 2047, -2048}[d.IntN(5)]
	case isa.FmtShift:
		in.Imm = []int32{0, 1, 31, 32, 33, 63}[d.IntN(6)]
		if row.Mask>>25&1 != 0 {
			in.Imm &= 31
		}
	case isa.FmtU:
		in.Imm = int32(d.Uint32()) &^ 0xfff
	}
	return in
}

// A block leaves out results, or halves of them, only where nobody looks: every
// instruction's result read by every other, and overwritten, gives what instructions
// in blocks of their own do.
func TestDemandedHalves(t *testing.T) {
	whole, single := newRig(t, 1, 0), newRig(t, 1, 0)
	single.Cache.LimitBlocks(1)
	d := rand.New(rand.NewPCG(3, 4))
	values := []uint64{1, 1 << 31, 1<<31 - 1, 1 << 32, ^uint64(0), 1<<63 | 5, 0xffff_ffff, 0x8000_8080_0000_7f7f, 0x1234_5678_9abc_def0}
	var rows []isa.Row
	for _, row := range isa.Rows() {
		if code.Of(row.Op).Kind == code.Compute {
			rows = append(rows, row)
		}
	}
	at := uint64(ram)
	compare := func(first, second *isa.Row) {
		p := asm.New(at)
		p.Insn(drawn(d, first, asm.A2, asm.A0, asm.A1))
		operands := [][2]uint8{{asm.A2, asm.A1}, {asm.A0, asm.A2}, {asm.A2, asm.A2}}[d.IntN(3)]
		p.Insn(drawn(d, second, asm.A3, operands[0], operands[1]))
		p.I(isa.ADDI, asm.A2, asm.Zero, 0)
		if d.IntN(2) == 0 {
			p.R(isa.ADDW, asm.A3, asm.A3, asm.A0)
		}
		p.Op(isa.EBREAK)
		a, b := values[d.IntN(len(values))], values[d.IntN(len(values))]
		var got [2]uint64
		for i, r := range []*interptest.Rig{whole, single} {
			r.Load(p, at)
			setX(r.Cores[0], asm.A0, a)
			setX(r.Cores[0], asm.A1, b)
			r.ToEbreak(r.Cores[0], at)
			got[i] = x(r.Cores[0], asm.A3)
		}
		if got[0] != got[1] {
			t.Fatalf("%s and %s of %#x and %#x give %#x in one block, %#x in several", first.Name, second.Name, a, b, got[0], got[1])
		}
		if at += 64; at == data {
			at = ram
		}
	}
	for i := range rows {
		for j := range rows {
			for range 6 {
				compare(&rows[i], &rows[j])
			}
		}
	}
}
