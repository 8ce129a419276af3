package codecache

import (
	"errors"
	"fmt"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Errors of this package. Those of Validate come wrapped, with the setting, its
// value and what to change.
var (
	// ErrConfig: a setting is outside its range.
	ErrConfig = errors.New("codecache: bad configuration")
	// ErrFull: there is no room now. Some may come when retired code has passed
	// its quiescent point.
	ErrFull = errors.New("codecache: full until retired code has passed a quiescent point")
	// ErrTooLarge: the code would not fit an empty cache, or is empty itself.
	ErrTooLarge = errors.New("codecache: code size out of range")
	// ErrClosed: the cache has been closed.
	ErrClosed = errors.New("codecache: closed")
	// ErrUnsupported: this host has no memory that can be mapped twice.
	ErrUnsupported = errors.New("codecache: host system not supported")
)

// Bounds of the settings.
const (
	MinBytes   = 4 * chunkSize
	MaxBytes   = 1 << 30 // any two codes reach each other by a signed 32-bit distance
	MinEntries = 16
	maxEntries = 1 << 30
)

// Config says how large the cache may grow and what leaves it first. Settings has what each field may be, and its
// default.
type Config struct {
	Bytes   setting.Size  // host memory for code, bytes; rounded down to whole chunks of 64 KiB
	Entries int           // keys under which there is code that is not retired
	Policy  Policy        // order of eviction
	CleanUp time.Duration // between two clean-ups, which decay hotness and evict cold code
	Decay   float64       // what a clean-up multiplies hotness by, above 0 and at most 1
	WarmUp  int           // entries with code of the last WarmUp placements leave only when nothing else can
}

// Settings describes the configuration.
func (c *Config) Settings() []setting.Setting {
	return []setting.Setting{
		setting.Int(&c.Entries, 10_000, "code-cache-entries", "`NUMBER` of guest pages whose native code is kept").
			Between(MinEntries, maxEntries).Of("pages"),
		setting.Suggest(setting.Bytes(&c.Bytes, 128<<20, "code-cache-bytes", "`SIZE` of the memory for native code").
			Between(MinBytes, MaxBytes), "16M", "128M", "512M"),
		setting.OneOf(&c.Policy, LRU_LFU, "code-cache-policy", "`POLICY` of eviction", LRU_LFU, LRU, LFU),
		setting.Duration(&c.CleanUp, time.Minute, "code-cache-cleanup", "`TIME` between clean-ups, which evict what has become cold").Above(0),
		setting.Float(&c.Decay, 0.95, "code-cache-decay", "`FACTOR` by which a clean-up lets hotness decay").Above(0).AtMost(1),
		setting.Int(&c.WarmUp, 100, "code-cache-warmup", "`NUMBER` of latest compilations whose pages are spared as long as possible").
			AtLeast(0).Of("compilations"),
	}
}

// DefaultConfig returns the default settings.
func DefaultConfig() (c Config) {
	setting.Reset(c.Settings())
	return c
}

// Validate returns a *setting.Error for the first setting that is impossible, wrapped in
// ErrConfig.
func (c Config) Validate() error {
	if err := setting.Check(c.Settings()); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// marks are the fill levels that start and end eviction, for entries and bytes
// alike. Above high the janitor evicts down to low, ahead of the limit, so that
// workers seldom have to; a clean-up evicts cold code down to rest.
type marks struct {
	rest, low, high, limit int64
}

func marksOf(limit int64) marks {
	return marks{
		rest:  limit - limit/4,
		low:   limit - limit/8,
		high:  limit - limit/16,
		limit: limit,
	}
}
