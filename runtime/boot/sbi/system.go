package sbi

// suspendToRAM is the one sleep type there is; reserved ones and those of other platforms are
// unknown.
const suspendToRAM = 0

// systemSuspend lets the machine sleep until an interrupt that the caller has enabled, when
// every other hart has stopped: chapter "System Suspend Extension".
func (c call) systemSuspend(sleep uint32, resume, opaque uint64) Result {
	if sleep != suspendToRAM {
		return c.done(InvalidParam, 0)
	}
	for i := range c.p.Harts() {
		if i != c.h.ID() && c.p.Status(i) != Stopped {
			return c.done(Denied, 0)
		}
	}
	return c.suspend(suspendNonRetentive, resume, opaque)
}

// stealTime sets where the hart's account of stolen time is kept: chapter "Steal-time
// Accounting Extension". All ones ends it.
func (c call) stealTime(lo, hi, flags uint64) Result {
	const size = 64
	switch {
	case flags != 0:
		return c.done(InvalidParam, 0)
	case lo == ^uint64(0) && hi == lo:
		c.h.ForgetStealTime()
		return c.done(Success, 0)
	case lo%size != 0:
		return c.done(InvalidParam, 0)
	case hi != 0 || c.p.WriteGuest(lo, make([]byte, size)) != nil:
		return c.done(InvalidAddress, 0)
	}
	c.h.KeepStealTime(lo)
	return c.done(Success, 0)
}
