package codecache

import (
	"errors"
	"fmt"
	"time"
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
)

// Config says how large the cache may grow and what leaves it first.
type Config struct {
	Bytes   uint64        // host memory for code, bytes; rounded down to whole chunks of 64 KiB
	Entries int           // keys under which there is code that is not retired
	Policy  Policy        // order of eviction
	CleanUp time.Duration // between two clean-ups, which decay hotness and evict cold code
	Decay   float64       // what a clean-up multiplies hotness by, above 0 and at most 1
	WarmUp  int           // entries with code of the last WarmUp placements leave only when nothing else can
}

// DefaultConfig returns 10,000 entries in 128 MiB, LRU_LFU, a clean-up a minute.
func DefaultConfig() Config {
	return Config{
		Bytes:   128 << 20,
		Entries: 10_000,
		Policy:  LRU_LFU,
		CleanUp: 60 * time.Second,
		Decay:   0.95,
		WarmUp:  100,
	}
}

// Validate returns an error that wraps ErrConfig for the first setting that is
// out of range.
func (c Config) Validate() error {
	switch {
	case c.Bytes < MinBytes || c.Bytes > MaxBytes:
		return fmt.Errorf("%w: bytes is %d; choose %d to %d", ErrConfig, c.Bytes, MinBytes, MaxBytes)
	case c.Entries < MinEntries:
		return fmt.Errorf("%w: entries is %d; choose %d or more", ErrConfig, c.Entries, MinEntries)
	case int(c.Policy) >= len(policyNames):
		return fmt.Errorf("%w: policy is %d; choose LRU_LFU, LRU or LFU", ErrConfig, c.Policy)
	case c.CleanUp <= 0:
		return fmt.Errorf("%w: clean-up interval is %v; choose a positive time such as 60s", ErrConfig, c.CleanUp)
	case !(c.Decay > 0 && c.Decay <= 1):
		return fmt.Errorf("%w: decay is %v; choose more than 0 and at most 1", ErrConfig, c.Decay)
	case c.WarmUp < 0:
		return fmt.Errorf("%w: warm-up size is %d; choose 0 or more", ErrConfig, c.WarmUp)
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
