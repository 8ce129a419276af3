package engine

import (
	"math"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// touched is an engine that adds up what it is told of executions.
type touched struct {
	*Engine
	executions map[uint64]uint64 // by the block's address
}

func (e *touched) Touch(n *interp.Native, executions uint64) {
	e.executions[n.Block.PA()] += executions
	e.Engine.Touch(n, executions)
}

// A loop of 20 million rounds, of which every fourth takes the first branch: what stretches of interpretation find says
// how often native code was executed, and which way it went.
func TestSamplesSpeakForNativeCode(t *testing.T) {
	const rounds = 20_000_000
	r := newRig(t, true)
	e := &touched{r.engine, map[uint64]uint64{}}
	r.cache.Compile(e)
	var loop, skip uint64
	at := r.load(func(p *asm.Program) {
		p.LI(asm.A0, rounds).Label("loop")
		p.I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A1, asm.A0, 3).Branch(isa.BEQ, asm.A1, asm.Zero, "skip")
		p.I(isa.ADDI, asm.A2, asm.A2, 1).Label("skip").Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
		loop, skip = p.Addr("loop"), p.Addr("skip")
	})
	for _, pa := range []uint64{loop, skip} {
		if _, err := r.engine.compile(0, unit{r.cache.Get(pa, nil)}); err != nil {
			t.Fatal(err)
		}
	}
	s := r.core.S
	for s.PC = at; ; {
		s.Arm(50_000)
		if r.core.Run() != interp.ExitPoll {
			break
		}
	}
	if share := float64(r.core.Native.Insns) / float64(s.Count); share < 0.99 {
		t.Fatalf("%.3f of the instructions ran natively", share)
	}
	near := func(what string, got uint64, want float64) {
		if math.Abs(float64(got)-want) > 0.15*want {
			t.Errorf("%s: %d, want %.0f", what, got, want)
		}
	}
	for _, test := range []struct {
		block      uint64
		executions float64
		taken      [2]float64
	}{
		{loop, rounds, [2]float64{rounds / 4, rounds * 3 / 4}},
		{skip, rounds / 4, [2]float64{rounds / 4}},
	} {
		c := r.cache.Get(test.block, nil).Counts()
		near("executions", c.Executions, test.executions)
		near("taken", c.Taken[0], test.taken[0])
		near("taken", c.Taken[1], test.taken[1])
		near("executions that the code cache was told of", e.executions[test.block], test.executions)
	}
}
