package jitworker

import (
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

const (
	// refreshTakes is after how many takes the waiting units' heat is read again, and the
	// oldest of them served. A long queue gets its turn later, after one take for each
	// refreshShare that wait, so that what it costs is spread over as many takes.
	refreshTakes = 16
	refreshShare = 2
	// maxBatch is how many requests a worker takes at once at most. It takes one in
	// batchShare of those that wait, so that neither the order nor another worker suffers.
	maxBatch   = 16
	batchShare = 16
	// hurryAt is from how many waiting requests on a worker that rests is woken for them, or
	// from half of a short queue. Waking one costs the hart, and the worker until it rests
	// again, as much as several small compilations.
	hurryAt = 16
)

// queue holds the requests that wait. Harts send into a channel, workers move what it
// holds into buckets and take the hottest; both together never hold more than places.
type queue struct {
	places   int64
	enough   int64         // requests that wait until a worker is woken for them
	incoming chan request  // has room for places requests
	nudge    chan struct{} // requests wait that a worker which rests is to take
	quit     chan struct{} // closed by the service's Close

	_        cpu.CacheLinePad
	reserved atomic.Int64 // places taken: added by harts, subtracted by workers, read by both and by Stats
	longest  atomic.Int64 // most places ever taken: written by harts, read by Stats
	resting  atomic.Int64 // workers that do not execute, before their first task too: written by workers, read by harts and Stats
	called   atomic.Bool  // a worker has been called: set by harts, cleared by a worker that comes, read by harts

	_ cpu.CacheLinePad

	mu      sync.Mutex
	buckets buckets // protected by mu
	takes   int     // protected by mu: since the last refresh
}

// batch is what a worker has taken and not yet served, in reverse.
type batch []request

func (h *batch) pop() request {
	end := len(*h) - 1
	r := (*h)[end]
	(*h)[end] = request{} // lets go of the unit
	*h = (*h)[:end]
	return r
}

func (q *queue) init(places int) {
	q.places = int64(places)
	q.enough = min(hurryAt, max(1, q.places/2))
	q.incoming = make(chan request, places)
	q.nudge = make(chan struct{}, 1)
	q.quit = make(chan struct{})
}

// reserve takes a place, if there is one. Every place goes to send or release.
func (q *queue) reserve() bool {
	n := q.reserved.Add(1)
	if n > q.places {
		q.reserved.Add(-1)
		return false
	}
	for {
		most := q.longest.Load()
		if n <= most || q.longest.CompareAndSwap(most, n) {
			return true
		}
	}
}

// backlog is the share of the places that are taken.
func (q *queue) backlog() float64 { return float64(q.reserved.Load()) / float64(q.places) }

func (q *queue) release() { q.reserved.Add(-1) }

// send puts r at its reserved place. It does not block: a place is given back only
// after its request has left the channel, so the channel has room.
func (q *queue) send(r request) {
	select {
	case q.incoming <- r:
	default:
		panic("BUG: the request channel is full although a place was reserved")
	}
}

// hurry has a worker that rests begin with what waits, if anything does.
func (q *queue) hurry() {
	if q.reserved.Load() == 0 {
		return
	}
	if !q.called.Load() {
		q.called.Store(true)
	}
	q.wake()
}

// wake has a worker that rests look for requests, or the next one that is going to.
func (q *queue) wake() {
	select {
	case q.nudge <- struct{}{}:
	default:
	}
}

// take fills a worker's empty batch and blocks until it is called. It returns false after
// quit.
func (q *queue) take(h *batch) bool {
	for {
		if q.ended() {
			return false
		}
		if q.fill(h) {
			return true
		}
		q.resting.Add(1)
		select {
		case <-q.nudge:
			q.called.Store(false)
		case <-q.quit:
		}
		q.resting.Add(-1)
	}
}

// ended reports whether quit is closed.
func (q *queue) ended() bool {
	select {
	case <-q.quit:
		return true
	default:
		return false
	}
}

// fill takes some requests from the buckets, after moving what has come into it, and wakes
// another worker if it leaves something.
func (q *queue) fill(h *batch) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.collect()
	if q.buckets.n == 0 {
		return false
	}
	n := min(max(1, q.buckets.n/batchShare), maxBatch)
	*h = slices.Grow((*h)[:0], n)[:n]
	for i := range *h {
		(*h)[n-1-i] = q.pick()
	}
	q.reserved.Add(int64(-n))
	if q.buckets.n > 0 {
		q.wake()
	}
	return true
}

// collect moves what the channel holds into the buckets. The caller holds mu.
func (q *queue) collect() {
	for {
		select {
		case r := <-q.incoming:
			q.buckets.push(r)
		default:
			return
		}
	}
}

// pick removes the hottest request, or on a refresh the oldest. The caller holds mu.
func (q *queue) pick() request {
	q.takes++
	if q.takes < max(refreshTakes, q.buckets.n/refreshShare) {
		return q.buckets.hottest()
	}
	q.takes = 0
	return q.buckets.refresh()
}

// discard empties the queue and tells f of every request in it.
func (q *queue) discard(f func(request)) {
	q.mu.Lock()
	q.collect()
	dropped := q.buckets.all()
	q.buckets = buckets{}
	q.mu.Unlock()
	for _, r := range dropped {
		q.release()
		f(r)
	}
}
