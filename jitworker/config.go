package jitworker

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// ErrConfig reports settings that no pipeline can be built with.
var ErrConfig = errors.New("impossible JIT configuration")

// Config are the settings of one machine's pipeline. Settings has what each may be, and its default.
type Config struct {
	// Workers that compile at once; 0 for half the CPUs, at least one.
	Workers int
	// QueueLength is the number of requests that may wait.
	QueueLength int
	// MaxInsns is the size in guest instructions beyond which a unit is refused.
	MaxInsns int
	// Threshold says when a unit is hot.
	Threshold ThresholdConfig
}

// ThresholdConfig are the settings of the adaptive threshold and the compile budget.
type ThresholdConfig struct {
	// Min and Max bound the threshold, in executions: Min <= Max. Equal bounds make it
	// constant.
	Min uint32
	Max uint32
	// Window is the number of samples of a kind that are averaged.
	Window int
	// CompileWeight and BenefitWeight say how much the cost of compiling and the gain
	// from native code count: not both zero.
	CompileWeight float64
	BenefitWeight float64
	// Budget is the time one compilation may take; one that takes longer is finished,
	// but counts as full pressure. 0: any time; the queue's backlog alone makes pressure.
	Budget time.Duration
}

const (
	maxWorkers   = 1 << 10
	maxQueue     = 1 << 20
	maxWindow    = 1 << 20
	maxThreshold = 1 << 30
	maxWeight    = 1e6
)

// Settings describes the configuration.
func (c *Config) Settings() []setting.Setting {
	t := &c.Threshold
	return []setting.Setting{
		setting.Int(&t.Min, 50, "jit-threshold-min", "smallest `NUMBER` of executions that makes a block hot").Between(1, maxThreshold).Of("executions"),
		setting.Int(&t.Max, 500, "jit-threshold-max", "largest `NUMBER` of executions that a block is interpreted").Between(1, maxThreshold).Of("executions"),
		setting.Int(&c.Workers, 0, "jit-workers", "`NUMBER` of workers that compile").Between(1, maxWorkers).Zero("one for every two host CPUs").Of("workers"),
		setting.Int(&t.Window, 1000, "jit-window", "`NUMBER` of samples that the threshold follows").Between(1, maxWindow).Of("samples"),
		setting.Float(&t.CompileWeight, 0.3, "jit-weight-compile", "`WEIGHT` of compile time for the threshold").Between(0, maxWeight),
		setting.Float(&t.BenefitWeight, 0.7, "jit-weight-benefit", "`WEIGHT` of the gain for the threshold").Between(0, maxWeight),
		setting.Duration(&t.Budget, 10*time.Millisecond, "jit-budget", "`TIME` that one compilation may take; a longer one raises the threshold").
			Above(0).Zero("any"),
		setting.Int(&c.QueueLength, 1024, "jit-queue", "`NUMBER` of blocks that may wait to be compiled").Between(1, maxQueue).Of("places"),
		setting.Int(&c.MaxInsns, 4096, "jit-max-insns", "`NUMBER` of guest instructions above which a unit is not compiled").AtLeast(1).Of("instructions"),
	}
}

// DefaultConfig returns the settings of a machine whose owner chose nothing.
func DefaultConfig() (c Config) {
	setting.Reset(c.Settings())
	return c
}

// Validate returns a *setting.Error for the first setting that is impossible, by itself
// or together with others, wrapped in ErrConfig.
func (c Config) Validate() error {
	err := setting.Check(c.Settings())
	switch t := c.Threshold; {
	case err != nil:
	case t.Min > t.Max:
		err = setting.Wrong("jit-threshold-min", "%d executions are impossible; choose at most --jit-threshold-max, which is %d", t.Min, t.Max)
	case t.CompileWeight+t.BenefitWeight == 0:
		err = setting.Wrong("jit-weight-benefit", "both weights are 0, so the threshold has nothing to follow; choose another one")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// WorkerCount is the number of workers to start.
func (c Config) WorkerCount() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return max(1, goruntime.GOMAXPROCS(0)/2)
}
