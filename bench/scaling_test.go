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
