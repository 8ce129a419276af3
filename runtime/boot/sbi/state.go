package sbi

import "sync/atomic"

// hartState is what the firmware knows of one hart: set by the hart's calls, and, where it
// says so, counted by others'.
type hartState struct {
	// received are the remote requests of others to this hart. Shared: added to by any hart's
	// calls, read by this one's.
	received [firmwareEvents]atomic.Uint64
	// own is made by the hart's first call that needs it, and forgotten when the hart stops.
	own *ownState
}

// ownState belongs to the calls of one hart.
type ownState struct {
	sent     [firmwareEvents]uint64 // what the hart has asked for
	counters [pmuCounters]pmuCounter
	triggers triggerState
	locked   uint64 // features of FWFT that keep their value, a bit each
}

// state returns the state of the calling hart.
func (c call) state() *ownState {
	h := &c.harts[c.h.ID()]
	if h.own == nil {
		h.own = newOwnState()
	}
	return h.own
}

// stopped forgets what a hart that has stopped had set.
func (c call) stopped() { c.harts[c.h.ID()].own = nil }

// sent counts a request of the calling hart to another one, or to itself, which is none: the
// event at both ends.
func (c call) sent(sent, received, to int) {
	if to != c.h.ID() {
		c.state().sent[sent]++
		c.harts[to].received[received].Add(1)
	}
}
