package codestore

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
)

const (
	// fileBytes is what makes a file while the machine runs.
	fileBytes = 4 << 20
	// leastBytes is what the end of a run makes a file of: less is compiled as quickly as found.
	leastBytes = 8 << 10
)

// writer is the way of code into files.
type writer struct {
	mu    sync.Mutex
	batch *batch // protected by mu: that records are added to; nil: nothing is written any more
	// full takes a batch to the goroutine that writes. Sent to with mu held, closed by end.
	full  chan *batch
	worth int           // fileBytes
	ended chan struct{} // closed by that goroutine
	begun bool          // protected by mu: the goroutine runs

	create func(name string) (*os.File, error)
	write  func(*os.File, []byte) error
}

func (w *writer) init(maker string, d *dir) {
	w.batch, w.worth = newBatch(maker), fileBytes
	w.full, w.ended = make(chan *batch, 1), make(chan struct{})
	w.create = d.create
	w.write = func(f *os.File, b []byte) error {
		_, err := f.Write(b)
		return err
	}
}

// Add keeps code of a level that was made from origin, which it copies.
func (s *Store) Add(origin []byte, level uint8, c *tier.Code) {
	if !storable(origin, level, c) {
		return
	}
	hash := s.hash(origin)
	s.indexed.RLock()
	p, ok := s.index[hash]
	s.indexed.RUnlock()
	if ok && p.level >= level {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.batch == nil {
		return
	}
	from := len(s.batch.bytes)
	s.batch.bytes = appendRecord(s.batch.bytes, origin, level, c)
	s.batch.seal(hash, level, len(s.batch.bytes)-from)
	s.counters.added.Add(1)
	if s.batch.size() >= s.worth {
		s.send()
	}
}

// send hands the batch to the goroutine that writes, or drops it if that is behind. The caller
// holds mu.
func (s *Store) send() {
	if !s.begun {
		s.begun = true
		go s.writeAll()
	}
	select {
	case s.full <- s.batch:
	default:
		s.counters.dropped.Add(uint64(len(s.batch.index) / entryBytes))
	}
	s.batch = newBatch(s.maker)
}

// end has what waits written and returns what is closed then.
func (s *Store) end() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.batch != nil && s.batch.size() >= leastBytes {
		s.send()
	}
	s.batch = nil
	if !s.begun {
		close(s.ended)
		return s.ended
	}
	close(s.full)
	return s.ended
}

// writeAll is the goroutine that writes. After an error it writes no more.
func (s *Store) writeAll() {
	defer close(s.ended)
	failed := false
	for b := range s.full {
		if failed {
			continue
		}
		if err := s.writeFile(b.finish()); err != nil {
			failed = true
			s.counters.failed.Add(1)
			s.warn(fmt.Sprintf("native code is no longer kept: %v; what is there already goes on being used", err))
			s.mu.Lock()
			s.batch = nil
			s.mu.Unlock()
		}
	}
}

// writeFile writes a file and makes room for it.
func (s *Store) writeFile(b []byte) error {
	if int64(len(b)) > s.limit {
		return nil
	}
	if err := s.dir.trim(s.limit-int64(len(b)), time.Now()); err != nil {
		return err
	}
	name := newName(s.name)
	f, err := s.create(name)
	if err != nil {
		return err
	}
	err = s.write(f, b)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = s.dir.finish(name)
	}
	if err != nil {
		_ = s.dir.remove(name + unfinished) // the error that counts is the first
		return err
	}
	s.counters.written.Add(uint64(len(b)))
	return nil
}
