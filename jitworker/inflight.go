package jitworker

import "sync"

const (
	inFlightShardBits = 6
	inFlightShards    = 1 << inFlightShardBits

	// A failed unit is refused firstPenalty times, then twice as often after each
	// further failure, up to maxPenalty.
	firstPenalty = 16
	maxPenalty   = 1 << 16
	// maxFailed bounds the failed units that a shard remembers. A guest can make as
	// many as it likes; one that is forgotten is merely tried again.
	maxFailed = 64
)

// inFlight is the set of units that wait or are compiled, and those that failed lately.
type inFlight struct {
	shards [inFlightShards]inFlightShard
}

type inFlightShard struct {
	mu     sync.Mutex
	units  map[uint64]unitState // protected by mu
	failed int                  // protected by mu: units with a penalty
	_      [40]byte             // keeps harts at neighbouring shards off each other's cache line
}

type unitState struct {
	busy    bool
	refuse  uint32 // requests still to be refused
	penalty uint32 // refusals that the last failure cost, 0 if none failed
}

// entry is what became of an attempt to enter a unit.
type entry int

const (
	entered   entry = iota
	duplicate       // the unit waits or is compiled already
	refused         // it failed lately
	contended       // another hart or a worker holds the shard
)

func (f *inFlight) init() {
	for i := range f.shards {
		f.shards[i].units = make(map[uint64]unitState)
	}
}

func (f *inFlight) shard(key uint64) *inFlightShard {
	// 2^64 divided by the golden ratio spreads keys that are multiples of each other.
	return &f.shards[key*0x9e3779b97f4a7c15>>(64-inFlightShardBits)]
}

// enter puts key into the set. It waits for nobody.
func (f *inFlight) enter(key uint64) entry {
	s := f.shard(key)
	if !s.mu.TryLock() {
		return contended
	}
	defer s.mu.Unlock()
	unit, known := s.units[key]
	switch {
	case !known:
		s.units[key] = unitState{busy: true}
		return entered
	case unit.busy:
		return duplicate
	case unit.refuse > 0:
		unit.refuse--
		s.units[key] = unit
		return refused
	}
	unit.busy = true
	s.units[key] = unit
	return entered
}

// leave takes out a unit that was compiled, or dropped.
func (f *inFlight) leave(key uint64) {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed > 0 && s.units[key].penalty > 0 {
		s.failed--
	}
	delete(s.units, key)
}

// fail takes note of a unit that could not be compiled.
func (f *inFlight) fail(key uint64) {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	unit := s.units[key]
	if unit.penalty == 0 {
		s.failed++
	}
	unit.busy = false
	unit.penalty = min(max(firstPenalty, 2*unit.penalty), maxPenalty)
	unit.refuse = unit.penalty
	s.units[key] = unit
	if s.failed > maxFailed {
		s.forget(key)
	}
}

// forget drops some failed unit other than key. The caller holds mu.
func (s *inFlightShard) forget(key uint64) {
	for other, unit := range s.units {
		if other != key && !unit.busy {
			delete(s.units, other)
			s.failed--
			return
		}
	}
}
