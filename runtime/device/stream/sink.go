package stream

import (
	"errors"
	"io"
	"sync"
	"syscall"
	"time"
)

const (
	// Soft is how many bytes wait for the writer before a Sink says that it has
	// no room.
	Soft = 64 << 10
	// Hard is how many bytes wait at most.
	Hard = 256 << 10
)

// Sink is bytes on their way to an io.Writer.
type Sink struct {
	w       io.Writer
	drained func()
	soft    int
	hard    int
	done    chan struct{} // closed when the goroutine has ended
	space   chan struct{} // holds a token after a write finished; PutWait waits for it

	mu      sync.Mutex
	work    sync.Cond // buf got bytes, or closed
	idle    sync.Cond // everything was written, or the writer failed
	buf     []byte    // waits for the writer
	writing int       // bytes the writer is at
	full    bool      // Room said no and drained has not been called since
	closed  bool
	err     error // the writer's first error; from then on bytes are discarded
}

// NewSink starts writing to w. drained is called when there is room again after
// Room had said that there is none.
func NewSink(w io.Writer, drained func()) *Sink { return newSink(w, drained, Soft, Hard) }

func newSink(w io.Writer, drained func(), soft, hard int) *Sink {
	s := &Sink{w: w, drained: drained, soft: soft, hard: hard, done: make(chan struct{}), space: make(chan struct{}, 1)}
	s.work.L, s.idle.L = &s.mu, &s.mu
	go s.pump()
	return s
}

func (s *Sink) pump() {
	defer close(s.done)
	var spare []byte
	for {
		out, ok := s.next(spare)
		if !ok {
			return
		}
		err := WriteAll(s.w, out)
		if s.finish(err) {
			s.drained()
		}
		spare = out[:0]
	}
}

// next waits for bytes and takes all of them, leaving spare to be filled.
func (s *Sink) next(spare []byte) (out []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.buf) == 0 {
		if s.closed {
			return nil, false
		}
		s.work.Wait()
	}
	out = s.buf
	s.buf, s.writing = spare, len(out)
	return out, true
}

// finish records that the writer has returned and tells whether somebody waits to
// hear of room.
func (s *Sink) finish(err error) (tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = 0
	if err != nil && s.err == nil {
		s.err = err
	}
	if s.err != nil {
		s.buf = s.buf[:0]
	}
	if len(s.buf) == 0 {
		s.idle.Broadcast()
	}
	select {
	case s.space <- struct{}{}:
	default:
	}
	tell = s.full && len(s.buf) < s.soft
	if tell {
		s.full = false
	}
	return tell
}

// WriteAll writes p, waiting where the descriptor is non-blocking and full.
func WriteAll(w io.Writer, p []byte) error {
	for len(p) > 0 {
		n, err := w.Write(p)
		p = p[min(max(n, 0), len(p)):]
		switch {
		case errors.Is(err, syscall.EAGAIN):
			time.Sleep(retryPause)
		case err != nil:
			return err
		case n == 0:
			return io.ErrShortWrite
		}
	}
	return nil
}

// Room reports whether fewer than Soft bytes wait. When it says no, drained will
// be called.
func (s *Sink) Room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buf)+s.writing < s.soft || s.err != nil {
		return true
	}
	s.full = true
	return false
}

// Put leaves b to be written; false: Hard bytes wait already, or the Sink is
// closed. It never waits.
func (s *Sink) Put(b byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return true // nobody is there to read it
	}
	if s.closed || len(s.buf)+s.writing >= s.hard {
		return false
	}
	s.buf = append(s.buf, b)
	if len(s.buf) == 1 {
		s.work.Signal()
	}
	return true
}

// PutWait is Put that waits up to patience for the writer to finish something.
func (s *Sink) PutWait(b byte, patience time.Duration) bool {
	t := time.NewTimer(patience)
	defer t.Stop()
	for !s.Put(b) {
		select {
		case <-s.space:
		case <-s.done:
			return false
		case <-t.C:
			return false
		}
	}
	return true
}

// Flush waits until nothing waits for the writer any more and
// returns the writer's error, if there was one.
func (s *Sink) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for (len(s.buf) > 0 || s.writing > 0) && s.err == nil {
		s.idle.Wait()
	}
	return s.err
}

// Close writes what is left, ends the goroutine and returns the writer's error,
// if there was one.
func (s *Sink) Close() error {
	s.mu.Lock()
	s.closed = true
	s.work.Broadcast()
	s.mu.Unlock()
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}
