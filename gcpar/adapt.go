package gcpar

import "time"

// adapt fits the next cycle to how this one has gone; before and peak are the bytes in
// use when it began and when all was marked.
//
// Cycles begin at the occupancy Trigger. One during which a mutator ran out of memory
// has begun too late: the next begins earlier, but not before Target. If more than that
// lives anyway, a quarter of what is left is used up before the next cycle. In the same way
// the quotas grow when memory was short and shrink when there was plenty: the share of
// the CPUs that a cycle takes from mutators. The sweeper's is kept in proportion to the
// markers'.
func (c *Collector) adapt(h *heap, before, peak int64) {
	const step = 0.02
	live, size := h.used.Load(), float64(h.Size)
	c.live.Store(uint64(live))
	short := c.starving.Swap(false)
	if short {
		c.early = max(c.early-step, c.cfg.Target)
	} else {
		c.early = min(c.early+step/4, c.cfg.Trigger)
	}
	at := max(c.early*size, float64(live)+(size-float64(live))/4)
	c.trigger.Store(int64(at))
	if c.cfg.Adaptive {
		plenty := !short && size-float64(peak) > (size-float64(before))/2
		c.markQuota.Store(int64(fitQuota(c.quota(), c.cfg.MarkQuota, short, plenty)))
	}
}

// inProportion is to set what now is to before.
func inProportion(set, now, before time.Duration) time.Duration {
	if now == before {
		return set
	}
	return max(1, time.Duration(float64(set)*(float64(now)/float64(before))))
}

// fitQuota returns the quota after a cycle in which memory was short, or plenty.
func fitQuota(now, set time.Duration, short, plenty bool) time.Duration {
	switch {
	case short:
		now *= 2
	case plenty:
		now /= 2
	}
	return min(max(now, set/4), 4*set)
}
