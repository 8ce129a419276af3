package shardedtlb

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrConfig reports settings that no MMU can be built with.
var ErrConfig = errors.New("impossible MMU configuration")

// Config are the MMU settings of one machine.
type Config struct {
	// Strategy picks the second level: private, shared, or by measurement.
	Strategy Strategy
	// Shards of the shared second level, each with counters of its own: a power
	// of two from 1 to 1,024.
	Shards int
	// SetsPerShard is the number of two-entry sets a shard holds: a power of two
	// from 2 to 1 Mi.
	SetsPerShard int
	// PrivateSets is the number of two-entry sets in a private second level: a
	// power of two from 2 to 64 Ki.
	PrivateSets int
	// Prefetch turns translation prefetching on.
	Prefetch bool
	// PrefetchHistory is how many walked pages a hart remembers at most, and half of
	// that at least, to find a stride in: 3 to 4,096.
	PrefetchHistory int
	// PrefetchDistance is how many pages ahead of a found stream are translated:
	// 1 to 64.
	PrefetchDistance int
	// HybridWindow is the number of second-level look-ups after which the Hybrid
	// strategy judges its choice again: 64 to 16 Mi.
	HybridWindow int
	// FinePMP makes the PMP's granularity 4 bytes, in place of one page.
	FinePMP bool
}

// DefaultConfig returns the settings of a machine whose owner chose nothing:
// a shared table of 32,768 entries (1 MiB) and prefetching 4 pages ahead.
func DefaultConfig() Config {
	return Config{
		Strategy: Concurrent, Shards: 16, SetsPerShard: 1024, PrivateSets: 512,
		Prefetch: true, PrefetchHistory: 100, PrefetchDistance: 4,
		HybridWindow: 2048,
	}
}

// maxSharedSets bounds the shared table to 256 MiB.
const maxSharedSets = 1 << 22

// Validate reports the first setting that is out of its range, wrapped in
// ErrConfig.
func (c Config) Validate() error {
	switch {
	case c.Strategy > Hybrid:
		return fmt.Errorf("%w: strategy %d is none of MultiLevel, Concurrent, Hybrid", ErrConfig, c.Strategy)
	case !powerOfTwo(c.Shards, 1<<10):
		return fmt.Errorf("%w: %d shards (want a power of two from 1 to 1024)", ErrConfig, c.Shards)
	case c.SetsPerShard < 2 || !powerOfTwo(c.SetsPerShard, 1<<20):
		return fmt.Errorf("%w: %d sets per shard (want a power of two from 2 to 1048576)", ErrConfig, c.SetsPerShard)
	case c.Shards*c.SetsPerShard > maxSharedSets:
		return fmt.Errorf("%w: %d shards of %d sets exceed %d sets", ErrConfig, c.Shards, c.SetsPerShard, maxSharedSets)
	case c.PrivateSets < 2 || !powerOfTwo(c.PrivateSets, 1<<16):
		return fmt.Errorf("%w: %d private sets (want a power of two from 2 to 65536)", ErrConfig, c.PrivateSets)
	case c.HybridWindow < 64 || c.HybridWindow > 1<<24:
		return fmt.Errorf("%w: hybrid window of %d look-ups (want 64 to 16777216)", ErrConfig, c.HybridWindow)
	}
	if !c.Prefetch {
		return nil
	}
	if c.PrefetchHistory < 3 || c.PrefetchHistory > 4096 {
		return fmt.Errorf("%w: prefetch history of %d pages (want 3 to 4096)", ErrConfig, c.PrefetchHistory)
	}
	if c.PrefetchDistance < 1 || c.PrefetchDistance > 64 {
		return fmt.Errorf("%w: prefetch distance of %d pages (want 1 to 64)", ErrConfig, c.PrefetchDistance)
	}
	return nil
}

func powerOfTwo(n, limit int) bool {
	return n > 0 && n <= limit && bits.OnesCount(uint(n)) == 1
}
