package vcpu

import (
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Actor states; package documentation.
const (
	stateIdle int32 = iota
	stateQueued
	stateRunning
	stateWoken // running, and woken since it looked last at what may be asked of it
)

type startRequest struct {
	pc     uint64
	priv   shardedtlb.Priv
	a0, a1 uint64
}

// off stands in Hart.start while the hart is stopped and nobody has asked it to start.
var off startRequest

// Wake makes an idle hart runnable and kicks a running one: something has
// changed that it should look at.
func (h *Hart) Wake() { h.wake(false) }

func (h *Hart) wake(urgent bool) {
	for {
		switch h.state.Load() {
		case stateIdle:
			if h.state.CompareAndSwap(stateIdle, stateQueued) {
				h.wakeups.Add(1)
				h.becomesRunnable()
				h.env.Runnable(h, urgent)
				return
			}
		case stateRunning:
			if h.state.CompareAndSwap(stateRunning, stateWoken) {
				h.S.Kick()
				return
			}
		default: // will look before it runs or sleeps
			h.S.Kick()
			return
		}
	}
}

// SetLine raises or lowers interrupt-pending bits that a device controls.
func (h *Hart) SetLine(bits uint64, level bool) {
	if !level {
		h.lines.And(^bits)
		return
	}
	if h.lines.Or(bits)&bits != bits {
		h.Wake()
	}
}

// ClearLine lowers interrupt-pending bits and reports whether any was set.
func (h *Hart) ClearLine(bits uint64) bool { return h.lines.And(^bits)&bits != 0 }

// SetTimerCompare writes the CLINT's mtimecmp.
func (h *Hart) SetTimerCompare(v uint64) {
	h.mtimecmp.Store(v)
	h.Wake()
}

// TimerCompare reads the CLINT's mtimecmp.
func (h *Hart) TimerCompare() uint64 { return h.mtimecmp.Load() }

// SetTimer sets stimecmp; the caller owns h (SBI set_timer).
func (h *Hart) SetTimer(v uint64) {
	h.csrs.stimecmp = v
	h.timerSet()
}

// timerSet makes a new stimecmp effective.
func (h *Hart) timerSet() { h.timers = ipSTIP } // it may have been reached already: look

// Stopped reports whether the hart waits for Start.
func (h *Hart) Stopped() bool { return h.start.Load() == &off }

// Start lets a stopped hart begin at pc; false if it is not stopped.
func (h *Hart) Start(pc uint64, priv shardedtlb.Priv, a0, a1 uint64) bool {
	if !h.start.CompareAndSwap(&off, &startRequest{pc, priv, a0, a1}) {
		return false
	}
	h.Wake()
	return true
}

// Launch makes a hart that has been Reset runnable.
func (h *Hart) Launch() {
	h.start.Store(nil)
	h.Wake()
}

// Status is what a hart is doing, as seen from outside.
type Status uint8

// The statuses.
const (
	StatusStarted Status = iota
	StatusStopped
	StatusStarting
	StatusSuspended
)

// Status returns what the hart is doing.
func (h *Hart) Status() Status {
	switch r := h.start.Load(); {
	case r == &off:
		return StatusStopped
	case r != nil:
		return StatusStarting
	case h.suspended.Load():
		return StatusSuspended
	}
	return StatusStarted
}

// Suspend makes the hart wait as WFI does; the caller owns h.
func (h *Hart) Suspend() {
	h.waiting = true
	h.suspended.Store(true)
}

// SuspendTo is Suspend that begins anew at pc in S-mode, with a0 the hart's number
// and a1 opaque, when an interrupt ends it; the caller owns h.
func (h *Hart) SuspendTo(pc, opaque uint64) {
	h.resume = &startRequest{pc, shardedtlb.S, uint64(h.ID), opaque}
	h.Suspend()
}

// Unqueue takes a queued hart that the scheduler has dropped back to idle.
func (h *Hart) Unqueue() { h.state.CompareAndSwap(stateQueued, stateIdle) }

// Block makes the hart leave its worker until Unblock; the caller owns h.
func (h *Hart) Block() { h.blocked.Store(true) }

// Unblock ends a blocking call. The hart gave up its worker in the middle of its share,
// so that it is urgent.
func (h *Hart) Unblock() {
	h.blocked.Store(false)
	h.wake(true)
}

// Interrupt makes the hart leave its worker at the next poll, once; it stays runnable.
func (h *Hart) Interrupt() {
	h.interrupt.Store(true)
	h.S.Kick()
}

// Outcome says why a slice has ended.
type Outcome uint8

const (
	// Again: the hart is still runnable and has had its share.
	Again Outcome = iota
	// Idle: the hart waits; Wake will hand it to the scheduler again.
	Idle
)

// Slice runs the hart on the calling worker for about polls budgets, or until it
// has to wait. The hart must be in state queued; after Again it is queued again,
// and the caller keeps it.
func (h *Hart) Slice(polls int) Outcome {
	h.state.Store(stateRunning)
	// A wake-up since the hart has looked at what it waits for makes the swap fail:
	// it looks again, in a slice that may end at once.
	if h.turn(polls) && h.state.CompareAndSwap(stateRunning, stateIdle) {
		h.deliver()
		return Idle
	}
	h.becomesRunnable()
	h.state.Store(stateQueued)
	h.deliver()
	return Again
}

// turn is the part of a slice that needs the ownership; true if the hart has to wait.
func (h *Hart) turn(polls int) (wait bool) {
	h.own.Lock()
	defer h.own.Unlock() // after a panic too, so that the machine can be closed
	if h.timer != nil {
		h.timer.Stop()
	}
	h.stealEnds()
	h.work.begin()
	defer h.work.end()
	if wait = h.execute(polls); wait {
		h.Core.Hurry()
		h.armTimer()
	} else {
		h.preempted()
	}
	return wait
}

// never is a comparator value that the clock does not reach.
const never = ^uint64(0)

// deadline returns the earliest comparator whose interrupt can end what the hart waits
// for. The caller owns h.
func (h *Hart) deadline() uint64 {
	enabled := h.csrs.mie
	if h.stalled.Load() {
		m, s := h.takeable(enabled)
		enabled = m | s
	}
	d := uint64(never)
	if enabled&ipMTIP != 0 {
		d = h.mtimecmp.Load()
	}
	if enabled&ipSTIP != 0 && h.csrs.menvcfg&envSTCE != 0 {
		d = min(d, h.csrs.stimecmp)
	}
	return d
}

// armTimer leaves a host timer behind for the earliest enabled comparator, if an
// interrupt would end what the hart waits for.
func (h *Hart) armTimer() {
	d := h.deadline()
	if d == never || !h.waiting && !h.stalled.Load() || h.blocked.Load() || h.start.Load() != nil {
		return
	}
	now := h.env.Time()
	wait := time.Duration(0)
	if d > now {
		// A comparator may lie centuries ahead; one hour and another look will do.
		wait = time.Duration(min(d-now, 3600*TimeFrequency)) * (time.Second / TimeFrequency)
	}
	if h.timer == nil {
		h.timer = time.AfterFunc(wait, h.Wake)
	} else {
		h.timer.Reset(wait)
	}
}

// Close takes the hart's timer back; the hart must be held.
func (h *Hart) Close() {
	h.own.Lock()
	defer h.own.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
}
