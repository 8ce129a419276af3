package jitworker

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/ants/v2"
)

// Service is the pipeline of one machine. All its methods may be called by any number
// of goroutines at once.
type Service struct {
	cfg     Config
	compile Compile
	workers []*worker
	begin   time.Time // of the service's clock

	pool      *ants.Pool
	queue     queue
	inFlight  inFlight
	threshold adaptive
	budget    budget
	counters  counters
	failures  failures

	closed   atomic.Bool  // written by Close, read by harts
	progress atomic.Int64 // when a worker last began to compile, on the service's clock: written by workers, read by harts
	running  sync.WaitGroup
	ending   sync.Once
}

// New starts a pipeline whose workers call compile. It returns an error that wraps
// ErrConfig if a setting is out of its range.
func New(cfg Config, compile Compile) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if compile == nil {
		return nil, errors.New("start the JIT workers: no compile function")
	}
	s := &Service{cfg: cfg, compile: compile, workers: make([]*worker, cfg.WorkerCount()), begin: time.Now()}
	for i := range s.workers {
		s.workers[i] = new(worker)
	}
	s.queue.init(cfg.QueueLength)
	s.inFlight.init()
	s.threshold.init(cfg.Threshold)
	s.budget.init(cfg.Threshold)
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("start %d JIT workers: %w", len(s.workers), err)
	}
	return s, nil
}

// Request asks for native code of u and reports whether the request waits now, until Hurry
// or until there are enough of them (hurryAt). It never
// blocks. False means that the queue is full, that the unit is in the queue or being
// compiled, that it is refused, or that the service is closed: the hart goes on
// interpreting and asks again when its counter overflows again. The caller has looked
// for published code before.
func (s *Service) Request(u Unit) bool {
	c := &s.counters
	switch {
	case s.closed.Load():
		return false
	case u.Insns() > s.cfg.MaxInsns:
		c.oversized.Add(1)
		return false
	case !s.queue.reserve():
		c.drops.Add(1)
		return false
	}
	key := u.Key()
	if e := s.inFlight.enter(key); e != entered {
		s.queue.release()
		c.count(e)
		return false
	}
	c.accepted.Add(1)
	s.queue.send(request{unit: u, key: key, heat: u.Heat(), at: s.now()})
	if s.closed.Load() {
		s.abandon() // Close may have emptied the queue before the send
		return false
	}
	if s.queue.reserved.Load() >= s.queue.enough {
		s.queue.hurry()
	}
	return true
}

// Hurry has the requests that wait served from now on. A hart calls it when a unit that it has asked for
// grows hotter still, and when it has nothing else to do. It costs a load while nothing waits.
func (s *Service) Hurry() { s.queue.hurry() }

// count counts a request that did not enter.
func (c *counters) count(e entry) {
	switch e {
	case duplicate:
		c.duplicates.Add(1)
	case refused:
		c.refused.Add(1)
	case contended:
		c.contended.Add(1)
	}
}

// Threshold is the number of executions from which a unit is hot.
func (s *Service) Threshold() uint32 { return s.threshold.current.Load() }

// ShouldYield reports whether a worker seems to want for a CPU: one has been called for requests
// that wait while not every worker executes, or workers are at it and none of them has begun a compilation
// for a turn. A hart that has sent a request or called looks at it and calls
// runtime.Gosched if it is true. It costs three loads, and a look at the clock while
// workers are busy.
func (s *Service) ShouldYield() bool {
	waiting, resting := s.queue.called.Load() && s.queue.reserved.Load() > 0, s.queue.resting.Load()
	if waiting && resting > 0 {
		return true
	}
	return (waiting || resting < int64(len(s.workers))) && s.now()-s.progress.Load() > int64(turn)
}

// Benefit reports a measurement: what an instruction takes interpreted, and in native
// code, in nanoseconds, and which part, from 0 to 1, what the latest code has saved is of
// that and what it has cost. Times that are not positive numbers are ignored.
func (s *Service) Benefit(interpretedNsPerInsn, nativeNsPerInsn, payoff float64) {
	s.threshold.measured(interpretedNsPerInsn, nativeNsPerInsn, payoff)
}

// now is the time on the service's clock, in nanoseconds.
func (s *Service) now() int64 { return int64(time.Since(s.begin)) }

// Close waits for running compilations, drops the queue and ends the workers. Requests
// may still come, and are refused. A second Close returns when the first one has.
func (s *Service) Close() {
	s.ending.Do(func() {
		s.closed.Store(true)
		close(s.queue.quit)
		s.running.Wait()
		for _, w := range s.workers {
			for len(w.batch) > 0 {
				s.drop(w.batch.pop())
			}
		}
		s.abandon()
		s.release()
	})
}

// abandon drops the queue.
func (s *Service) abandon() {
	s.queue.discard(s.drop)
}

// drop forgets a request.
func (s *Service) drop(r request) {
	s.counters.abandoned.Add(1)
	s.inFlight.leave(r.key)
}
