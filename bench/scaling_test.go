package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
)

// BenchmarkScaling runs the same work, with the same number of IPIs round the ring, on more and more harts. Each
// measurement is paired with one on 2 harts, taken right before it, so that a host whose speed drifts does not spoil
// the ratio. Processor time, of both cores together, tells overhead from waiting.
func BenchmarkScaling(b *testing.B) {
	onEachEngine(b, func(b *testing.B, e engine) {
		for _, harts := range []int{1, 2, 4, 64, 1024, 4095} {
			b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
				var times, pairs, cpu []time.Duration
				var mips []float64
				for b.Loop() {
					pairs = append(pairs, ring(b, e, 2).Wall)
					before := processorTime(b)
					s := ring(b, e, harts)
					cpu = append(cpu, processorTime(b)-before)
					times = append(times, s.Wall)
					mips = append(mips, float64(s.Instructions)/s.Wall.Seconds()/1e6)
				}
				b.ReportMetric(median(mips), "MIPS")
				b.ReportMetric(100*median(pairs).Seconds()/median(times).Seconds(), "%-of-2-harts")
				b.ReportMetric(median(cpu).Seconds(), "cpu-s")
				only(b)
			})
		}
	})
}

// ring runs the ring guest: 40,960 rounds (40,950 on 4,095 harts), some 2 billion instructions.
func ring(b *testing.B, e engine, harts int) runtime.Stats {
	cfg := machineFor(b, e, "ring", guests.Params{"rounds": 40960, "loops": 5000})
	cfg.Harts = harts
	return execute(b, cfg)
}

// BenchmarkIPI does next to no work between the IPIs of the ring: what one costs, the receiver asleep or not.
func BenchmarkIPI(b *testing.B) {
	onEachEngine(b, func(b *testing.B, e engine) {
		for _, harts := range []int{2, 64, 1024} {
			b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
				const rounds = 102400
				cfg := machineFor(b, e, "ring", guests.Params{"rounds": rounds, "loops": 1})
				cfg.Harts = harts
				var total time.Duration
				for b.Loop() {
					total += execute(b, cfg).Wall
				}
				b.ReportMetric(float64(total.Nanoseconds())/float64(b.N)/rounds, "ns/IPI")
				only(b)
			})
		}
	})
}

// apart are kinds of work that harts do on data of their own.
var apart = []struct {
	name   string
	params guests.Params
}{
	{"integer", guests.Params{"loops": 100_000_000}},
	{"first-level-cache", guests.Params{"loops": 100_000_000, "bytes": 16 << 10}},
	{"pages", guests.Params{"loops": 60_000_000, "bytes": 4 << 20, "step": 4096 + 64}},
}

// BenchmarkApart compares two harts that have nothing to do with each other with one, in turns: how much more work is
// done in the same time, 2 at best, and what an instruction costs in processor time, 1 at best, which tells what harts
// do to each other from what other programs do to them.
func BenchmarkApart(b *testing.B) {
	const rounds = 15
	for _, work := range apart {
		b.Run("work="+work.name, func(b *testing.B) {
			var speedup, cost, mips []float64
			measure := func(harts int) (wall, perInsn float64) {
				cfg := machineFor(b, engines[1], "apart", work.params)
				cfg.Harts = harts
				before := processorTime(b)
				s := execute(b, cfg)
				mips = append(mips, float64(s.Instructions)/s.Wall.Seconds()/1e6)
				return s.Wall.Seconds(), (processorTime(b) - before).Seconds() / float64(s.Instructions)
			}
			for b.Loop() {
				for range rounds {
					wall1, cpu1 := measure(1)
					wall2, cpu2 := measure(2)
					speedup, cost = append(speedup, 2*wall1/wall2), append(cost, cpu2/cpu1)
				}
			}
			b.ReportMetric(median(speedup), "speed-up")
			b.ReportMetric(median(cost), "cpu/insn-ratio")
			b.ReportMetric(mips[len(mips)-1], "MIPS-of-2")
			only(b)
		})
	}
}
