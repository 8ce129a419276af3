package shardedtlb

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Shared is what all MMUs of a machine have in common. Its methods are safe for
// concurrent use.
type Shared struct {
	cfg     Config
	mem     *physmem.Memory
	table   *table // nil under MultiLevel
	classes classes

	active atomic.Int32 // written by the scheduler, read by every hart's MMU
}

// NewShared validates cfg and makes the machine's shared part.
func NewShared(cfg Config, mem *physmem.Memory) (*Shared, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Shared{cfg: cfg, mem: mem}
	if cfg.Strategy != MultiLevel {
		s.table = newTable(cfg.Shards, cfg.SetsPerShard)
	}
	return s, nil
}

// SetActive tells how many harts run at this moment, which is how many of the
// scheduler's workers have one to run; harts that wait for a worker do not count.
// The Hybrid strategy goes by it: of interest is whether harts share the table at
// the same time.
func (s *Shared) SetActive(n int) { s.active.Store(int32(n)) }

// Active returns what SetActive was told last.
func (s *Shared) Active() int { return int(s.active.Load()) }

// ShardStats are the counters of one shard of the shared second level.
type ShardStats struct {
	Hits, Misses uint64 // look-ups; harts deliver theirs in batches
	Inserts      uint64
	Lost         uint64 // inserts given up because another hart held the entry
}

// Shards returns the counters of every shard of the shared second level; none
// under MultiLevel.
func (s *Shared) Shards() []ShardStats {
	if s.table == nil {
		return nil
	}
	out := make([]ShardStats, len(s.table.shards))
	for i := range s.table.shards {
		c := &s.table.shards[i].counters
		out[i] = ShardStats{c.hits.Load(), c.misses.Load(), c.inserts.Load(), c.lost.Load()}
	}
	return out
}
