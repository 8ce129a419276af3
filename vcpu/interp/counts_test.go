package interp

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Counts of a loop of 100 rounds, the branch in which is taken when a0 is a multiple of four: 25 times.
func TestCountsAreExact(t *testing.T) {
	r := newRig(t, 1, false)
	r.cache.Compile(&recorder{})
	p := asm.New(ram).LI(asm.A0, 100).Label("loop")
	p.I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A1, asm.A0, 3).Branch(isa.BEQ, asm.A1, asm.Zero, "skip")
	p.I(isa.ADDI, asm.A2, asm.A2, 1).Label("skip").Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
	r.load(p, ram)
	c := r.cores[0]
	c.S.PC = ram
	for c.S.Arm(7); c.Run() == ExitPoll; c.S.Arm(7) { // polls make no difference
	}
	for _, test := range []struct {
		label string
		want  Counts
	}{
		// The first round runs in the block at the start.
		{"", Counts{1, [MaxLinks]uint64{0, 1}}},
		{"loop", Counts{99, [MaxLinks]uint64{25, 74}}},
		{"skip", Counts{25, [MaxLinks]uint64{24}}},
	} {
		at := uint64(ram)
		if test.label != "" {
			at = p.Addr(test.label)
		}
		if got := r.cache.Get(at, nil).Counts(); got != test.want {
			t.Errorf("block %q: %+v, want %+v", test.label, got, test.want)
		}
	}
}

// A stretch of samples begins once in so many instructions on average, wherever it falls, and what it counts stands for
// all that was executed since the one before.
func TestSamplerCountsForWhatItLeavesOut(t *testing.T) {
	const every = 10_000
	var p sampler
	total, stretches := 0.0, 0
	starts := map[uint64]bool{}
	for now := uint64(1); now < 100_000_000; now += 61 { // blocks of 61 instructions
		p.begin(now, every)
		if now >= p.from && now < p.end {
			total += 61 * float64(p.weight)
			if !starts[p.end] {
				starts[p.end] = true
				stretches++
			}
		}
	}
	if total < 97e6 || total > 103e6 {
		t.Errorf("the samples stand for %.0f of 100,000,000 instructions", total)
	}
	if mean := 100e6 / float64(stretches); mean < 0.9*every || mean > 1.2*every {
		t.Errorf("a stretch in %.0f instructions, want %d", mean, every)
	}
	off := sampler{next: 5}
	if off.begin(1000, 0); off.end != 0 {
		t.Error("sampled although no sampling was asked for")
	}
}
