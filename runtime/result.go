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

// Stats are the machine's counters.
type Stats struct {
	// Wall is the time since Run began.
	Wall time.Duration `json:"wall_ns"`
	// Harts has an entry a hart; Instructions, Traps and Wakeups are their sums.
	Harts        []HartStats `json:"harts"`
	Instructions uint64      `json:"instructions"`
	Traps        uint64      `json:"traps"`
	Wakeups      uint64      `json:"wakeups"`
	// TLB is the address translation's, of all harts together.
	TLB shardedtlb.Stats `json:"tlb"`
	// TLBShards has an entry a shard of the shared second level; empty without one.
	TLBShards []shardedtlb.ShardStats `json:"tlb_shards,omitempty"`
	// Blocks counts decoded blocks.
	Blocks BlockStats `json:"blocks"`
	// JIT is nil if everything is interpreted.
	JIT *JITStats `json:"jit,omitempty"`
	// Heap is the managed heap's collector; nil if the guest has not had one.
	Heap *gcpar.Stats `json:"managed_heap,omitempty"`
	// Missing are the extensions that the guest asked for in vain.
	Missing []Missing `json:"missing_extensions,omitempty"`
}

// HartStats are the counters of one hart.
type HartStats struct {
	Instructions uint64 `json:"instructions"`
	Traps        uint64 `json:"traps"`
	Wakeups      uint64 `json:"wakeups"`
	// Native are the Instructions that native code has executed.
	Native uint64 `json:"native_instructions"`
}

// BlockStats count decoded blocks.
type BlockStats struct {
	Built   uint64 `json:"built"`
	Dropped uint64 `json:"dropped"` // because their code was overwritten, or to make room
}

// Stats returns the counters as of now; those of running harts are a budget old
// at most.
func (m *Machine) Stats() Stats {
	s := Stats{
		Wall:      time.Duration(m.wall.Load()),
		TLBShards: m.tlb.Shards(),
		Blocks:    BlockStats{m.cache.Built.Load(), m.cache.Dropped.Load()},
		Missing:   m.missing.list(),
	}
	if began := m.began.Load(); s.Wall == 0 && began != 0 {
		s.Wall = m.clock.age() - time.Duration(began)
	}
	for _, h := range m.harts {
		c := h.Counters()
		s.Harts = append(s.Harts, HartStats{c.Instructions, c.Traps, c.Wakeups, c.Native.Insns})
		s.Instructions += c.Instructions
		s.Traps += c.Traps
		s.Wakeups += c.Wakeups
		s.TLB.Add(h.MMU.Stats())
	}
	if m.heap != nil && m.heap.used.Load() {
		heap := m.heap.collector.Stats()
		s.Heap = &heap
	}
	if m.jit != nil {
		s.JIT = m.jitStats(s.Instructions)
	}
	return s
}
