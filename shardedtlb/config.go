package shardedtlb

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// ErrConfig reports settings that no MMU can be built with.
var ErrConfig = errors.New("impossible MMU configuration")

// Config are the MMU settings of one machine. Settings has what each may be, and its default.
type Config struct {
	// Strategy picks the second level: private, shared, or by measurement.
	Strategy Strategy
	// Prefetch turns translation prefetching on.
	Prefetch bool
	// PrefetchHistory is how many walked pages a hart remembers at most, and half of
	// that at least, to find a stride in.
	PrefetchHistory int
	// PrefetchDistance is how many pages ahead of a found stream are translated.
	PrefetchDistance int
	// Shards of the shared second level, each with counters of its own.
	Shards int
	// SetsPerShard is the number of two-entry sets a shard holds.
	SetsPerShard int
	// PrivateSets is the number of two-entry sets in a private second level.
	PrivateSets int
	// HybridWindow is the number of second-level look-ups after which the Hybrid
	// strategy judges its choice again.
	HybridWindow int
	// PMPGranularity is the bytes of the smallest region that PMP tells apart: CoarsePMP or
	// FinePMP. Pages that entries split are slow.
	PMPGranularity int
}

// The granularities of physical memory protection, in bytes.
const (
	FinePMP   = 4
	CoarsePMP = 4096
)

// maxSharedSets bounds the shared table to 256 MiB.
const maxSharedSets = 1 << 22

// Settings describes the configuration.
func (c *Config) Settings() []setting.Setting {
	return []setting.Setting{
		setting.OneOf(&c.Strategy, Concurrent, "mmu-strategy", "`STRATEGY` of the translation cache", MultiLevel, Concurrent, Hybrid),
		setting.Switch(&c.Prefetch, true, "prefetch", "fetch translations that are likely to follow with a walk"),
		setting.Int(&c.PrefetchHistory, 100, "prefetch-history", "`NUMBER` of walked pages in which a step is looked for").
			Between(3, 4096).Of("pages").If(&c.Prefetch, "prefetch"),
		setting.Int(&c.PrefetchDistance, 4, "prefetch-distance", "`NUMBER` of pages fetched ahead").
			Between(1, 64).Of("pages ahead").If(&c.Prefetch, "prefetch"),
		setting.Int(&c.Shards, 16, "tlb-shards", "`NUMBER` of shards of the shared second level").Between(1, 1<<10).PowerOfTwo().Of("shards"),
		setting.Int(&c.SetsPerShard, 1024, "tlb-sets", "`NUMBER` of sets of two entries in each shard").
			Between(2, 1<<20).PowerOfTwo().Of("sets"),
		setting.Int(&c.PrivateSets, 512, "tlb-private-sets", "`NUMBER` of sets of two entries in a hart's private second level").
			Between(2, 1<<16).PowerOfTwo().Of("sets"),
		setting.Int(&c.HybridWindow, 2048, "hybrid-window", "`NUMBER` of look-ups after which the strategy hybrid judges its choice").
			Between(64, 1<<24).Of("look-ups"),
		setting.OneOf(&c.PMPGranularity, CoarsePMP, "pmp-granularity", "`BYTES` of the smallest region of physical memory protection", CoarsePMP, FinePMP),
	}
}

// Bytes is the host memory that the second levels of so many harts take at most.
func (c *Config) Bytes(harts int) uint64 {
	sets := 0
	if c.Strategy != MultiLevel {
		sets += c.Shards * c.SetsPerShard
	}
	if c.Strategy != Concurrent {
		sets += harts * c.PrivateSets
	}
	return uint64(sets) * setBytes
}

// DefaultConfig returns the settings of a machine whose owner chose nothing.
func DefaultConfig() (c Config) {
	setting.Reset(c.Settings())
	return c
}

// Validate returns a *setting.Error for the first setting that is impossible, wrapped in
// ErrConfig.
func (c Config) Validate() error {
	err := setting.Check(c.Settings())
	if err == nil && c.Shards*c.SetsPerShard > maxSharedSets {
		err = setting.Wrong("tlb-sets", "%d sets in each of %d shards are impossible; choose at most %d in all", c.SetsPerShard, c.Shards, maxSharedSets)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}
