package gcpar

import (
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// counters are the collector's figures, written by mutators and workers, read by Stats.
type counters struct {
	allocated                                   atomic.Uint64
	markedObjects, markedBytes, logged          atomic.Uint64
	stalls, outOfMemory, violations, turns      atomic.Uint64
	pause, toSafePoint, overrun, rooting, trace measure.Recorder
	cycle, stopped                              measure.Recorder
}

// Stats are the collector's figures since New. Sizes are in bytes and count whole slots.
type Stats struct {
	HeapSize uint64
	// Used are bytes that are not known to be free; Live is what the latest cycle has
	// left of them, with what was allocated meanwhile.
	Used uint64
	Live uint64
	// Allocated are bytes since New, with free slots that wait at a mutator.
	Allocated uint64
	// Cycles are those that have ended, Marked what they have traced.
	Cycles        uint64
	MarkedObjects uint64
	MarkedBytes   uint64
	// Logged are the values that barriers have handed over.
	Logged uint64
	// Stalls are allocations that had to wait for a cycle, OutOfMemory those that failed.
	Stalls      uint64
	OutOfMemory uint64
	// Turns is how often markers and the sweeper have given way to mutators at the end of a quota.
	Turns uint64
	// Violations are objects that Config.Verify has found reachable and unmarked.
	Violations uint64
	Violation  string // one of them
	// Pause is how long mutators stood still at safe points, each time; Stopped how long
	// all did, if marking is not concurrent.
	Pause   measure.Distribution
	Stopped measure.Distribution
	// ToSafePoint is the time from the request to a mutator until it came to one.
	ToSafePoint measure.Distribution
	// Overrun is by how much markers and the sweeper have exceeded their quotas.
	Overrun measure.Distribution
	// Rooting is the time until all mutators' roots were known, Trace the time from then
	// until all was marked, Cycle that of whole cycles.
	Rooting measure.Distribution
	Trace   measure.Distribution
	Cycle   measure.Distribution
	// Quota is how long a marker works now before it gives way.
	Quota time.Duration
}

// Stats returns the figures so far.
func (c *Collector) Stats() Stats {
	n := &c.counters
	s := Stats{
		Allocated: n.allocated.Load(), Cycles: c.ended.Load(), Live: c.live.Load(),
		MarkedObjects: n.markedObjects.Load(), MarkedBytes: n.markedBytes.Load(), Logged: n.logged.Load(),
		Stalls: n.stalls.Load(), OutOfMemory: n.outOfMemory.Load(), Turns: n.turns.Load(), Violations: n.violations.Load(),
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
