package stream

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

func takeAll(s *Source, ready <-chan struct{}, n int) []byte {
	var got []byte
	p := make([]byte, 100)
	for len(got) < n {
		if k := s.Take(p); k > 0 {
			got = append(got, p[:k]...)
			continue
		}
		<-ready
	}
	return got
}

func notifier() (chan struct{}, func()) {
	c := make(chan struct{}, 1)
	return c, func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// countingReader tells how much has been read ahead.
type countingReader struct {
	mu   sync.Mutex
	r    io.Reader
	read int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read += n
	return n, err
}

func TestSourceIsBoundedAndLosesNothing(t *testing.T) {
	want := strings.Repeat("0123456789abcdef", 4096)
	r := &countingReader{r: strings.NewReader(want)}
	ready, notify := notifier()
	s := NewSource(r, notify)
	<-ready
	if r.read > 2*chunk || s.Len() > chunk {
		t.Errorf("read %d ahead, holds %d", r.read, s.Len())
	}
	if got := string(takeAll(s, ready, len(want))); got != want {
		t.Error("bytes lost or changed")
	}
	<-s.done // at the end of input the goroutine ends by itself
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSourceCloseInterruptsRead(t *testing.T) {
	leaktest.Check(t)
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pr.Close()
	defer pw.Close()
	s := NewSource(pr, func() {})
	if err := s.Close(); err != nil { // would hang if the read went on
		t.Error(err)
	}
	// The reader is as usable as before.
	ready, notify := notifier()
	s2 := NewSource(pr, notify)
	pw.WriteString("x")
	if got := takeAll(s2, ready, 1); string(got) != "x" {
		t.Errorf("got %q", got)
	}
	s2.Close()
}

type errReader struct{ errs []error }

func (e *errReader) Read(p []byte) (int, error) {
	if len(e.errs) == 0 {
		p[0] = '!'
		return 1, io.EOF
	}
	err := e.errs[0]
	e.errs = e.errs[1:]
	return 0, err
}

func TestSourceErrors(t *testing.T) {
	boom := errors.New("boom")
	s := NewSource(&errReader{errs: []error{boom}}, func() {})
	<-s.done
	if err := s.Close(); !errors.Is(err, boom) {
		t.Errorf("Close = %v", err)
	}
	s = NewSource(&errReader{errs: make([]error, 1000)}, func() {})
	<-s.done
	if err := s.Close(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Close = %v", err)
	}
	ready, notify := notifier()
	s = NewSource(&errReader{errs: []error{syscall.EAGAIN}}, notify)
	if got := takeAll(s, ready, 1); string(got) != "!" {
		t.Errorf("got %q", got)
	}
	s.Close()
	if s := NewSource(nil, nil); s.Take(make([]byte, 1)) != 0 || s.Close() != nil {
		t.Error("nil reader")
	}
}

// gate is a writer that waits for permission and then takes everything.
type gate struct {
	open chan struct{}
	buf  bytes.Buffer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return g.buf.Write(p)
}

func TestSinkSlowWriter(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	drained, notify := notifier()
	const soft, hard = 100, 10000
	s := newSink(g, notify, soft, hard)
	n := 0
	for s.Put(byte(n)) {
		n++
	}
	if n != hard {
		t.Errorf("took %d bytes, want %d", n, hard)
	}
	if s.Room() {
		t.Error("room in a full sink")
	}
	if s.PutWait(0, time.Microsecond) {
		t.Error("PutWait found room")
	}
	close(g.open)
	<-drained
	if !s.PutWait(byte(n), time.Hour) {
		t.Error("PutWait found no room")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if g.buf.Len() != n+1 {
		t.Fatalf("wrote %d bytes, want %d", g.buf.Len(), n+1)
	}
	for i, b := range g.buf.Bytes() {
		if b != byte(i) {
			t.Fatalf("byte %d is %#x", i, b)
		}
	}
	if s.Put(0) {
		t.Error("closed sink takes bytes")
	}
}

func TestSinkFlush(t *testing.T) {
	var buf bytes.Buffer
	s := NewSink(&buf, func() {})
	defer s.Close()
	for range 10 {
		s.Put('a')
		s.Put('b')
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if buf.String() != strings.Repeat("ab", 10) {
		t.Errorf("got %q", buf.String())
	}
}

type stutter struct {
	buf   bytes.Buffer
	calls int
}

// Write takes one byte at a time and now and then none.
func (s *stutter) Write(p []byte) (int, error) {
	if s.calls++; s.calls%3 == 0 {
		return 0, syscall.EAGAIN
	}
	s.buf.WriteByte(p[0])
	return 1, nil
}

func TestSinkNonBlockingWriter(t *testing.T) {
	w := &stutter{}
	s := NewSink(w, func() {})
	for _, b := range []byte("hello, world") {
		s.Put(b)
	}
	if err := s.Close(); err != nil || w.buf.String() != "hello, world" {
		t.Errorf("%q, %v", w.buf.String(), err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestSinkFailedWriterDiscards(t *testing.T) {
	s := newSink(failing{}, func() {}, 10, 100)
	s.Put('a')
	if err := s.Flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Flush = %v", err)
	}
	for range 1000 {
		if !s.Put('b') || !s.Room() {
			t.Fatal("a sink whose writer failed holds the guest up")
		}
	}
	if err := s.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close = %v", err)
	}
}
