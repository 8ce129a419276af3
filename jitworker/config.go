package jitworker

import (
	"errors"
	"fmt"
	"math"
	goruntime "runtime"
	"time"
)

// ErrConfig reports settings that no pipeline can be built with.
var ErrConfig = errors.New("impossible JIT configuration")

// Config are the settings of one machine's pipeline.
type Config struct {
	// Workers that compile at once, up to 1,024; 0 for half the CPUs, at least one.
	Workers int `json:"workers"`
	// QueueLength is the number of requests that may wait: 1 to 1 Mi.
	QueueLength int `json:"queue_length"`
	// MaxInsns is the size in guest instructions beyond which a unit is refused: at
	// least 1.
	MaxInsns int `json:"max_insns"`
	// Threshold says when a unit is hot.
	Threshold ThresholdConfig `json:"threshold"`
}

// ThresholdConfig are the settings of the adaptive threshold and the compile budget.
type ThresholdConfig struct {
	// Min and Max bound the threshold, in executions: 1 <= Min <= Max. Equal bounds
	// make it constant.
	Min uint32 `json:"min"`
	Max uint32 `json:"max"`
	// Window is the number of samples of a kind that are averaged: 1 to 1 Mi.
	Window int `json:"window"`
	// CompileWeight and BenefitWeight say how much the cost of compiling and the gain
	// from native code count: not negative, not both zero.
	CompileWeight float64 `json:"compile_weight"`
	BenefitWeight float64 `json:"benefit_weight"`
	// Budget is the time one compilation may take; one that takes longer is finished,
	// but counts as full pressure.
	Budget time.Duration `json:"budget_ns"`
	// BudgetEnabled says whether Budget counts. If not, the queue's backlog alone
	// makes pressure.
	BudgetEnabled bool `json:"budget_enabled"`
}

const (
	maxWorkers = 1 << 10
	maxQueue   = 1 << 20
	maxWindow  = 1 << 20
)

// DefaultConfig returns the settings of a machine whose owner chose nothing.
func DefaultConfig() Config {
	return Config{
		QueueLength: 1024,
		MaxInsns:    4096,
		Threshold: ThresholdConfig{
			Min: 50, Max: 500, Window: 1000,
			CompileWeight: 0.3, BenefitWeight: 0.7,
			Budget: 10 * time.Millisecond, BudgetEnabled: true,
		},
	}
}

// Validate reports the first setting that is out of its range, wrapped in ErrConfig.
func (c Config) Validate() error {
	switch {
	case c.Workers < 0 || c.Workers > maxWorkers:
		return fmt.Errorf("%w: %d workers (want 1 to %d, or 0 for half the CPUs)", ErrConfig, c.Workers, maxWorkers)
	case c.QueueLength < 1 || c.QueueLength > maxQueue:
		return fmt.Errorf("%w: a queue of %d requests (want 1 to %d)", ErrConfig, c.QueueLength, maxQueue)
	case c.MaxInsns < 1:
		return fmt.Errorf("%w: units of at most %d instructions (want 1 or more)", ErrConfig, c.MaxInsns)
	}
	return c.Threshold.validate()
}

func (c ThresholdConfig) validate() error {
	switch {
	case c.Min < 1 || c.Max < c.Min:
		return fmt.Errorf("%w: threshold from %d to %d executions (want 1 <= minimum <= maximum)", ErrConfig, c.Min, c.Max)
	case c.Window < 1 || c.Window > maxWindow:
		return fmt.Errorf("%w: a window of %d samples (want 1 to %d)", ErrConfig, c.Window, maxWindow)
	case !weight(c.CompileWeight) || !weight(c.BenefitWeight) || c.CompileWeight+c.BenefitWeight == 0:
		return fmt.Errorf("%w: weights %v and %v (want 0 to %v, not both 0)", ErrConfig, c.CompileWeight, c.BenefitWeight, maxWeight)
	case c.BudgetEnabled && c.Budget <= 0:
		return fmt.Errorf("%w: a compile budget of %v (want more than 0)", ErrConfig, c.Budget)
	}
	return nil
}

const maxWeight = 1e6

func weight(w float64) bool { return !math.IsNaN(w) && w >= 0 && w <= maxWeight }

// workers is the number of workers to start.
func (c Config) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return max(1, goruntime.GOMAXPROCS(0)/2)
}
