package core

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/ants/v2"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// slicePolls is the share of a hart, in budgets, before another one that waits
// gets the worker: some 400 µs interpreted.
const slicePolls = 4

// errPool reports a worker pool that does not take work.
var errPool = errors.New("worker pool refuses a task")

// scheduler runs the harts of one machine on a pool of workers.
type scheduler struct {
	pool    *ants.Pool
	limit   int              // workers that may run harts
	fail    func(error)      // told of a broken invariant
	changed func(active int) // told, under mu, how many workers run harts
	wanted  func() bool      // whether somebody waits for a CPU

	waiting atomic.Int32 // harts in both queues: written under mu, read by workers
	hurry   atomic.Bool  // an urgent hart waits that no polling worker will take: written under mu, read by harts
	running atomic.Int32 // active: written under mu, read by workers and by Core.Running

	mu      sync.Mutex
	urgent  ring        // protected by mu: taken first, see pop
	row     int         // protected by mu: urgent harts taken since one of queue
	queue   ring        // protected by mu
	active  int         // protected by mu: workers that run harts, or poll
	polling int         // protected by mu: workers that look for a hart to become runnable
	idle    idlePolling // protected by mu
	held    int         // protected by mu: how many keep harts from being run
	quiet   *sync.Cond  // on mu: active has become 0
}

func newScheduler(workers int, fail func(error), changed func(int), wanted func() bool) (*scheduler, error) {
	if workers == 0 {
		workers = 2 * goruntime.NumCPU()
	}
	s := &scheduler{limit: workers, fail: fail, changed: changed, wanted: wanted}
	s.quiet = sync.NewCond(&s.mu)
	pool, err := ants.NewPool(workers)
	if err != nil {
		return nil, fmt.Errorf("start %d workers: %w", workers, err)
	}
	s.pool = pool
	return s, nil
}

// runnable queues h, which has just left the idle state, and sees to a worker. An urgent
// hart is one that others hold up in the middle of its share: running harts make room for
// it at their next poll.
func (s *scheduler) runnable(h *vcpu.Hart, urgent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if urgent {
		s.urgent.push(h)
	} else {
		s.queue.push(h)
	}
	s.changedQueues()
	s.hire()
}

// ready is the number of runnable harts that wait. The caller holds mu.
func (s *scheduler) ready() int { return s.urgent.len() + s.queue.len() }

// changedQueues tells readers without mu how long the queues are. The caller holds mu.
func (s *scheduler) changedQueues() {
	s.waiting.Store(int32(s.ready()))
	if hurry := s.urgent.len() > s.polling; hurry != s.hurry.Load() {
		s.hurry.Store(hurry)
	}
}

// hire starts a worker if there is work and a place for one. The caller holds mu.
// Submit waits at most for a worker that has signed off to return to the pool.
func (s *scheduler) hire() {
	if s.held > 0 || s.active >= s.limit || s.ready() <= s.polling {
		return
	}
	s.idle.hired(time.Now())
	s.setActive(s.active + 1)
	if err := s.pool.Submit(s.work); err != nil {
		s.setActive(s.active - 1)
		if s.active == 0 {
			go s.fail(fmt.Errorf("%w: %w", errPool, err))
		}
	}
}

func (s *scheduler) setActive(n int) {
	s.active = n
	s.running.Store(int32(n))
	s.changed(n)
}

// maxRow bounds the urgent harts that go before one of the others.
const maxRow = 8

// pop takes the next hart, nil if there is none. The caller holds mu.
func (s *scheduler) pop() *vcpu.Hart {
	var h *vcpu.Hart
	if s.urgent.len() > 0 && (s.row < maxRow || s.queue.len() == 0) {
		s.row++
		h = s.urgent.pop()
	} else {
		s.row = 0
		h = s.queue.pop()
	}
	s.changedQueues()
	return h
}

// contended reports whether a runnable hart waits for a worker.
func (s *scheduler) contended() bool { return s.waiting.Load() > 0 }

// work is a worker: it runs harts until none is runnable.
func (s *scheduler) work() {
	defer func() {
		if p := recover(); p != nil {
			s.fail(fmt.Errorf("BUG: a worker panicked: %v\n%s", p, debug.Stack()))
			s.mu.Lock()
			defer s.mu.Unlock()
			s.signOff()
		}
	}()
	cpus := int32(goruntime.GOMAXPROCS(0))
	for h := s.first(); h != nil; {
		outcome := h.Slice(slicePolls)
		h = s.after(h, outcome)
		if n := s.running.Load(); n > cpus || n == cpus && outcome == vcpu.Again || s.wanted() {
			// No processor is idle. Take turns with other workers and with the goroutines
			// that compile, collect or ask harts for something, rather than wait for the
			// Go scheduler's much longer time slice, which ends in the midst of a slice
			// of the hart's and so lets those wait who have sent it a message.
			goruntime.Gosched()
		}
	}
}

// first is after for a worker that has no hart yet.
func (s *scheduler) first() *vcpu.Hart {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take()
}

// after puts h back if it is still runnable and returns the hart to run next, nil
// if the worker is to end.
func (s *scheduler) after(h *vcpu.Hart, outcome vcpu.Outcome) *vcpu.Hart {
	if outcome == vcpu.Again && !s.contended() {
		s.mu.Lock()
		held := s.held > 0
		s.mu.Unlock()
		if !held {
			return h
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if outcome == vcpu.Again {
		s.queue.push(h)
		s.changedQueues()
	}
	s.poll()
	return s.take()
}

// poll waits a little for a hart to become runnable, if none is and waiting has been
// worth while lately. The caller holds mu, which poll gives up meanwhile; whoever
// queues a hart then leaves it to the poller.
func (s *scheduler) poll() {
	if s.held > 0 || s.ready() > 0 {
		return
	}
	now := time.Now()
	if end := now.Add(s.idle.window); end.After(now) {
		s.polling++
		s.changedQueues()
		s.mu.Unlock()
		for s.waiting.Load() == 0 && now.Before(end) {
			goruntime.Gosched() // compilers, collectors
			now = time.Now()
		}
		s.mu.Lock()
		s.polling--
		s.changedQueues()
	}
	s.idle.ended(now, s.ready() > 0)
}

// take pops a hart for a worker, or signs the worker off. The caller holds mu.
func (s *scheduler) take() *vcpu.Hart {
	if s.held == 0 {
		if h := s.pop(); h != nil {
			return h
		}
	}
	s.signOff()
	return nil
}

// signOff ends a worker's part. The caller holds mu.
func (s *scheduler) signOff() {
	s.setActive(s.active - 1)
	if s.active == 0 {
		s.quiet.Broadcast()
	}
}

// holdSoon is hold that does not wait: a hart may call it.
func (s *scheduler) holdSoon(harts []*vcpu.Hart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
	for _, h := range harts {
		h.Interrupt()
	}
}

// hold keeps harts from being run and returns when none is. harts are all harts.
func (s *scheduler) hold(harts []*vcpu.Hart) {
	s.holdSoon(harts)
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.active > 0 {
		s.quiet.Wait()
	}
}

// release undoes one hold.
func (s *scheduler) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held--; s.held > 0 {
		return
	}
	for range min(s.ready(), s.limit) {
		s.hire()
	}
}

// restart forgets who was runnable and, unless somebody holds them, lets harts run
// again; hold must have returned.
func (s *scheduler) restart(held int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := s.pop(); h != nil; h = s.pop() {
		h.Unqueue()
	}
	s.held = held
}

// close ends the pool; hold must have returned.
func (s *scheduler) close() { s.pool.Release() }

// ring is a queue of harts in a circular buffer.
type ring struct {
	buf  []*vcpu.Hart
	head int
	n    int
}

func (r *ring) len() int { return r.n }

func (r *ring) push(h *vcpu.Hart) {
	if r.n == len(r.buf) {
		bigger := make([]*vcpu.Hart, max(16, 2*r.n))
		for i := range r.n {
			bigger[i] = r.buf[(r.head+i)%len(r.buf)]
		}
		r.buf, r.head = bigger, 0
	}
	r.buf[(r.head+r.n)%len(r.buf)] = h
	r.n++
}

func (r *ring) pop() *vcpu.Hart {
	if r.n == 0 {
		return nil
	}
	h := r.buf[r.head]
	r.buf[r.head] = nil
	r.head = (r.head + 1) % len(r.buf)
	r.n--
	return h
}
