package jitworker

import (
	"encoding/json"
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// wantRequest makes a request that is not to wait for others.
func wantRequest(t *testing.T, s *Service, u Unit, want bool) {
	t.Helper()
	if got := s.Request(u); got != want {
		t.Fatalf("request for unit %d: %v, want %v", u.Key(), got, want)
	}
	s.Hurry()
}

// TestRequestsWait has requests wait until there are enough of them or a hart is in a hurry, and no hart give way to a
// worker that nobody has called.
func TestRequestsWait(t *testing.T) {
	for name, end := range map[string]func(*Service){
		"more":  func(s *Service) { s.Request(newBlock(hurryAt, 1, 0)) },
		"hurry": (*Service).Hurry,
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate()
			s := newService(t, testConfig(1, 2*hurryAt), g.compile)
			wantRequest(t, s, newBlock(0, 1, 0), true)
			<-g.begun // the worker takes nothing from here on
			select {
			case <-s.queue.nudge: // it has begun before it was called
			default:
			}
			s.queue.called.Store(false)

			for key := range uint64(hurryAt - 1) {
				s.Request(newBlock(1+key, 1, 0))
			}
			if s.queue.called.Load() || len(s.queue.nudge) != 0 {
				t.Error("a worker was called")
			}
			s.queue.resting.Add(1) // as if the worker rested
			if s.progress.Store(s.now() + int64(time.Hour)); s.ShouldYield() {
				t.Error("a hart is to give way to a worker that nobody has called")
			}
			end(s)
			if !s.queue.called.Load() || len(s.queue.nudge) != 1 || !s.ShouldYield() {
				t.Error("no worker was called, or no hart gives way to it")
			}
			s.queue.resting.Add(-1)
			for n := s.Stats().QueueLength; n > 0; n-- {
				g.leave <- struct{}{}
				<-g.begun
			}
			g.leave <- struct{}{}
			until(atRest(s))
		})
	}
}

// TestHottestFirst has units wait for the only worker.
func TestHottestFirst(t *testing.T) {
	g := newGate()
	s := newService(t, testConfig(1, 8), g.compile)
	wantRequest(t, s, newBlock(0, 1, 0), true)
	order := []uint64{<-g.begun}
	for i, heat := range []uint64{5, 9, 1, 9} {
		wantRequest(t, s, newBlock(uint64(i+1), 1, heat), true)
	}
	for range 4 {
		g.leave <- struct{}{}
		order = append(order, <-g.begun)
	}
	g.leave <- struct{}{}
	if want := []uint64{0, 2, 4, 1, 3}; !slices.Equal(order, want) {
		t.Errorf("compiled in the order %v, want %v", order, want)
	}
}

func TestFullQueueAndDuplicates(t *testing.T) {
	g := newGate()
	s := newService(t, testConfig(1, 2), g.compile)
	running, first, second := newBlock(1, 10, 1), newBlock(2, 100, 1), newBlock(3, 1000, 1)
	wantRequest(t, s, running, true)
	<-g.begun
	wantRequest(t, s, running, false) // being compiled
	wantRequest(t, s, first, true)
	wantRequest(t, s, first, false) // waits
	wantRequest(t, s, second, true)
	wantRequest(t, s, newBlock(4, 1, 1), false) // full
	wantRequest(t, s, newBlock(5, 5000, 1), false)

	st := s.Stats()
	if st.Requests != 7 || st.Accepted != 3 || st.Duplicates != 2 || st.Drops != 1 || st.Oversized != 1 {
		t.Errorf("stats %+v", st)
	}
	if st.QueueLength != 2 || st.QueueMax != 2 || st.Busy != 1 || st.Workers != 1 {
		t.Errorf("queue %d (most %d), %d of %d workers busy", st.QueueLength, st.QueueMax, st.Busy, st.Workers)
	}
	for range 2 {
		g.leave <- struct{}{}
		<-g.begun
	}
	g.leave <- struct{}{}
	until(atRest(s))

	st = s.Stats()
	if st.Compiled != 3 || st.Bytes != 11100 || st.Insns != 1110 || st.Wait.Count != 3 || st.QueueLength != 0 {
		t.Errorf("stats at rest %+v", st)
	}
	if c := st.Compile; c.Small.Count != 1 || c.Medium.Count != 1 || c.Large.Count != 1 {
		t.Errorf("compilations by size %+v", c)
	}
	wantRequest(t, s, running, true) // compiled once, may be again
	<-g.begun
	g.leave <- struct{}{}
}

func TestSizeClasses(t *testing.T) {
	for insns, want := range map[int]int{1: small, 49: small, 50: medium, 500: medium, 501: large} {
		if got := sizeClass(insns); got != want {
			t.Errorf("%d instructions are of class %d, want %d", insns, got, want)
		}
	}
}

// TestFailuresCostOneUnit has one unit fail and one panic, and a third go on.
func TestFailuresCostOneUnit(t *testing.T) {
	noMemory := errors.New("no code memory")
	s := newService(t, testConfig(1, 8), func(_ int, u Unit) (Outcome, error) {
		switch u.Key() {
		case 1:
			return Outcome{}, noMemory
		case 2:
			var broken []int
			_ = broken[u.Insns()]
		}
		return Outcome{Bytes: 1}, nil
	})
	for key := range uint64(4) {
		wantRequest(t, s, newBlock(key, 7, 0), true)
	}
	until(atRest(s))
	wantRequest(t, s, newBlock(1, 7, 0), false)
	wantRequest(t, s, newBlock(2, 7, 0), false)
	wantRequest(t, s, newBlock(3, 7, 0), true)
	until(atRest(s))

	st := s.Stats()
	if st.Compiled != 3 || st.Failures != 2 || st.Panics != 1 || st.Refused != 2 || len(st.LastFailures) != 2 {
		t.Fatalf("stats %+v", st)
	}
	failed, panicked := st.LastFailures[0], st.LastFailures[1]
	if failed != (Failure{Place: 1, Insns: 7, Message: noMemory.Error()}) {
		t.Errorf("failure reported as %+v", failed)
	}
	if panicked.Place != 2 || !panicked.Panicked || !strings.Contains(panicked.Message, "index out of range [7]") ||
		!strings.Contains(strings.Split(panicked.Message, "\n")[1], "service_test.go:") {
		t.Errorf("panic reported as %+v", panicked)
	}
}

// badError is an error that cannot say what it is.
type badError struct{}

func (*badError) Error() string { panic("no text") }

func TestReportsAreBounded(t *testing.T) {
	s := newService(t, testConfig(1, 64), func(_ int, u Unit) (Outcome, error) {
		switch u.Key() % 3 {
		case 0:
			panic(strings.Repeat("x", 1<<20))
		case 1:
			return Outcome{}, errors.New(strings.Repeat("y", 1<<20))
		}
		return Outcome{}, &badError{}
	})
	for key := range uint64(3 * keptFailures) {
		wantRequest(t, s, newBlock(key, 1, 0), true)
	}
	until(atRest(s))
	st := s.Stats()
	if st.Failures != 3*keptFailures || st.Panics != keptFailures || len(st.LastFailures) != keptFailures {
		t.Errorf("%d failures, %d panics, %d kept", st.Failures, st.Panics, len(st.LastFailures))
	}
	for _, f := range st.LastFailures {
		if len(f.Message) == 0 || len(f.Message) > maxMessage+3 {
			t.Errorf("a message of %d bytes", len(f.Message))
		}
	}
}

func TestCloseDropsTheQueue(t *testing.T) {
	g := newGate()
	s := newService(t, testConfig(1, 8), g.compile)
	wantRequest(t, s, newBlock(0, 1, 0), true)
	<-g.begun
	for key := range uint64(5) {
		wantRequest(t, s, newBlock(key+1, 1, 0), true)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.Close()
	}()
	until(s.closed.Load)
	wantRequest(t, s, newBlock(99, 1, 0), false)
	select {
	case <-closed:
		t.Error("Close did not wait for the running compilation")
	default:
	}
	g.leave <- struct{}{}
	<-closed
	s.Close() // again
	st := s.Stats()
	if st.Compiled != 1 || st.Abandoned != 5 || st.QueueLength != 0 || st.Busy != 0 {
		t.Errorf("stats after Close %+v", st)
	}
	if s.ShouldYield() {
		t.Error("harts still give way after Close")
	}
	if busy, _ := s.inFlight.len(); busy != 0 {
		t.Errorf("%d units still in flight", busy)
	}
}

// TestLateSend makes the send of a request that passed the check for closed come after
// Close has emptied the queue.
func TestLateSend(t *testing.T) {
	s := newService(t, testConfig(1, 8), newGate().compile)
	late := &lateUnit{block: newBlock(1, 1, 0), before: s.Close}
	wantRequest(t, s, late, false)
	if st := s.Stats(); st.Accepted != 1 || st.Abandoned != 1 || st.QueueLength != 0 {
		t.Errorf("stats %+v", st)
	}
}

// lateUnit has something happen within Request.
type lateUnit struct {
	*block
	before func()
}

func (u *lateUnit) Heat() uint64 {
	u.before()
	return 0
}

// TestHartGivesWay is a machine of one CPU whose only hart never blocks (TRAPS 33): the
// worker runs because the hart yields when it is told to, and it is told so until then.
func TestHartGivesWay(t *testing.T) {
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	s := newService(t, testConfig(1, 8), func(int, Unit) (Outcome, error) { return Outcome{}, nil })
	if s.ShouldYield() {
		t.Error("a hart is to give way although nothing waits")
	}
	yields, served := 0, 0
	for key := range uint64(100) {
		wantRequest(t, s, newBlock(key, 1, 0), true)
		for s.ShouldYield() {
			yields++
			goruntime.Gosched()
		}
		if s.Stats().QueueLength == 0 {
			served++
		}
		until(atRest(s))
	}
	// The host may take the CPU away at any place, so that a few may differ.
	if yields < 50 || served < 50 {
		t.Errorf("of 100 requests %d were served because the hart gave way, %d times", served, yields)
	}
}

// TestNoNeedToGiveWay has the only worker execute while a request waits for it, and then
// appear to be stuck.
func TestNoNeedToGiveWay(t *testing.T) {
	g := newGate()
	s := newService(t, testConfig(1, 8), g.compile)
	wantRequest(t, s, newBlock(1, 1, 0), true)
	<-g.begun
	wantRequest(t, s, newBlock(2, 1, 0), true)
	s.progress.Store(s.now() + int64(time.Hour)) // just now, however slow this test
	if s.ShouldYield() {
		t.Error("a hart is to give way to a worker that executes")
	}
	s.progress.Store(s.now() - int64(turn) - 1)
	if !s.ShouldYield() {
		t.Error("a hart is not to give way to a worker without progress")
	}
	g.leave <- struct{}{}
	<-g.begun
	g.leave <- struct{}{}
}

// TestAllWorkersWork has every worker hold a unit at once, by its own number.
func TestAllWorkersWork(t *testing.T) {
	const workers = 4
	ids, leave := make(chan int), make(chan struct{})
	s := newService(t, testConfig(workers, 2*workers), func(id int, _ Unit) (Outcome, error) {
		ids <- id
		<-leave
		return Outcome{}, nil
	})
	for key := range uint64(workers) {
		wantRequest(t, s, newBlock(key, 1, 0), true)
	}
	var seen []int
	for range workers {
		seen = append(seen, <-ids)
	}
	slices.Sort(seen)
	if !slices.Equal(seen, []int{0, 1, 2, 3}) {
		t.Errorf("workers %v compile at once", seen)
	}
	close(leave)
}

func TestFeedback(t *testing.T) {
	cfg := testConfig(1, 8)
	cfg.Threshold.Window = 1
	cfg.Threshold.Budget = 1 // nanosecond: every compilation is over it
	cfg.MaxInsns = 2000
	s := newService(t, cfg, func(int, Unit) (Outcome, error) { return Outcome{Bytes: 4}, nil })
	wantRequest(t, s, newBlock(1, 1500, 0), true)
	until(atRest(s))
	s.Benefit(10, 10, 1)
	if got := s.Threshold(); got != cfg.Threshold.Max {
		t.Errorf("threshold %d, want %d for costly compilations without benefit", got, cfg.Threshold.Max)
	}
	st := s.Stats()
	if st.OverBudget != 1 || st.Pressure != 1 || st.Benefit != 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestStatsAsJSON(t *testing.T) {
	s := newService(t, testConfig(1, 8), func(int, Unit) (Outcome, error) { return Outcome{}, errors.New("no") })
	wantRequest(t, s, newBlock(1, 1, 0), true)
	until(atRest(s))
	st := s.Stats()
	text, err := json.Marshal(&measure.Group{Measures: st.Measures(), Groups: st.Groups()})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		`"requests":1`, `"queue_length":0`, `"wait":{"count":1,`, `"compile":[{"size":"small","time":{"count":0,"sum_ns":0,`,
		`"failures":1`, `"last_failures":[{"block":1,"panicked":false,"instructions":1,"message":"no"}]`, `"over_budget":0`, `"threshold":82`,
	} {
		if !strings.Contains(string(text), field) {
			t.Errorf("%s lacks %s", text, field)
		}
	}
}
