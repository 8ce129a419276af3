package interp

import "testing"

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
