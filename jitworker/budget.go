package jitworker

import (
	"sync/atomic"
	"time"
)

// budget counts the compilations that take longer than they may. What they do to the
// threshold is adaptive's.
type budget struct {
	allowed time.Duration // 0: any

	over atomic.Uint64 // compilations beyond the budget: written by workers, read by Stats
}

func (b *budget) init(cfg ThresholdConfig) { b.allowed = cfg.Budget }

// compiled records that a compilation took so long.
func (b *budget) compiled(took time.Duration) {
	if b.allowed > 0 && took > b.allowed {
		b.over.Add(1)
	}
}
