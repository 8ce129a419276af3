package gcpar

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Config says how a Collector works. Start from DefaultConfig; Settings has what each field may be, and its default.
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
	// Adaptive lets the quotas follow the room that cycles leave, between a quarter
	// and the fourfold of what is set.
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

// MaxWorkers and MaxShards bound what a configuration may ask for.
const (
	MaxWorkers = 1024
	MaxShards  = 1 << 16
)

// Settings describes the configuration.
func (c *Config) Settings() []setting.Setting {
	return []setting.Setting{
		setting.Int(&c.Workers, 0, "gc-workers", "`NUMBER` of workers that mark").Between(1, MaxWorkers).Zero("one for each host CPU").Of("workers"),
		setting.Int(&c.Shards, 8, "gc-shards", "`NUMBER` of buffers that write barriers log into").
			Between(1, MaxShards).Zero("one for each host CPU").Of("shards"),
		setting.Switch(&c.Concurrent, true, "gc-concurrent", "let harts run while objects are marked"),
		setting.Duration(&c.MarkQuota, time.Millisecond, "gc-mark-quota", "`TIME` that a marker works before it gives way to harts").Above(0),
		setting.Duration(&c.SweepQuota, 500*time.Microsecond, "gc-sweep-quota", "`TIME` that the sweeper works before it gives way to harts").Above(0),
		setting.Switch(&c.Adaptive, true, "gc-adaptive", "let the quotas follow the room that collections leave, from a quarter to the fourfold"),
		setting.Float(&c.Trigger, 0.8, "gc-trigger", "`OCCUPANCY` of the heap at which a collection begins").Above(0).AtMost(1),
		setting.Float(&c.Target, 0.7, "gc-target", "`OCCUPANCY` to which the trigger goes down when allocations had to wait").Above(0).AtMost(1),
		setting.Int(&c.Step, 100, "gc-step", "`NUMBER` of objects marked between two looks at the clock").AtLeast(1).Of("objects"),
		setting.Switch(&c.Verify, false, "gc-verify", "look after each marking, harts stopped, for reachable objects that are not marked"),
	}
}

// DefaultConfig returns the default settings.
func DefaultConfig() (c Config) {
	setting.Reset(c.Settings())
	return c
}

// ErrConfig reports a setting that no collector can have.
var ErrConfig = errors.New("impossible collector")

// Validate returns a *setting.Error for the first setting that is impossible, wrapped in
// ErrConfig.
func (c Config) Validate() error {
	err := setting.Check(c.Settings())
	if err == nil && c.Target > c.Trigger {
		err = setting.Wrong("gc-target", "%v is impossible; choose at most --gc-trigger, which is %v", c.Target, c.Trigger)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
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
