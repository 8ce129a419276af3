package core

import "time"

const (
	// pollMin and pollMax bound how long a worker without a runnable hart looks for one
	// before it signs off. Waking a worker on another processor takes some 50 µs.
	pollMin = 10 * time.Microsecond
	pollMax = 100 * time.Microsecond
)

// idlePolling finds how long it is worth while for a worker to wait for work, as
// KVM's halt polling does: a wait that was too short by little grows, one in vain
// shrinks, so that an idle machine costs nothing.
type idlePolling struct {
	window time.Duration // 0: do not poll
	since  time.Time     // when a worker has stopped looking last
}

// hired notes that a worker has to be woken, at now.
func (p *idlePolling) hired(now time.Time) {
	if now.Sub(p.since) < pollMax {
		p.window = min(max(2*p.window, pollMin), pollMax)
	}
}

// ended notes that a worker has stopped looking at now, and whether it found a hart.
func (p *idlePolling) ended(now time.Time, found bool) {
	if found {
		return
	}
	p.window /= 2
	if p.window < pollMin {
		p.window = 0
	}
	p.since = now
}
