package jitworker

import (
	"sync"
	"sync/atomic"
	"time"
)

// splitFloor is the size in guest instructions below which a unit is not split further
// for the budget's sake: that one takes long is the host's doing.
const splitFloor = 1000

// budget watches the time of compilations and bounds the units' size accordingly.
type budget struct {
	enabled  bool
	allowed  time.Duration
	largest  int // what limit may grow to
	patience int // compilations within the budget that double limit

	limit atomic.Int64  // guest instructions: written under mu, read by Compile and Stats
	over  atomic.Uint64 // compilations beyond the budget: written by workers, read by Stats

	mu     sync.Mutex
	within int // protected by mu: compilations within the budget since limit last changed
}

func (b *budget) init(cfg Config) {
	b.enabled, b.allowed = cfg.Threshold.BudgetEnabled, cfg.Threshold.Budget
	b.largest, b.patience = cfg.MaxInsns, cfg.Threshold.Window
	b.limit.Store(int64(b.largest))
}

// compiled records that insns guest instructions took so long.
func (b *budget) compiled(insns int, took time.Duration) {
	if !b.enabled {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.limit.Load()
	if took <= b.allowed {
		b.within++
		if b.within >= b.patience {
			b.within = 0
			b.limit.Store(min(2*limit, int64(b.largest)))
		}
		return
	}
	b.over.Add(1)
	b.within = 0
	if insns > splitFloor {
		fits := int64(float64(insns) * float64(b.allowed) / float64(took))
		b.limit.Store(min(limit, max(fits, splitFloor)))
	}
}
