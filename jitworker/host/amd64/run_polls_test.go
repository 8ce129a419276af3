package amd64_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// TRAPS 25: native code stops within a block of its limit, wherever that lies: in a long
// way forward, in a hundred calls, or in what follows as they return one after the other.
func TestTrap25NativePollIsBounded(t *testing.T) {
	const depth, steps = 100, 100
	r := newRig(t)
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.SP, data+0x8000).LI(asm.S0, 1<<40)
		p.Label("again").LI(asm.A0, depth).Jump(asm.RA, "f").I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "again")
		p.Align(4096).Label("f").I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 0)
		p.I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BEQ, asm.A0, asm.Zero, "forward").Jump(asm.RA, "f")
		p.Label("forward")
		for i := range steps {
			next := fmt.Sprint("step ", i)
			p.Branch(isa.BEQ, asm.Zero, asm.Zero, next).I(isa.ADDI, asm.A1, asm.A1, 1).Label(next).I(isa.ADDI, asm.A2, asm.A2, 1)
		}
		ret(p.I(isa.LD, asm.RA, asm.SP, 0).I(isa.ADDI, asm.SP, asm.SP, 16))
	})
	s := r.core.S
	s.PC = pc
	for s.Count < 20_000_000 { // all of it is compiled, and linked
		s.Arm(1 << 18)
		r.core.Run()
	}
	rng := rand.New(rand.NewPCG(7, 8))
	native := r.core.Native.Insns
	for range 3000 {
		budget := rng.Uint64N(20_000)
		before := s.Count
		s.Arm(budget)
		if x := r.core.Run(); x != interp.ExitPoll {
			t.Fatalf("exit %d", x)
		}
		if n := s.Count - before; n < budget || n >= budget+code.MaxInsns {
			t.Fatalf("%d instructions for a budget of %d", n, budget)
		}
	}
	if n := r.core.Native.Insns - native; n < 20_000_000 {
		t.Errorf("%d instructions were native", n)
	}
	if s.R[hart.X+asm.A1] != 0 {
		t.Errorf("a1 is %d", s.R[hart.X+asm.A1])
	}
}
