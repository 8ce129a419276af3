package stream

import (
	"errors"
	"io"
	"sync"
	"syscall"
	"time"
)

// chunk is how many bytes a Source asks its reader for at a time. A Source never
// holds more than two chunks.
const chunk = 4096

// idleReads is how many empty reads in a row end a Source, as in package bufio.
const idleReads = 100

// retryPause is how long to wait when a descriptor that somebody else has made
// non-blocking has nothing to give or no room.
const retryPause = 2 * time.Millisecond

// Source is bytes read ahead from an io.Reader.
type Source struct {
	r     io.Reader
	ready func()
	done  chan struct{} // closed when the goroutine has ended

	mu     sync.Mutex
	taken  sync.Cond // buf became empty, or closed
	buf    []byte    // the rest of the last read
	closed bool
	err    error // why reading ended; nil: it goes on, or io.EOF
}

// NewSource starts reading from r and calls ready each time bytes have become
// available. A nil r never gives anything.
func NewSource(r io.Reader, ready func()) *Source {
	s := &Source{r: r, ready: ready, done: make(chan struct{})}
	s.taken.L = &s.mu
	if r == nil {
		close(s.done)
	} else {
		go s.pump()
	}
	return s
}

func (s *Source) pump() {
	defer close(s.done)
	b := make([]byte, chunk)
	for empty := 0; ; {
		n, err := s.r.Read(b)
		if n > 0 {
			empty = 0
			if !s.offer(b[:n]) {
				return
			}
		} else if err == nil {
			if empty++; empty == idleReads {
				err = io.ErrNoProgress
			}
		}
		if errors.Is(err, syscall.EAGAIN) {
			time.Sleep(retryPause)
			err = nil
		}
		if err != nil {
			s.fail(err)
			return
		}
	}
}

// offer makes b available and waits until all of it was taken; false: closed.
func (s *Source) offer(b []byte) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.buf = b
	s.mu.Unlock()
	s.ready()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.buf) > 0 && !s.closed {
		s.taken.Wait()
	}
	return !s.closed
}

func (s *Source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != io.EOF && !s.closed {
		s.err = err
	}
}

// Take copies available bytes into p and returns how many; it never waits.
func (s *Source) Take(p []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	if n > 0 && len(s.buf) == 0 {
		s.taken.Signal()
	}
	return n
}

// Len returns how many bytes can be taken now.
func (s *Source) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.buf)
}

// Close ends the reading and returns the error that ended it before, if there was
// one other than io.EOF. Bytes not taken are lost.
func (s *Source) Close() error {
	s.mu.Lock()
	again := s.closed
	s.closed, s.buf = true, nil
	err := s.err
	s.taken.Broadcast()
	s.mu.Unlock()
	if d, ok := s.r.(interface{ SetReadDeadline(time.Time) error }); ok && !again {
		if d.SetReadDeadline(time.Now()) == nil {
			<-s.done
			// The reader may outlive this machine.
			_ = d.SetReadDeadline(time.Time{})
		}
	}
	return err
}
