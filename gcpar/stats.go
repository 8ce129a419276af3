package gcpar

import (
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/histogram"
)

// counters are the collector's figures, written by mutators and workers.
type counters struct {
	allocated                                   atomic.Uint64
	markedObjects, markedBytes, logged          atomic.Uint64
	stalls, outOfMemory, violations             atomic.Uint64
	pause, toSafePoint, overrun, rooting, trace histogram.Recorder
	cycle, stopped                              histogram.Recorder
}

// Stats are the collector's figures since New. Sizes are in bytes and count whole slots.
type Stats struct {
	HeapSize uint64 `json:"heap_size"`
	// Used are bytes that are not known to be free; Live is what the latest cycle has
	// left of them, with what was allocated meanwhile.
	Used uint64 `json:"used"`
	Live uint64 `json:"live"`
	// Allocated are bytes since New, with free slots that wait at a mutator.
	Allocated uint64 `json:"allocated"`
	// Cycles are those that have ended, Marked what they have traced.
	Cycles        uint64 `json:"cycles"`
	MarkedObjects uint64 `json:"marked_objects"`
	MarkedBytes   uint64 `json:"marked_bytes"`
	// Logged are the values that barriers have handed over.
	Logged uint64 `json:"logged"`
	// Stalls are allocations that had to wait for a cycle, OutOfMemory those that failed.
	Stalls      uint64 `json:"stalls"`
	OutOfMemory uint64 `json:"out_of_memory"`
	// Violations are objects that Config.Verify has found reachable and unmarked.
	Violations uint64 `json:"violations"`
	Violation  string `json:"violation,omitempty"` // one of them
	// Pause is how long mutators stood still at safe points, each time; Stopped how long
	// all did, if marking is not concurrent.
	Pause   histogram.Summary `json:"pause"`
	Stopped histogram.Summary `json:"stopped"`
	// ToSafePoint is the time from the request to a mutator until it came to one.
	ToSafePoint histogram.Summary `json:"to_safe_point"`
	// Overrun is by how much markers and the sweeper have exceeded their quotas.
	Overrun histogram.Summary `json:"quota_overrun"`
	// Rooting is the time until all mutators' roots were known, Trace the time from then
	// until all was marked, Cycle that of whole cycles.
	Rooting histogram.Summary `json:"rooting"`
	Trace   histogram.Summary `json:"trace"`
	Cycle   histogram.Summary `json:"cycle"`
	// Quota is how long a marker works now before it gives way.
	Quota time.Duration `json:"quota_ns"`
}

// Stats returns the figures so far.
func (c *Collector) Stats() Stats {
	n := &c.counters
	s := Stats{
		Allocated: n.allocated.Load(), Cycles: c.ended.Load(), Live: c.live.Load(),
		MarkedObjects: n.markedObjects.Load(), MarkedBytes: n.markedBytes.Load(), Logged: n.logged.Load(),
		Stalls: n.stalls.Load(), OutOfMemory: n.outOfMemory.Load(), Violations: n.violations.Load(),
		Pause: n.pause.Read(), Stopped: n.stopped.Read(), ToSafePoint: n.toSafePoint.Read(), Overrun: n.overrun.Read(),
		Rooting: n.rooting.Read(), Trace: n.trace.Read(), Cycle: n.cycle.Read(), Quota: c.quota(),
	}
	if v := c.violation.Load(); v != nil {
		s.Violation = *v
	}
	if h := c.heap.Load(); h != nil {
		s.HeapSize, s.Used = h.Size, uint64(max(h.used.Load(), 0))
	}
	return s
}
