package jitworker

import (
	"errors"
	"math/rand/v2"
	goruntime "runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

// exclusive is a Compile that checks the pipeline's promises from inside: a unit is
// compiled once at a time, and a worker's number is used once at a time.
type exclusive struct {
	running, workers []atomic.Int32
	broken           atomic.Int32
}

var errUnlucky = errors.New("unlucky")

func (e *exclusive) compile(worker int, u Unit) (Outcome, error) {
	for _, inUse := range []*atomic.Int32{&e.running[u.Key()], &e.workers[worker]} {
		if inUse.Add(1) != 1 {
			e.broken.Add(1)
		}
		defer inUse.Add(-1)
	}
	if u.Key()%4 == 0 {
		goruntime.Gosched()
	}
	switch u.Key() % 16 {
	case 3:
		return Outcome{}, errUnlucky
	case 5:
		panic("unlucky")
	}
	return Outcome{Bytes: 100}, nil
}

// hammer is one round: what harts did with a service, and when they are to end.
type hammer struct {
	*exclusive
	s                  *Service
	units              []*block
	requests, accepted atomic.Uint64
	done               atomic.Bool
}

// reached reports whether everything that the hammer is for has happened.
func (h *hammer) reached() bool {
	st := h.s.Stats()
	return st.Compiled >= 200 && st.Failures > 0 && st.Panics > 0 && st.Refused > 0 && st.Duplicates > 0 && st.Drops > 0
}

func (h *hammer) request(rng *rand.Rand) {
	b := h.units[rng.IntN(len(h.units))]
	b.heat.Add(uint64(rng.IntN(100)))
	h.requests.Add(1)
	if h.s.Request(b) {
		h.accepted.Add(1)
	}
	h.s.Benefit(1+rng.Float64(), rng.Float64(), rng.Float64())
	if th := h.s.Threshold(); th < 50 || th > 500 {
		h.broken.Add(1)
	}
}

// hart asks until the round is done. The first one ends it, with Close if it is to.
func (h *hammer) hart(rng *rand.Rand, first, closes bool) {
	for i := 0; !h.done.Load(); i++ {
		h.request(rng)
		if h.s.ShouldYield() || i%4 == 0 { // a hart also has something else to do
			goruntime.Gosched()
		}
		if first && i%64 == 0 && h.reached() {
			if closes {
				h.s.Close()
			}
			h.done.Store(true)
		}
	}
	for range 50 {
		h.request(rng)
	}
}

// TestHammer lets many harts ask for few units over a short queue while others read the
// figures and report benefit, and closes the service in the midst of it in every other
// round.
func TestHammer(t *testing.T) {
	const harts, units, workers = 16, 200, 3
	for round := range 6 {
		h := &hammer{exclusive: &exclusive{running: make([]atomic.Int32, units), workers: make([]atomic.Int32, workers)}}
		h.s = newService(t, testConfig(workers, 8), h.compile)
		for key := range units {
			h.units = append(h.units, newBlock(uint64(key), 1+key*5, 0))
		}
		closes := round%2 == 1
		var group errgroup.Group
		for hart := range harts {
			group.Go(func() error {
				h.hart(rand.New(rand.NewPCG(uint64(round), uint64(hart))), hart == 0, closes)
				return nil
			})
		}
		_ = group.Wait()
		h.s.Hurry()
		until(atRest(h.s))
		h.s.Close()
		h.check(t, closes)
	}
}

func (h *hammer) check(t *testing.T, closed bool) {
	t.Helper()
	st, requests, accepted := h.s.Stats(), h.requests.Load(), h.accepted.Load()
	if h.broken.Load() != 0 {
		t.Errorf("%d promises broken", h.broken.Load())
	}
	if st.Requests > requests || !closed && st.Requests != requests {
		t.Errorf("%d requests counted of %d", st.Requests, requests)
	}
	// A request that Close overtakes is accepted and then answered with false.
	if st.Accepted < accepted || !closed && st.Accepted != accepted {
		t.Errorf("%d requests counted as accepted, harts saw %d", st.Accepted, accepted)
	}
	if st.QueueLength != 0 || st.QueueMax > 8 || st.Busy != 0 || st.Wait.Count != st.Compiled+st.Failures {
		t.Errorf("stats at the end %+v", st)
	}
	if busy, _ := h.s.inFlight.len(); busy != 0 {
		t.Errorf("%d units still in flight", busy)
	}
}

// TestNothingStaysBehind fills short queues again and again: every accepted request is
// served after one call, although no other one follows.
func TestNothingStaysBehind(t *testing.T) {
	s := newService(t, testConfig(2, 4), func(int, Unit) (Outcome, error) { return Outcome{}, nil })
	rounds := uint64(3000)
	if testing.Short() {
		rounds = 800
	}
	for round := range rounds {
		for i := range 1 + round%4 {
			s.Request(newBlock(4*round+i, 1, round%3))
		}
		s.Hurry()
		until(atRest(s))
	}
	if st := s.Stats(); st.Compiled != st.Accepted || st.Drops != 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestNoGoroutineStays(t *testing.T) {
	before := goruntime.NumGoroutine()
	for range 20 {
		s, err := New(testConfig(4, 8), func(int, Unit) (Outcome, error) { panic("always") })
		if err != nil {
			t.Fatal(err)
		}
		for key := range uint64(20) {
			s.Request(newBlock(key, 1, 0))
		}
		s.Close()
	}
	// The pool's goroutines have signed off and return at any moment.
	until(func() bool { return goruntime.NumGoroutine() <= before })
}
