package jitworker

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Sizes of units in guest instructions: small below mediumInsns, large above largeInsns.
const (
	mediumInsns = 50
	largeInsns  = 500
)

const (
	small = iota
	medium
	large
	sizeClasses
)

func sizeClass(insns int) int {
	switch {
	case insns < mediumInsns:
		return small
	case insns <= largeInsns:
		return medium
	}
	return large
}

// counters are figures of the pipeline as a whole. Written by harts, and abandoned by
// Close; read by Stats.
type counters struct {
	accepted, duplicates, drops, contended, refused, oversized, abandoned atomic.Uint64
}

// tally is the figures of one worker, which writes them. Read by Stats.
type tally struct {
	compiled, failed, panicked, bytes, insns atomic.Uint64
	wait                                     measure.Recorder
	compile                                  [sizeClasses]measure.Recorder
}

// Stats are the pipeline's figures since New. Requests is the sum of Accepted and the
// five reasons not to be; of the accepted, those that are neither Compiled, Failures
// nor Abandoned wait or are being compiled.
type Stats struct {
	Workers int
	// Busy workers compile at this moment.
	Busy int

	Requests uint64
	Accepted uint64
	// Duplicates were in the queue or being compiled already.
	Duplicates uint64
	// Drops found the queue full.
	Drops uint64
	// Contended met another request at the same part of the in-flight set.
	Contended uint64
	// Refused were for units that failed lately.
	Refused uint64
	// Oversized were for units beyond MaxInsns.
	Oversized uint64
	// Abandoned waited when the service was closed.
	Abandoned uint64

	QueueLength int
	QueueMax    int
	// Wait is the time from a request to the begin of its compilation.
	Wait measure.Distribution

	// Compile is the time of compilations that made code, by the unit's size.
	Compile CompileTimes
	// Compiled units, and how much came out of them in bytes of native code and guest
	// instructions.
	Compiled uint64
	Bytes    uint64
	Insns    uint64

	// Failures counts compilations that made no code, Panics those of them that panicked.
	Failures uint64
	Panics   uint64
	// LastFailures are the latest few, the oldest first.
	LastFailures []Failure

	// OverBudget counts compilations beyond the budget.
	OverBudget uint64

	// Threshold in executions, and the means from 0 to 1 that it follows from.
	Threshold uint32
	Pressure  float64
	Benefit   float64
}

// CompileTimes are compile times by the unit's size in guest instructions.
type CompileTimes struct {
	Small  measure.Distribution // below 50
	Medium measure.Distribution // 50 to 500
	Large  measure.Distribution // above 500
}

// Stats returns the figures. They are read one by one while the pipeline runs, so they
// need not add up exactly before it rests.
func (s *Service) Stats() Stats {
	c := &s.counters
	st := Stats{
		Workers:    len(s.workers),
		Busy:       len(s.workers) - int(s.queue.resting.Load()),
		Accepted:   c.accepted.Load(),
		Duplicates: c.duplicates.Load(),
		Drops:      c.drops.Load(),
		Contended:  c.contended.Load(),
		Refused:    c.refused.Load(),
		Oversized:  c.oversized.Load(),
		Abandoned:  c.abandoned.Load(),

		QueueLength: int(s.queue.reserved.Load()),
		QueueMax:    int(s.queue.longest.Load()),
		Wait:        s.merged(func(t *tally) *measure.Recorder { return &t.wait }),
		Compile: CompileTimes{
			Small:  s.merged(func(t *tally) *measure.Recorder { return &t.compile[small] }),
			Medium: s.merged(func(t *tally) *measure.Recorder { return &t.compile[medium] }),
			Large:  s.merged(func(t *tally) *measure.Recorder { return &t.compile[large] }),
		},
		LastFailures: s.failures.read(),

		OverBudget: s.budget.over.Load(),
		Threshold:  s.Threshold(),
	}
	for _, w := range s.workers {
		t := &w.tally
		st.Compiled += t.compiled.Load()
		st.Bytes += t.bytes.Load()
		st.Insns += t.insns.Load()
		st.Failures += t.failed.Load()
		st.Panics += t.panicked.Load()
	}
	st.Requests = st.Accepted + st.Duplicates + st.Drops + st.Contended + st.Refused + st.Oversized
	st.Pressure, st.Benefit = s.threshold.means()
	return st
}

// merged reads one histogram of all workers.
func (s *Service) merged(of func(t *tally) *measure.Recorder) measure.Distribution {
	var all measure.Recorder
	for _, w := range s.workers {
		all.Add(of(&w.tally))
	}
	return all.Read()
}
