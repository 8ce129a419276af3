package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// One hart rewrites a function, again and again; the other one executes FENCE.I and calls it all the
// while. When that has been told of a new version it finds it after one more FENCE.I.
func TestTrap09FenceWhileCodeDies(t *testing.T) {
	needNative(t)
	const (
		rounds = 1500
		f      = RAMBase + 0x4000
		words  = RAMBase + 0x8000 // the version told, and at +64 the one found
	)
	p := asm.New(RAMBase)
	p.LI(asm.S0, words).LI(asm.S1, f).LI(asm.S2, 0).LI(asm.S3, rounds).Branch(isa.BNE, asm.A0, asm.Zero, "caller")
	p.Label("round").I(isa.ADDI, asm.S2, asm.S2, 1).LI(asm.T0, 3000).Label("delay").I(isa.ADDI, asm.T0, asm.T0, -1).Branch(isa.BNE, asm.T0, asm.Zero, "delay")
	p.I(isa.ANDI, asm.T1, asm.S2, 1023).I(isa.SLLI, asm.T2, asm.T1, 20).LI(asm.T3, 10<<7|0x13).R(isa.OR, asm.T2, asm.T2, asm.T3)
	p.S(isa.SW, asm.T2, asm.S1, 0).R(isa.AMOSWAP_D, asm.Zero, asm.S0, asm.S2).I(isa.ADDI, asm.S4, asm.S0, 64)
	p.Label("told").I(isa.LD, asm.T0, asm.S4, 0).Branch(isa.BNE, asm.T0, asm.S2, "told")
	p.Branch(isa.BNE, asm.S2, asm.S3, "round").LI(asm.A0, 0).Label("end")
	leave(p)
	p.Label("caller").I(isa.LD, asm.S5, asm.S0, 0).Op(isa.FENCE_I).I(isa.JALR, asm.RA, asm.S1, 0)
	p.Branch(isa.BEQ, asm.S5, asm.S2, "caller").I(isa.ANDI, asm.T1, asm.S5, 1023).Branch(isa.BEQ, asm.T1, asm.A0, "right")
	p.LI(asm.A0, 1).Jump(asm.Zero, "end").Label("right").I(isa.ADDI, asm.S2, asm.S5, 0).I(isa.ADDI, asm.S4, asm.S0, 64)
	p.S(isa.SD, asm.S2, asm.S4, 0).Jump(asm.Zero, "caller")
	p.Org(f).I(isa.ADDI, asm.A0, asm.Zero, 0).I(isa.JALR, asm.Zero, asm.RA, 0)
	for range 5 {
		cfg := native(p.Bytes())
		cfg.Harts, cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 2, 2, 2
		m, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Run(t.Context())
		if err != nil || res.Reason != PoweredOff || res.ExitCode != 0 {
			t.Fatalf("%+v, %v: an old version was executed", res.ExitCode, err)
		}
		s := res.Stats
		t.Logf("%d dropped, %d compiled, %d native", s.blocks.Dropped, s.jit.Compiler.Compiled, s.jit.Native)
	}
}
