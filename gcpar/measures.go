package gcpar

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Measures describes the figures.
func (s *Stats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&s.HeapSize, "heap_size_bytes", "size of the heap that the guest has set up").In(measure.Bytes),
		measure.Gauge(&s.Used, "used_bytes", "memory that is not known to be free").In(measure.Bytes),
		measure.Gauge(&s.Live, "live_bytes", "memory that the latest cycle has left, with what was allocated meanwhile").In(measure.Bytes),
		measure.Counter(&s.Allocated, "allocated_bytes", "memory allocated, with free slots that wait at a hart").In(measure.Bytes),
		measure.Counter(&s.Cycles, "cycles", "collections that have ended"),
		measure.Counter(&s.MarkedObjects, "marked_objects", "objects marked"),
		measure.Counter(&s.MarkedBytes, "marked_bytes", "memory of the objects marked").In(measure.Bytes),
		measure.Counter(&s.Logged, "logged", "references that write barriers have handed over"),
		measure.Counter(&s.Stalls, "stalls", "allocations that had to wait for a collection"),
		measure.Counter(&s.OutOfMemory, "out_of_memory", "allocations that failed"),
		measure.Counter(&s.Turns, "turns", "times that markers and the sweeper have given way to harts at the end of a quota"),
		measure.Counter(&s.Violations, "violations", "objects that --gc-verify has found reachable and not marked"),
		measure.Note(&s.Violation, "violation", "one of the violations"),
		measure.Times(&s.Pause, "pause", "how long a hart stood still at a safe point"),
		measure.Times(&s.Stopped, "stopped", "how long all harts stood still, where marking is not concurrent"),
		measure.Times(&s.ToSafePoint, "to_safe_point", "time from the request to a hart until it came to a safe point"),
		measure.Times(&s.Overrun, "quota_overrun", "by how much markers and the sweeper have exceeded their quotas"),
		measure.Times(&s.Rooting, "rooting", "time until the roots of all harts were known"),
		measure.Times(&s.Trace, "trace", "time from knowing the roots until all was marked"),
		measure.Times(&s.Cycle, "cycle", "time of whole collections"),
		measure.Gauge(&s.Quota, "quota_ns", "how long a marker works now before it gives way"),
	}
}

// Summary words the figures.
func (s *Stats) Summary() []measure.Line {
	rate := ""
	if s.Trace.Sum > 0 {
		rate = fmt.Sprintf(" at %s bytes/s", measure.Rate(s.MarkedBytes, s.Trace.Sum))
	}
	lines := []measure.Line{
		measure.Say("managed heap", "%s bytes of %s in use, %s bytes allocated", measure.Number(s.Used), setting.Size(s.HeapSize), measure.Number(s.Allocated)),
		measure.Say("collections", "%s of %s on average, %s objects marked%s, %s logged by barriers", measure.Number(s.Cycles),
			measure.Digits(s.Cycle.Mean()), measure.Number(s.MarkedObjects), rate, measure.Number(s.Logged)),
	}
	if s.Stopped.Count > 0 {
		lines = append(lines, measure.Say("all stopped", "%v", s.Stopped))
	}
	lines = append(lines,
		measure.Say("hart pauses", "%v", s.Pause),
		measure.Say("to safe point", "%v", s.ToSafePoint),
		measure.Say("over quota", "%v; quota %v", s.Overrun, s.Quota))
	if s.Stalls > 0 {
		lines = append(lines, measure.Say("heap was full", "%s allocations waited, %s failed", measure.Number(s.Stalls), measure.Number(s.OutOfMemory)))
	}
	if s.Violations > 0 {
		lines = append(lines, measure.Say("violations", "%s, such as: %s", measure.Number(s.Violations), s.Violation))
	}
	return lines
}
