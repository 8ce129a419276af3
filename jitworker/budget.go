package jitworker

import (
	"sync/atomic"
	"time"
)

// budget counts the compilations that take longer than they may. What they do to the
// threshold is adaptive's.
type budget struct {
	enabled bool
	allowed time.Duration

	over atomic.Uint64 // compilations beyond the budget: written by workers, read by Stats
}

func (b *budget) init(cfg ThresholdConfig) { b.enabled, b.allowed = cfg.BudgetEnabled, cfg.Budget }

// compiled records that a compilation took so long.
func (b *budget) compiled(took time.Duration) {
	if b.enabled && took > b.allowed {
		b.over.Add(1)
	}
}
