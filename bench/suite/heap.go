package suite

import (
	"context"
	"fmt"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
)

func heapScenarios() (all []Scenario) {
	for _, workers := range []int{1, 2} {
		all = append(all, marking(workers))
	}
	for _, harts := range []int{1, 2, 4} {
		all = append(all, pauses(harts))
	}
	return all
}

// heapRun runs a program of the managed heap, whose heap has 256 MiB.
func heapRun(ctx context.Context, name string, harts int, p guests.Params, change func(*runtime.Config)) (counted, error) {
	return executeGuest(ctx, native, name, p, func(c *runtime.Config) {
		c.Harts, c.Memory = harts, 512*runtime.MiB
		change(c)
	})
}

// marking traces live objects of 32 bytes again and again while the hart waits: marked bytes per second of tracing.
func marking(workers int) Scenario {
	return Scenario{Name: fmt.Sprintf("HeapMarking/workers=%d", workers), Open: func(o Options) (Probe, error) {
		p := guests.Params{"live_mib": o.size(150, 20), "cycles": o.size(10, 4)}
		return probe(func(ctx context.Context) ([]Figure, error) {
			s, err := heapRun(ctx, "live", 1, p, func(c *runtime.Config) { c.Heap.Workers = workers })
			if err != nil {
				return nil, err
			}
			marked, err := s.figure("managed_heap.marked_bytes")
			if err != nil {
				return nil, err
			}
			trace, err := s.figure("managed_heap.trace")
			if err != nil {
				return nil, err
			}
			return []Figure{
				{Unit: "MB/s", Value: marked.Number() / trace.Times().Sum.Seconds() / 1e6},
				{Unit: "cpu-s", Value: s.cpu.Seconds()},
			}, nil
		})
	}}
}

// pauses mutates a large graph: how long harts stand still at safe points, and how long it takes them to come there.
func pauses(harts int) Scenario {
	return Scenario{Name: fmt.Sprintf("HeapPauses/harts=%d", harts), Long: harts > 2, Open: func(o Options) (Probe, error) {
		p := guests.Params{"live_mib": o.size(150, 8), "steps": o.size(10_000_000, 800_000)}
		us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
		return probe(func(ctx context.Context) ([]Figure, error) {
			s, err := heapRun(ctx, "mutate", harts, p, func(c *runtime.Config) {
				if o.Quick { // a smaller heap, so that there are collections
					c.Heap.Size = 32 * runtime.MiB
				}
			})
			if err != nil {
				return nil, err
			}
			cycles, err := s.figure("managed_heap.cycles")
			if err != nil {
				return nil, err
			}
			figures := []Figure{
				{Unit: "cycles", Value: cycles.Number()},
				{Unit: "cpu-ns/insn", Value: float64(s.cpu.Nanoseconds()) / float64(s.Instructions)},
			}
			for _, part := range []struct{ path, unit, longest string }{
				{"managed_heap.pause", "pause-p99-us", "pause-max-us"},
				{"managed_heap.to_safe_point", "safepoint-p99-us", "safepoint-max-us"},
				{"managed_heap.quota_overrun", "overrun-p99-us", ""},
			} {
				m, err := s.figure(part.path)
				if err != nil {
					return nil, err
				}
				times := m.Times()
				figures = append(figures, Figure{Unit: part.unit, Value: us(times.P99)})
				if part.longest != "" {
					figures = append(figures, Figure{Unit: part.longest, Value: us(times.Max)})
				}
			}
			return figures, nil
		})
	}}
}
