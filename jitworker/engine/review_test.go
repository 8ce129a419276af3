package engine

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A loop that goes round often is a region, and stays one. When it does so no longer, whatever it did before, it is retired,
// and stays so; it computes the same all along.
func TestRegionsAreRetired(t *testing.T) {
	r := newRig(t, false)
	e, quiet := r.regionsAfter(t, 1)
	var head uint64
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, 0).LA(asm.T0, "loop").Jump(asm.Zero, "outer").Label("outer")
		p.I(isa.ADDI, asm.T3, asm.A2, 0).I(isa.JALR, asm.Zero, asm.T0, 0).Align(64).Label("loop") // as a return, of no call that there is
		p.I(isa.ADDI, asm.A0, asm.A0, 3).Jump(asm.Zero, "on").Align(64).Label("on")
		p.I(isa.ADDI, asm.T3, asm.T3, -1).Branch(isa.BNE, asm.T3, asm.Zero, "loop")
		p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "outer").Op(isa.EBREAK)
		head = p.Addr("loop")
	})
	run := func(times, rounds uint64, enough func() bool) {
		t.Helper()
		for n := 0; !enough(); n++ {
			r.core.S.R[asm.A1], r.core.S.R[asm.A2] = times, rounds
			r.until(pc, quiet, func() bool { return false })
			if got := r.core.S.R[asm.A0]; got != 3*times*rounds {
				t.Fatalf("%d times %d rounds: a0 is %d, want %d", times, rounds, got, 3*times*rounds)
			}
			if n == 500 {
				t.Fatalf("%d times %d rounds: %+v", times, rounds, e.Stats().Regions)
			}
		}
	}
	level := func() uint8 {
		if b := r.cache.Find(blocks.Key{PA: head}); b != nil && b.Native() != nil {
			return b.Native().Level
		}
		return 0
	}
	run(1000, 4000, func() bool { return level() == levelRegion })
	before := e.Stats().Regions.Reviewed
	run(1000, 4000, func() bool { return e.Stats().Regions.Reviewed >= before+2 })
	if s := e.Stats().Regions; level() != levelRegion || s.Retired != 0 || s.Work < 100*s.Left {
		t.Errorf("level %d of a loop that goes round often; %+v", level(), s)
	}
	run(1_000_000, 2, func() bool { return level() == levelRetired })
	retired := e.Stats().Regions.Retired
	run(1_000_000, 2, func() bool { return e.Stats().Regions.Declined > 0 || retired != 1 })
	if s := e.Stats().Regions; level() != levelRetired || s.Retired != retired || retired != 1 {
		t.Errorf("level %d; %+v", level(), s)
	}
}
