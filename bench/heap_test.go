package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
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
				s := execute(b, cfg)
				trace := figure(b, &s, "managed_heap.trace").Times()
				rates = append(rates, figure(b, &s, "managed_heap.marked_bytes").Number()/trace.Sum.Seconds()/1e6)
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
			var longestPause, longestWay, cycles float64
			for b.Loop() {
				s := execute(b, heapMachine(b, "mutate", harts, guests.Params{"steps": 10_000_000}))
				micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
				stood, way := figure(b, &s, "managed_heap.pause").Times(), figure(b, &s, "managed_heap.to_safe_point").Times()
				pause, safe = append(pause, micros(stood.P99)), append(safe, micros(way.P99))
				over = append(over, micros(figure(b, &s, "managed_heap.quota_overrun").Times().P99))
				longestPause, longestWay = max(longestPause, micros(stood.Max)), max(longestWay, micros(way.Max))
				cycles += figure(b, &s, "managed_heap.cycles").Number()
			}
			b.ReportMetric(median(pause), "pause-p99-us")
			b.ReportMetric(longestPause, "pause-max-us")
			b.ReportMetric(median(safe), "safepoint-p99-us")
			b.ReportMetric(longestWay, "safepoint-max-us")
			b.ReportMetric(median(over), "overrun-p99-us")
			b.ReportMetric(cycles/float64(b.N), "cycles")
			only(b)
		})
	}
}
