package jitworker

import (
	goruntime "runtime"
	"sync/atomic"
	"testing"
)

// block is a unit of a test.
type block struct {
	key   uint64
	insns int
	heat  atomic.Uint64
}

func (b *block) Key() uint64   { return b.key }
func (b *block) Place() uint64 { return b.key }
func (b *block) Insns() int    { return b.insns }
func (b *block) Heat() uint64  { return b.heat.Load() }

func newBlock(key uint64, insns int, heat uint64) *block {
	b := &block{key: key, insns: insns}
	b.heat.Store(heat)
	return b
}

// testConfig is the default with so many workers and places.
func testConfig(workers, places int) Config {
	cfg := DefaultConfig()
	cfg.Workers, cfg.QueueLength = workers, places
	return cfg
}

func newService(t testing.TB, cfg Config, compile Compile) *Service {
	t.Helper()
	s, err := New(cfg, compile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// until lets other goroutines run until done. A test that hangs here shows its stack.
func until(done func() bool) {
	for !done() {
		goruntime.Gosched()
	}
}

// atRest reports whether nothing waits and no worker compiles.
func atRest(s *Service) func() bool {
	return func() bool {
		st := s.Stats()
		return st.Accepted == st.Compiled+st.Failures+st.Abandoned
	}
}

// gate is a Compile that tells of every unit that it begins and waits for leave to end.
type gate struct {
	begun chan uint64
	leave chan struct{}
}

func newGate() *gate { return &gate{begun: make(chan uint64), leave: make(chan struct{})} }

func (g *gate) compile(_ int, u Unit) (Outcome, error) {
	g.begun <- u.Key()
	<-g.leave
	return Outcome{Bytes: 10 * u.Insns()}, nil
}

// len counts the units in flight and the failed ones that are remembered.
func (f *inFlight) len() (busy, failed int) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		for _, unit := range s.units {
			if unit.busy {
				busy++
			}
		}
		failed += s.failed
		s.mu.Unlock()
	}
	return busy, failed
}
