package bench

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/runtime"
)

// heapMachine is a machine for a program of the managed heap, whose heap has 256 MiB.
func heapMachine(b *testing.B, name string, harts int, p guests.Params) runtime.Config {
	cfg := machineFor(b, engines[len(engines)-1], name, p)
	cfg.Harts, cfg.Memory = harts, 512*runtime.MiB
	return cfg
}

// BenchmarkHeapMarking traces 150 MiB of live objects of 32 bytes, ten times a run, while the hart waits: marked bytes
// per second of tracing.
func BenchmarkHeapMarking(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			var rates []float64
			for b.Loop() {
				cfg := heapMachine(b, "live", 1, nil)
				cfg.Heap.Workers = workers
				s := execute(b, cfg).Heap
				rates = append(rates, float64(s.MarkedBytes)/s.Trace.Sum.Seconds()/1e6)
			}
			b.ReportMetric(median(rates), "MB/s")
			only(b)
		})
	}
}

// BenchmarkHeapPauses mutates a graph of 150 MiB: how long harts stand still at safe points, and how long it takes
// them to come there. Of several runs it gives the median of the 99th percentiles and the longest pause of all.
func BenchmarkHeapPauses(b *testing.B) {
	for _, harts := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("harts=%d", harts), func(b *testing.B) {
			var pause, safe, over []float64
			var longest gcpar.Stats
			for b.Loop() {
				s := execute(b, heapMachine(b, "mutate", harts, guests.Params{"steps": 10_000_000})).Heap
				pause = append(pause, float64(s.Pause.P99.Nanoseconds())/1e3)
				safe = append(safe, float64(s.ToSafePoint.P99.Nanoseconds())/1e3)
				over = append(over, float64(s.Overrun.P99.Nanoseconds())/1e3)
				longest.Pause.Max = max(longest.Pause.Max, s.Pause.Max)
				longest.ToSafePoint.Max = max(longest.ToSafePoint.Max, s.ToSafePoint.Max)
				longest.Cycles += s.Cycles
			}
			b.ReportMetric(median(pause), "pause-p99-us")
			b.ReportMetric(float64(longest.Pause.Max.Nanoseconds())/1e3, "pause-max-us")
			b.ReportMetric(median(safe), "safepoint-p99-us")
			b.ReportMetric(float64(longest.ToSafePoint.Max.Nanoseconds())/1e3, "safepoint-max-us")
			b.ReportMetric(median(over), "overrun-p99-us")
			b.ReportMetric(float64(longest.Cycles)/float64(b.N), "cycles")
			only(b)
		})
	}
}
