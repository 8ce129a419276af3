package jitworker

import (
	"strings"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Measures describes the figures, but for Compile and LastFailures, which are Groups.
func (s *Stats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&s.Workers, "workers", "workers that compile"),
		measure.Gauge(&s.Busy, "busy", "workers that compile at this moment"),
		measure.Counter(&s.Requests, "requests", "requests to compile, accepted or not"),
		measure.Counter(&s.Accepted, "accepted", "requests that went into the queue"),
		measure.Counter(&s.Duplicates, "duplicates", "requests for what was in the queue or being compiled already"),
		measure.Counter(&s.Drops, "drops", "requests that found the queue full"),
		measure.Counter(&s.Contended, "contended", "requests that met another one at the same part of the in-flight set"),
		measure.Counter(&s.Refused, "refused", "requests for what had failed lately"),
		measure.Counter(&s.Oversized, "oversized", "requests for more instructions than may be compiled at once"),
		measure.Counter(&s.Abandoned, "abandoned", "requests that waited when the machine ended"),
		measure.Gauge(&s.QueueLength, "queue_length", "requests that wait"),
		measure.Gauge(&s.QueueMax, "queue_max", "the most that have waited"),
		measure.Times(&s.Wait, "wait", "time from a request to the begin of its compilation"),
		measure.Counter(&s.Compiled, "compiled", "compilations that made code"),
		measure.Counter(&s.Bytes, "code_bytes", "code that compilations have made").In(measure.Bytes),
		measure.Counter(&s.Insns, "instructions", "guest instructions that it was made from"),
		measure.Counter(&s.Failures, "failures", "compilations that made no code"),
		measure.Counter(&s.Panics, "panics", "compilations that panicked, which are failures too"),
		measure.Counter(&s.OverBudget, "over_budget", "compilations that took longer than the budget"),
		measure.Gauge(&s.Threshold, "threshold", "executions after which a block is compiled"),
		measure.Gauge(&s.Pressure, "pressure_share", "mean cost of compiling that the threshold follows").In(measure.Share),
		measure.Gauge(&s.Benefit, "benefit_share", "mean gain from native code that the threshold follows").In(measure.Share),
	}
}

// Groups describes the compile times by size and the latest failures.
func (s *Stats) Groups() (groups []measure.Group) {
	for _, c := range s.Compile.classes() {
		groups = append(groups, measure.Group{
			Name: "compile", Help: "compilations by size, small ones below 50 guest instructions and large ones above 500",
			Labels:   []measure.Label{{Name: "size", Value: c.name}},
			Measures: []measure.Measure{measure.Times(c.times, "time", "how long those that made code took")},
		})
	}
	for i := range s.LastFailures {
		f := &s.LastFailures[i]
		groups = append(groups, measure.Group{
			Name: "last_failures", Help: "one of the latest compilations that failed",
			Labels:   []measure.Label{{Name: "block", Value: f.Place}, {Name: "panicked", Value: f.Panicked}},
			Measures: []measure.Measure{measure.Gauge(&f.Insns, "instructions", "guest instructions of the unit"), measure.Note(&f.Message, "message", "what went wrong")},
		})
	}
	return groups
}

type sizeTimes struct {
	name  string
	times *measure.Distribution
}

func (c *CompileTimes) classes() []sizeTimes {
	return []sizeTimes{{"small", &c.Small}, {"medium", &c.Medium}, {"large", &c.Large}}
}

// Summary words the figures; refined are the compilations that replaced code by better code.
func (s *Stats) Summary(refined uint64) []measure.Line {
	lines := []measure.Line{measure.Say("compiled", "%s blocks of %s instructions to %s bytes, %s of them anew for speed, %s failed",
		measure.Number(s.Compiled), measure.Number(s.Insns), measure.Number(s.Bytes), measure.Number(refined), measure.Number(s.Failures))}
	var times []string
	for _, c := range s.Compile.classes() {
		if c.times.Count > 0 {
			times = append(times, c.name+" "+c.times.Quantiles())
		}
	}
	if len(times) > 0 {
		lines = append(lines, measure.Say("compile time", "%s", strings.Join(times, ", ")))
	}
	return append(lines, measure.Say("compile queue", "at most %s, wait %s, %s dropped; threshold %d",
		measure.Number(uint64(s.QueueMax)), s.Wait.Quantiles(), measure.Number(s.Drops), s.Threshold))
}

// SummarizeFailure words the latest failure, if there is one.
func (s *Stats) SummarizeFailure() []measure.Line {
	if len(s.LastFailures) == 0 {
		return nil
	}
	f := s.LastFailures[len(s.LastFailures)-1]
	message, _, _ := strings.Cut(f.Message, "\n")
	return []measure.Line{measure.Say("last failure", "block %#x: %s", f.Place, message)}
}
