package jitworker

import (
	goruntime "runtime"
	"time"

	"github.com/panjf2000/ants/v2"
)

const (
	// turn is how long a worker compiles before it offers its CPU to a hart.
	turn = time.Millisecond
	// releaseTimeout is how long Close lets the pool's goroutines end. They have
	// nothing left to do.
	releaseTimeout = 10 * time.Second
)

// start submits one task a worker, which lasts until Close: a worker that woke up by a
// task of its own would make the hart that wakes it wait for a place in the pool.
func (s *Service) start() error {
	// Compile's panics are caught where they happen. Any other one is a broken
	// invariant and must not merely cost a worker.
	broken := func(p any) { panic(p) }
	pool, err := ants.NewPool(len(s.workers), ants.WithNonblocking(true), ants.WithDisablePurge(true), ants.WithPanicHandler(broken))
	if err != nil {
		return err
	}
	s.pool = pool
	for id, w := range s.workers {
		s.running.Add(1)
		s.queue.resting.Add(1)
		if err := pool.Submit(func() { s.work(id, w) }); err != nil {
			s.running.Done()
			s.Close()
			return err
		}
	}
	return nil
}

// release ends the pool. Its workers have ended.
func (s *Service) release() {
	// The only possible error is that the goroutines are not seen to end in time.
	_ = s.pool.ReleaseTimeout(releaseTimeout)
}

// worker is what one worker has for itself, so that workers do not write to each other's
// cache lines with every compilation.
type worker struct {
	batch    batch
	pressure []float64 // samples for the threshold, recorded when the batch is empty
	tally    tally
}

// work is worker id.
func (s *Service) work(id int, w *worker) {
	defer s.running.Done()
	s.queue.resting.Add(-1)
	defer s.queue.resting.Add(1)
	for began := s.now(); s.queue.take(&w.batch); {
		for len(w.batch) > 0 && !s.queue.ended() {
			s.serve(id, w, w.batch.pop())
		}
		if now := s.now(); now-began >= int64(turn) {
			s.giveWay()
			began = s.now()
		}
	}
}

// giveWay lets a hart run on this CPU. It counts as rest meanwhile, so that harts give
// way in their turn.
func (s *Service) giveWay() {
	s.queue.resting.Add(1)
	goruntime.Gosched()
	s.queue.resting.Add(-1)
}

// serve compiles r and records how it went.
func (s *Service) serve(id int, w *worker, r request) {
	begin := s.now()
	if begin-s.progress.Load() > int64(turn/16) {
		s.progress.Store(begin)
	}
	c := &w.tally
	c.wait.Observe(time.Duration(begin - r.at))
	out, err := attempt(s.compile, id, r.unit)
	took := time.Duration(s.now() - begin)

	if out.Insns == 0 {
		out.Insns = r.unit.Insns()
	}
	w.pressure = append(w.pressure, s.threshold.pressureOf(took, s.queue.backlog()))
	if len(w.batch) == 0 {
		s.threshold.compiled(w.pressure)
		w.pressure = w.pressure[:0]
	}
	s.budget.compiled(took)
	if err != nil {
		s.failed(c, r, err)
		return
	}
	c.compile[sizeClass(out.Insns)].Observe(took)
	c.bytes.Add(uint64(out.Bytes))
	c.insns.Add(uint64(out.Insns))
	s.inFlight.leave(r.key)
	c.compiled.Add(1)
}

func (s *Service) failed(c *tally, r request, err error) {
	if _, panicked := err.(*panicError); panicked {
		c.panicked.Add(1)
	}
	s.failures.note(r, err)
	s.inFlight.fail(r.key)
	c.failed.Add(1)
}
