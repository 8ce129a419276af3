package gcpar

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"time"
)

// Config says how a Collector works. Start from DefaultConfig.
type Config struct {
	// Workers is the number of markers. 0: one for each CPU.
	Workers int
	// Concurrent lets harts run while objects are marked. Without it every cycle stops
	// them all, for comparison.
	Concurrent bool
	// Shards is the number of buffers for what barriers log. 0: one for each CPU.
	Shards int
	// MarkQuota and SweepQuota are how long a marker and the sweeper work before they
	// give way to harts.
	MarkQuota, SweepQuota time.Duration
	// Adaptive lets the mark quota follow the room that cycles leave, between a quarter
	// and the fourfold of MarkQuota.
	Adaptive bool
	// Trigger is the occupancy, from 0 to 1, at which a cycle begins by itself at the
	// latest. If harts have had to wait for memory, cycles begin earlier, but not before
	// occupancy has reached Target.
	Trigger, Target float64
	// Step is the number of objects that are marked between two looks at the clock.
	Step int
	// Verify stops the mutators after each marking and looks whether all that can be
	// reached is marked. It finds errors of the collector and guests that store
	// references without the barrier.
	Verify bool

	// test is told where the collector is, for tests that delay it.
	test func(point string)
	// exact says that all words of mutators are references or lead to no object, for tests.
	exact bool
}

// DefaultConfig returns the default settings.
func DefaultConfig() Config {
	return Config{
		Concurrent: true,
		Shards:     8,
		MarkQuota:  time.Millisecond,
		SweepQuota: 500 * time.Microsecond,
		Adaptive:   true,
		Trigger:    0.8,
		Target:     0.7,
		Step:       100,
	}
}

// MaxWorkers and MaxShards bound what a configuration may ask for.
const (
	MaxWorkers = 1024
	MaxShards  = 1 << 16
)

// ErrConfig reports a setting that no collector can have.
var ErrConfig = errors.New("impossible collector")

func (c *Config) check() error {
	switch {
	case c.Workers < 0 || c.Workers > MaxWorkers:
		return fmt.Errorf("%w: %d workers (want 0 to %d)", ErrConfig, c.Workers, MaxWorkers)
	case c.Shards < 0 || c.Shards > MaxShards:
		return fmt.Errorf("%w: %d barrier shards (want 0 to %d)", ErrConfig, c.Shards, MaxShards)
	case c.MarkQuota <= 0 || c.SweepQuota <= 0:
		return fmt.Errorf("%w: quotas of %v and %v (want more than 0)", ErrConfig, c.MarkQuota, c.SweepQuota)
	case !(c.Target > 0 && c.Target <= c.Trigger && c.Trigger <= 1):
		return fmt.Errorf("%w: trigger %v, target %v (want 0 < target ≤ trigger ≤ 1)", ErrConfig, c.Trigger, c.Target)
	case c.Step < 1:
		return fmt.Errorf("%w: a step of %d objects (want 1 or more)", ErrConfig, c.Step)
	}
	return nil
}

// complete replaces what depends on the host.
func (c *Config) complete() {
	if c.Workers == 0 {
		c.Workers = goruntime.GOMAXPROCS(0)
	}
	if c.Shards == 0 {
		c.Shards = goruntime.GOMAXPROCS(0)
	}
}
