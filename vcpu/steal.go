package vcpu

import (
	"sync/atomic"
	"time"
)

// stealTime is the account of the time in which the hart could have run and no worker ran it,
// in the guest's memory (SBI specification, "Steal-time Accounting Extension"). Nothing is
// counted, and no clock is read, while the guest keeps none.
//
// All belongs to the hart's owner, but for on and since, which whoever makes the hart runnable
// reads and writes.
type stealTime struct {
	on    atomic.Bool
	since atomic.Uint64 // time at which the hart became runnable

	pa                        uint64
	version, nanos, preempted *atomic.Uint64 // words of the guest's structure
	updates                   uint32
	total                     uint64 // nanoseconds
}

// StealTimeSize is the bytes of the guest's structure, and its alignment.
const StealTimeSize = 64

const tickNanos = uint64(time.Second) / TimeFrequency

// KeepStealTime has the account kept at pa, StealTimeSize aligned bytes of RAM that are zero;
// the caller owns h.
func (h *Hart) KeepStealTime(pa uint64) {
	h.ForgetStealTime()
	s := &h.steal
	words := [...]**atomic.Uint64{&s.version, &s.nanos, &s.preempted}
	for i, w := range words {
		var ok bool
		if *w, ok = h.mem.Word64(pa + 8*uint64(i)); !ok {
			return
		}
	}
	s.pa, s.updates, s.total = pa, 0, 0
	s.on.Store(true)
}

// ForgetStealTime ends the account; the caller owns h.
func (h *Hart) ForgetStealTime() { h.steal.on.Store(false) }

// becomesRunnable notes that the hart waits for a worker from now on.
func (h *Hart) becomesRunnable() {
	if h.steal.on.Load() {
		h.steal.since.Store(h.env.Time())
	}
}

// stealEnds charges the time since the hart became runnable; the caller owns h.
func (h *Hart) stealEnds() {
	s := &h.steal
	if !s.on.Load() {
		return
	}
	// A guest may set the clock back.
	if now, since := h.env.Time(), s.since.Load(); now > since {
		s.total += (now - since) * tickNanos
	}
	// An odd version says that the time is being written. The upper half of its word is zero.
	s.updates++
	s.version.Store(uint64(s.updates))
	s.nanos.Store(s.total)
	s.updates++
	s.version.Store(uint64(s.updates))
	s.preempted.Store(0)
	h.mem.NoteWrite(s.pa, StealTimeSize)
}

// preempted tells the guest's other harts that this one has lost its worker; the caller owns h.
func (h *Hart) preempted() {
	if h.steal.on.Load() {
		h.steal.preempted.Store(1)
		h.mem.NoteWrite(h.steal.pa, StealTimeSize)
	}
}
