package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// skipping is a loop of 5,999 rounds, the last ones in a block at "loop", of which one in mask+1 does not skip some
// instructions by a forward branch.
func skipping(mask int32) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.LI(asm.A0, 6000).Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A1, asm.A0, mask)
		p.I(isa.ADDI, asm.A2, asm.A2, 3).Branch(isa.BNE, asm.A1, asm.Zero, "skip")
		p.R(isa.XOR, asm.A2, asm.A2, asm.A0).I(isa.ADDI, asm.A3, asm.A3, 1)
		p.Label("skip").I(isa.ADDI, asm.A4, asm.A4, 1).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
	}
}

// finish runs the program at pc to its end.
func (r *rig) finish(pc uint64) {
	s := r.core.S
	for s.PC = pc; ; {
		if s.Arm(3000); r.core.Run() != interp.ExitPoll {
			return
		}
	}
}

// Code that is laid out as the block's exits were counted computes what the interpreter computes.
func TestCodeFollowsTheCounts(t *testing.T) {
	for _, test := range []struct {
		mask   int32
		insns  int  // that the code of the loop's block has
		likely bool // the branch that skips
	}{
		{0, 8, false}, // never skips
		{1, 8, false}, // every second time
		{3, 8, true},
		{31, 4, true}, // behind the branch the code ends
	} {
		var loop uint64
		build := func(p *asm.Program) { skipping(test.mask)(p); loop = p.Addr("loop") }
		pair := newPair(t)
		pc := pair.load(build)
		for round := range 100 {
			pair.native.finish(pc)
			pair.interpreted.finish(pc)
			got, want := pair.native.core.S, pair.interpreted.core.S
			if got.R != want.R || got.PC != want.PC || got.Count != want.Count {
				t.Fatalf("mask %d, round %d: a2 %#x, a3 %d, a4 %d, count %d; want %#x, %d, %d, %d", test.mask, round,
					got.R[asm.A2], got.R[asm.A3], got.R[asm.A4], got.Count,
					want.R[asm.A2], want.R[asm.A3], want.R[asm.A4], want.Count)
			}
		}
		if pair.native.core.Native.Insns < pair.native.core.S.Count/2 {
			t.Errorf("mask %d: %d of %d instructions ran natively", test.mask, pair.native.core.Native.Insns, pair.native.core.S.Count)
		}
		c := quick.New(amd64.New(amd64.Detect()).Quick(tier.Options{Marked: true}), quick.Fast)
		made, err := c.Compile(&code.Unit{Parts: []code.Part{pair.native.block(loop).Part()}})
		if err != nil {
			t.Fatal(err)
		}
		if made.Insns != test.insns {
			t.Errorf("mask %d: code of %d instructions, want %d", test.mask, made.Insns, test.insns)
		}
		jumps := [2]int{} // of the two links
		for _, r := range made.Relocs {
			if r.Target == tier.ToLink && r.N < 2 {
				jumps[r.N] = int(r.Offset)
			}
		}
		behind := jumps[1] // of the end, or of the instruction behind the branch
		for _, m := range made.Marks {
			if m.Guest == 8 && behind == 0 {
				behind = int(m.Host)
			}
		}
		if follows := jumps[0] < behind; follows != test.likely {
			t.Errorf("mask %d: the branch's exit lies at %d, the code behind it at %d", test.mask, jumps[0], behind)
		}
	}
}
