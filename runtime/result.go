package runtime

import (
	"fmt"
	"time"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Reason says why a run has ended.
type Reason int

// The reasons.
const (
	// Exited: the guest ended itself with an exit code (HTIF, or the test device's failure code).
	Exited Reason = iota
	// PoweredOff: the guest switched the machine off.
	PoweredOff
	// Rebooted: the guest asked for a reset.
	Rebooted
	// Stopped: Machine.Stop was called.
	Stopped
	// Cancelled: the context of Run ended.
	Cancelled
	// Failed: something of the machine itself failed.
	Failed
)

var reasonNames = [...]string{"exited", "powered off", "rebooted", "stopped", "cancelled", "failed"}

// String returns the reason in words.
func (r Reason) String() string {
	if r < 0 || int(r) >= len(reasonNames) {
		return fmt.Sprintf("reason %d", int(r))
	}
	return reasonNames[r]
}

// MarshalText writes the reason in words.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Result is how a run went.
type Result struct {
	// ExitCode is the guest's, 0 for success.
	ExitCode int    `json:"exit_code"`
	Reason   Reason `json:"reason"`
	Stats    Stats  `json:"stats"`
	// Notes are Machine.Notes as of the end.
	Notes []string `json:"notes,omitempty"`
}

// Stats are the machine's measurements. What most hosts ask for are fields; Group has all, with names, units and help.
type Stats struct {
	// Wall is the time since Run began.
	Wall time.Duration
	// Harts has an entry a hart; Instructions, Traps and Wakeups are their sums.
	Harts        []HartStats
	Instructions uint64
	Traps        uint64
	Wakeups      uint64
	// Missing are the extensions that the guest asked for in vain.
	Missing []Missing

	tlb       shardedtlb.Stats // of all harts together
	hits      hitStats
	tlbShards []shardedtlb.ShardStats // one a shard of the shared second level; empty without one
	blocks    blockStats
	jit       *jitStats     // nil if everything is interpreted
	heap      *gcpar.Stats  // nil if the guest has had no managed heap
	memory    *memoryStats  // nil unless they are DetailedStats
	profile   *profileStats // nil if there is no profile
}

// HartStats are the counters of one hart.
type HartStats struct {
	Instructions uint64
	Traps        uint64
	Wakeups      uint64
	// Native are the Instructions that native code has executed.
	Native uint64
}

// profileStats count what the profile is made of.
type profileStats struct{ Samples uint64 }

// blockStats count decoded blocks.
type blockStats struct{ Built, Dropped uint64 }

// Stats returns the counters as of now; those of running harts are a budget old
// at most.
func (m *Machine) Stats() Stats {
	s := Stats{
		Wall:      time.Duration(m.wall.Load()),
		tlbShards: m.core.TLB.Shards(),
		blocks:    blockStats{m.core.Blocks.Built.Load(), m.core.Blocks.Dropped.Load()},
		Missing:   m.missing.list(),
	}
	if began := m.began.Load(); s.Wall == 0 && began != 0 {
		s.Wall = m.core.Clock.Age() - time.Duration(began)
	}
	for _, h := range m.core.Harts {
		c := h.Counters()
		s.Harts = append(s.Harts, HartStats{c.Instructions, c.Traps, c.Wakeups, c.Native.Insns})
		s.Instructions += c.Instructions
		s.Traps += c.Traps
		s.Wakeups += c.Wakeups
		s.tlb.Add(h.MMU.Stats())
	}
	if m.heap != nil && m.heap.used.Load() {
		heap := m.heap.collector.Stats()
		s.heap = &heap
	}
	if m.profiler != nil {
		s.profile = &profileStats{m.profiler.tally.Samples()}
	}
	if m.core.Native != nil {
		s.jit = m.jitStats(s.Instructions)
	}
	s.hits = newHits(&s)
	return s
}
