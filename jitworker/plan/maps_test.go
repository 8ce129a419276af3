package plan

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// mapped is a loop that stores by a0 what is computed of what is loaded by a1 and a2 and of a5.
func mapped(load, store isa.Op, step int32, compute func(p *asm.Program)) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start").I(load, asm.A3, asm.A1, 0).I(load, asm.A4, asm.A2, 0)
		compute(p)
		p.S(store, asm.A3, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, step).I(isa.ADDI, asm.A1, asm.A1, step).I(isa.ADDI, asm.A2, asm.A2, step)
		p.Branch(isa.BNE, asm.A0, asm.A7, "start").Op(isa.EBREAK)
	}
}

// apply is a computation of one operation.
func apply(op isa.Op, rd, a, b uint8) func(p *asm.Program) {
	return func(p *asm.Program) { p.R(op, rd, a, b) }
}

// then is a computation behind others.
func then(list ...func(p *asm.Program)) func(p *asm.Program) {
	return func(p *asm.Program) {
		for _, f := range list {
			f(p)
		}
	}
}

// inPlace adds products of a5 and what a1 leads to to what a0 leads to.
func inPlace(delta int32, first bool) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start").I(isa.LW, asm.A3, asm.A1, 0)
		if first {
			p.I(isa.LW, asm.A4, asm.A0, delta)
		}
		p.R(isa.MULW, asm.A3, asm.A3, asm.A5)
		if !first {
			p.S(isa.SW, asm.A3, asm.A0, 0).I(isa.LW, asm.A4, asm.A0, delta)
		}
		p.R(isa.ADDW, asm.A3, asm.A3, asm.A4)
		if first {
			p.S(isa.SW, asm.A3, asm.A0, 0)
		}
		p.I(isa.ADDI, asm.A0, asm.A0, 4).I(isa.ADDI, asm.A1, asm.A1, 4).Branch(isa.BLTU, asm.A0, asm.A7, "start").Op(isa.EBREAK)
	}
}

// Loops that compute what they store of what they load are found, and what is nearly such a loop is none.
func TestMaps(t *testing.T) {
	const three = ", a7+0 over a0+4 by 4, a0+4, a1+4, a2+4"
	sum := apply(isa.ADD, asm.A3, asm.A3, asm.A4)
	immediate := func(op isa.Op, by int32) func(p *asm.Program) {
		return func(p *asm.Program) { p.I(op, asm.A3, asm.A3, by) }
	}
	for name, test := range map[string]struct {
		build func(p *asm.Program)
		want  string
	}{
		"a sum":               {mapped(isa.LW, isa.SW, 4, sum), "4 bytes to a0+0 of [(a1+0) + (a2+0)]" + three},
		"however extended":    {mapped(isa.LWU, isa.SW, 4, apply(isa.ADDW, asm.A3, asm.A3, asm.A4)), "4 bytes to a0+0 of [(a1+0) + (a2+0)]" + three},
		"a difference":        {mapped(isa.LW, isa.SW, 4, apply(isa.SUB, asm.A3, asm.A4, asm.A3)), "4 bytes to a0+0 of [(a2+0) - (a1+0)]" + three},
		"a constant too":      {mapped(isa.LW, isa.SW, 4, then(sum, immediate(isa.XORI, -7))), "4 bytes to a0+0 of [[(a1+0) + (a2+0)] ^ zero-7]" + three},
		"a register too":      {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.MULW, asm.A3, asm.A5, asm.A3))), "4 bytes to a0+0 of [a5+0 * [(a1+0) + (a2+0)]]" + three},
		"two branches":        {mapped(isa.LW, isa.SW, 4, then(immediate(isa.ANDI, 15), apply(isa.OR, asm.A4, asm.A4, asm.A5), sum)), "4 bytes to a0+0 of [[(a1+0) & zero+15] + [(a2+0) | a5+0]]" + three},
		"in place":            {inPlace(0, true), "4 bytes to a0+0 of [[(a1+0) * a5+0] + (a0+0)], a7+0 over a0+4 by 4 unsigned, a0+4, a1+4"},
		"of the round before": {inPlace(-4, true), "no"},
		"of the round behind": {inPlace(4, true), "no"},
		"what it has stored":  {inPlace(0, false), "no"},
		"of eight bytes":      {mapped(isa.LD, isa.SD, 8, sum), "8 bytes to a0+0 of [(a1+0) + (a2+0)], a7+0 over a0+8 by 8, a0+8, a1+8, a2+8"},
		"half a sum":          {mapped(isa.LD, isa.SD, 8, apply(isa.ADDW, asm.A3, asm.A3, asm.A4)), "no"},
		"a long product":      {mapped(isa.LD, isa.SD, 8, apply(isa.MUL, asm.A3, asm.A3, asm.A4)), "no"},
		"a product of bytes":  {mapped(isa.LBU, isa.SB, 1, apply(isa.MUL, asm.A3, asm.A3, asm.A4)), "no"},
		"lower bits of words": {mapped(isa.LW, isa.SH, 2, sum), "no"},
		"a quotient":          {mapped(isa.LW, isa.SW, 4, apply(isa.DIV, asm.A3, asm.A3, asm.A4)), "no"},
		"a shift":             {mapped(isa.LW, isa.SW, 4, apply(isa.SRLW, asm.A3, asm.A3, asm.A4)), "no"},
		"a square":            {mapped(isa.LW, isa.SW, 4, then(apply(isa.MUL, asm.A3, asm.A3, asm.A3), sum)), "no"},
		"one load for naught": {mapped(isa.LW, isa.SW, 4, immediate(isa.ADDI, 1)), "no"},
		"running sums":        {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.ADD, asm.A6, asm.A6, asm.A3), apply(isa.ADD, asm.A3, asm.A3, asm.A6))), "no"},
		"a sum aside":         {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.ADD, asm.A6, asm.A6, asm.A5))), "no"},
		"the place":           {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.ADD, asm.A3, asm.A3, asm.A0))), "no"},
		"an address of it":    {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.ADD, asm.A2, asm.A2, asm.A3))), "no"},
		"many values": {mapped(isa.LW, isa.SW, 4, then(sum, apply(isa.ADD, asm.A3, asm.A3, asm.S2), apply(isa.XOR, asm.A3, asm.A3, asm.S3),
			apply(isa.ADD, asm.A3, asm.A3, asm.S4), apply(isa.XOR, asm.A3, asm.A3, asm.S5))), "no"},
		"far apart": {mapped(isa.LW, isa.SW, 4, then(sum, func(p *asm.Program) { p.I(isa.LW, asm.A6, asm.A1, 300) }, apply(isa.ADD, asm.A3, asm.A3, asm.A6))), "no"},
		"a neighbour too": {mapped(isa.LW, isa.SW, 4, then(sum, func(p *asm.Program) { p.I(isa.LW, asm.A6, asm.A1, 4) }, apply(isa.ADD, asm.A3, asm.A3, asm.A6))),
			"4 bytes to a0+0 of [[(a1+0) + (a2+0)] + (a1+4)]" + three},
	} {
		if got := wideOf(t, test.build).String(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
