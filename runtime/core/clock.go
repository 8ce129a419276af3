package core

import (
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// Clock is the time that harts see: ticks of vcpu.TimeFrequency since the start, from
// the host's monotonic clock. Holding harts does not stop it.
type Clock struct {
	origin time.Time
	offset atomic.Int64 // ticks: written by Set, read by all
	manual func() int64 // ticks in place of the host's clock, or nil
}

// Tick is the time between two ticks.
const Tick = time.Second / vcpu.TimeFrequency

func (c *Clock) start(manual func() int64) { c.origin, c.manual = time.Now(), manual }

// Age is the host's time since the start.
func (c *Clock) Age() time.Duration { return time.Since(c.origin) }

// Now is the time in ticks.
func (c *Clock) Now() uint64 { return uint64(c.Ticks() + c.offset.Load()) }

// Set makes v the time from now on.
func (c *Clock) Set(v uint64) { c.offset.Store(int64(v) - c.Ticks()) }

// Ticks is the time that has passed since the start, whatever has been set.
func (c *Clock) Ticks() int64 {
	if c.manual != nil {
		return c.manual()
	}
	return int64(time.Since(c.origin) / Tick)
}

// environment is the Core as its harts see it (vcpu.Environment).
type environment Core

func (e *environment) Time() uint64                       { return e.Clock.Now() }
func (e *environment) Runnable(h *vcpu.Hart, urgent bool) { e.sched.runnable(h, urgent) }
func (e *environment) Urgent() bool                       { return e.sched.hurry.Load() }
func (e *environment) Contended() bool                    { return e.sched.contended() }
func (e *environment) Missing(ext string)                 { e.observer.Missing(ext) }
func (e *environment) Stuck(h *vcpu.Hart)                 { e.observer.Stuck(h) }
