package plan

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// String shows what a loop comes to.
func (w *Wide) String() string {
	if w == nil {
		return "no"
	}
	s := fmt.Sprintf("%d bytes to %s%+d", w.Bytes, isa.XName(w.To.Slot), w.To.Delta)
	switch {
	case w.Map != nil:
		s += " of " + w.lane(len(w.Map)-1)
	case w.Copies:
		s += fmt.Sprintf(" from %s%+d", isa.XName(w.From.Slot), w.From.Delta)
	default:
		s += " of " + isa.XName(w.Fill)
	}
	for _, slot := range w.Carried {
		s += " with " + isa.XName(slot)
	}
	s += fmt.Sprintf(", %s%+d over %s%+d by %d", isa.XName(w.High.Slot), w.High.Delta, isa.XName(w.Low.Slot), w.Low.Delta, w.Step)
	s += [...]string{"", " unsigned", " signed"}[w.Order]
	for _, m := range w.Moves {
		s += fmt.Sprintf(", %s%+d", isa.XName(m.Slot), m.Step)
	}
	for _, m := range w.Sets {
		s += fmt.Sprintf(", %s=%s%+d", isa.XName(m.Slot), isa.XName(m.Place.Slot), m.Delta)
	}
	return s
}

// lane shows a step of a map with all its operands.
func (w *Wide) lane(n int) string {
	switch l := &w.Map[n]; l.Op {
	case LaneLoad:
		return fmt.Sprintf("(%s%+d)", isa.XName(l.Place.Slot), l.Place.Delta)
	case LaneValue:
		return fmt.Sprintf("%s%+d", isa.XName(l.Place.Slot), l.Place.Delta)
	default:
		return fmt.Sprintf("[%s %c %s]", w.lane(l.A), "..+-&|^*"[l.Op], w.lane(l.B))
	}
}

// unrolled is a loop that copies n doublewords a round, all of which it loads first.
func unrolled(n int32, op isa.Op, a, b uint8) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start")
		for i := range n {
			p.I(isa.LD, asm.T3+uint8(i), asm.A1, 8*i)
		}
		for i := range n {
			p.S(isa.SD, asm.T3+uint8(i), asm.A0, 8*i)
		}
		p.I(isa.ADDI, asm.A0, asm.A0, 8*n).I(isa.ADDI, asm.A1, asm.A1, 8*n).I(isa.ADDI, asm.A2, asm.A2, -8).Branch(op, a, b, "start").Op(isa.EBREAK)
	}
}

// pipelined loads in one round what it stores in the next; other changes what its second store stores.
func pipelined(other uint8) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start").I(isa.LD, asm.A6, asm.A1, 16).I(isa.ADDI, asm.A3, asm.A5, 8).S(isa.SD, asm.A4, asm.A0, 0)
		p.I(isa.LD, asm.A4, asm.A1, 24).S(isa.SD, other, asm.A3, 0).I(isa.ADDI, asm.A5, asm.A5, 16).I(isa.ADDI, asm.A1, asm.A1, 16)
		p.I(isa.ADDI, asm.A2, asm.A2, -2).I(isa.ADDI, asm.A0, asm.A5, 0).Branch(isa.BEQ, asm.A2, asm.Zero, "out").Jump(asm.Zero, "start")
		p.Label("out").Op(isa.EBREAK)
	}
}

// one is a loop of a load, a store and some more.
func one(load, store isa.Op, step int32, more func(p *asm.Program)) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start").I(load, asm.A4, asm.A1, 0).S(store, asm.A4, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, step).I(isa.ADDI, asm.A1, asm.A1, step)
		if more != nil {
			more(p)
		}
		p.Branch(isa.BNE, asm.A0, asm.A2, "start").Op(isa.EBREAK)
	}
}

func fill(store isa.Op, value uint8, step int32) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.Label("start").S(store, value, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, step).Branch(isa.BLTU, asm.A0, asm.A2, "start").Op(isa.EBREAK)
	}
}

// wideOf returns what the loop of a program comes to.
func wideOf(t *testing.T, build func(p *asm.Program)) *Wide {
	p := asm.New(page)
	build(p)
	var b code.Builder
	body, ok := b.Build(p.Bytes(), 0, true, code.MaxInsns)
	if !ok {
		t.Fatal("no body")
	}
	var plan Plan
	plan.Make(&code.Part{Body: &body, PA: page}, false)
	return plan.Wide
}

// Loops that copy and fill are found, and what is nearly such a loop is none.
func TestWide(t *testing.T) {
	for name, test := range map[string]struct {
		build func(p *asm.Program)
		want  string
	}{
		"to an end":        {unrolled(4, isa.BNE, asm.A0, asm.A3), "32 bytes to a0+0 from a1+0, a3+0 over a0+32 by 32, a0+32, a1+32, a2-8"},
		"up to an end":     {unrolled(4, isa.BLTU, asm.A1, asm.A3), "32 bytes to a0+0 from a1+0, a3+0 over a1+32 by 32 unsigned, a0+32, a1+32, a2-8"},
		"as long as":       {unrolled(2, isa.BGE, asm.A2, asm.A3), "16 bytes to a0+0 from a1+0, a2-8 over a3+0 by 8 signed, a0+16, a1+16, a2-8"},
		"above":            {unrolled(2, isa.BLT, asm.Zero, asm.A2), "16 bytes to a0+0 from a1+0, a2-8 over zero+0 by 8 signed, a0+16, a1+16, a2-8"},
		"counting down":    {unrolled(4, isa.BNE, asm.A2, asm.Zero), "32 bytes to a0+0 from a1+0, a2-8 over zero+0 by 8, a0+32, a1+32, a2-8"},
		"pipelined":        {pipelined(asm.A6), "16 bytes to a5+0 from a1+16 with a4, a2-2 over zero+0 by 2, a1+16, a2-2, a5+16, a0=a5+0"},
		"bytes":            {one(isa.LBU, isa.SB, 1, nil), "1 bytes to a0+0 from a1+0, a2+0 over a0+1 by 1, a0+1, a1+1"},
		"filled":           {fill(isa.SD, asm.A1, 8), "8 bytes to a0+0 of a1, a2+0 over a0+8 by 8 unsigned, a0+8"},
		"cleared":          {fill(isa.SB, asm.Zero, 1), "1 bytes to a0+0 of zero, a2+0 over a0+1 by 1 unsigned, a0+1"},
		"three at a time":  {unrolled(3, isa.BNE, asm.A0, asm.A3), "no"},
		"any other time":   {unrolled(4, isa.BEQ, asm.A0, asm.A3), "no"},
		"away from":        {unrolled(4, isa.BLTU, asm.A3, asm.A1), "no"},
		"something else":   {pipelined(asm.A7), "no"},
		"twice the same":   {pipelined(asm.A4), "no"},
		"gaps":             {one(isa.LW, isa.SW, 8, nil), "no"},
		"another width":    {one(isa.LW, isa.SD, 8, nil), "no"},
		"backwards":        {one(isa.LD, isa.SD, -8, nil), "no"},
		"part of a byte":   {fill(isa.SB, asm.A1, 1), "no"},
		"the address":      {fill(isa.SD, asm.A0, 8), "no"},
		"a look at it":     {one(isa.LBU, isa.SB, 1, func(p *asm.Program) { p.Branch(isa.BEQ, asm.A4, asm.Zero, "start") }), "no"},
		"a sum of it":      {one(isa.LBU, isa.SB, 1, func(p *asm.Program) { p.R(isa.ADD, asm.A5, asm.A5, asm.A4) }), "no"},
		"a different move": {one(isa.LD, isa.SD, 8, func(p *asm.Program) { p.I(isa.ADDI, asm.A1, asm.A1, 8) }), "no"},
		"an odd count":     {one(isa.LD, isa.SD, 8, func(p *asm.Program) { p.I(isa.ADDI, asm.A3, asm.A3, 3) }), "no"},
		"one more load":    {one(isa.LD, isa.SD, 8, func(p *asm.Program) { p.I(isa.LD, asm.A5, asm.A6, 0) }), "no"},
		"its own base":     {one(isa.LD, isa.SD, 8, func(p *asm.Program) { p.I(isa.LD, asm.A1, asm.A1, 0) }), "no"},
		"a fence":          {one(isa.LD, isa.SD, 8, func(p *asm.Program) { p.Insn(isa.Insn{Op: isa.FENCE, Imm: 0xff}) }), "no"},
	} {
		if got := wideOf(t, test.build).String(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
