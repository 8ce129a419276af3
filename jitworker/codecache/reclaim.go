package codecache

import (
	"sync"
	"sync/atomic"
)

// reclaimer turns retired code into free memory, a batch a quiescence round. One
// round is under way at a time, and serves everything that was retired before it
// began; what comes later waits for the next.
//
// A round costs every hart its table of native code, so none begins for less than least
// bytes, unless memory is short or a clean-up comes by.
type reclaimer struct {
	least    int64 // constant
	mu       sync.Mutex
	retired  []*Code // for the next round
	bytes    int64   // of these
	waiting  []*Code // served by the round under way
	underWay bool
	// passed is set by the done of the round under way, and read and cleared
	// under mu.
	passed atomic.Bool
}

// Retire says that x cannot be entered any more: it is not published and nothing
// links to it. Its memory is reused after a quiescence round that begins after
// this call. Retiring twice is the same as once.
func (c *Cache) Retire(x *Code) {
	for {
		s := x.state.Load()
		if s >= stateRetired {
			return
		}
		if x.state.CompareAndSwap(s, stateRetired) {
			if s == stateChosen {
				c.load.chosenBytes.Add(-int64(x.span()))
			}
			break
		}
	}
	c.remove(x)
	n := int64(x.span())
	c.load.waitingBytes.Add(n)
	c.load.bytes.Add(-n)
	c.load.codes.Add(-1)
	c.counters.retired.Add(1)

	r := &c.reclaim
	r.mu.Lock()
	r.retired = append(r.retired, x)
	r.bytes += n
	enough := r.bytes >= r.least
	r.mu.Unlock()
	if enough {
		c.nudge()
	}
}

// advance gives back what a finished round has served and begins a round if enough waits
// for one, or anything if that is short. It never waits. The caller holds no lock.
func (c *Cache) advance(short bool) {
	for {
		finished, begin := c.reclaim.step(short)
		for _, x := range finished {
			c.giveBack(x)
		}
		if begin {
			c.counters.rounds.Add(1)
			c.quiesce(c.doneOnce())
		} else if finished == nil {
			return
		}
	}
}

// step moves the reclaimer on. Exactly one caller gets each finished batch and
// each order to begin a round.
func (r *reclaimer) step(short bool) (finished []*Code, begin bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.underWay {
		if !r.passed.Load() {
			return nil, false
		}
		finished, r.waiting, r.underWay = r.waiting, nil, false
	}
	if len(r.retired) > 0 && (short || r.bytes >= r.least) {
		r.waiting, r.retired, r.bytes = r.retired, nil, 0
		r.underWay = true
		r.passed.Store(false)
		begin = true
	}
	return finished, begin
}

// doneOnce is the done of one round.
func (c *Cache) doneOnce() func() {
	var called atomic.Bool
	return func() {
		if called.Swap(true) {
			panic("BUG: codecache: a quiescence round was reported twice")
		}
		c.reclaim.passed.Store(true)
		c.nudge()
	}
}

// giveBack frees the memory of x, which no hart can be in.
func (c *Cache) giveBack(x *Code) {
	if s := x.endUse(); s != stateRetired {
		panic("BUG: codecache: code given back that was not retired")
	}
	if x.pinned.Load() {
		x.chunk().pins.Add(-1)
	}
	if x.span() <= chunkSize {
		x.slot().Store(nil)
	}
	c.fill(x.memory())
	n := int64(x.span())
	c.release(x)
	c.load.waitingBytes.Add(-n)
	c.counters.reused.Add(1)
}
