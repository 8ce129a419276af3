package virtio_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// handOver gives requests to a channel, as a device does whose workers answer them.
type handOver struct {
	requests     chan *virtio.Request
	begun, ended atomic.Int32 // rounds of the queue's goroutine
}

func newHandOver() *handOver { return &handOver{requests: make(chan *virtio.Request, 64)} }

func (h *handOver) serve(q *virtio.Queue) {
	h.begun.Add(1)
	for r, ok := q.Pop(); ok; r, ok = q.Pop() {
		h.requests <- r
	}
	h.ended.Add(1)
}

// notify has the queue's goroutine look at the queue, and waits until it has.
func (h *handOver) notify(q *virtiotest.Queue) {
	n := h.begun.Load()
	for q.Notify(); h.ended.Load() <= n; {
		goruntime.Gosched()
	}
}

// Quiesce waits for what is under way, and nothing begins until release; a device that is not at rest is not saved.
func TestQuiesce(t *testing.T) {
	h := newHandOver()
	dev, d := virtiotest.NewDevice(t, false, 1, h.serve)
	q := d.Start(virtio.FeatureEventIdx, 8)[0]
	add := func() uint16 {
		token, ok := q.Add(d.In([]byte("abc")), d.Out(3))
		if !ok {
			t.Fatal("queue full")
		}
		h.notify(q)
		return token
	}
	first := add()
	r := <-h.requests
	if _, err := dev.Save(); !errors.Is(err, virtio.ErrBusy) {
		t.Errorf("saved with a request under way: %v", err)
	}

	gone, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("no patience")
	cancel(cause)
	if _, err := dev.Quiesce(gone); !errors.Is(err, cause) {
		t.Fatalf("at rest with a request under way: %v", err)
	}
	second := add() // the device goes on
	r2 := <-h.requests

	type result struct {
		release func()
		err     error
	}
	rest := make(chan result)
	go func() {
		release, err := dev.Quiesce(t.Context())
		rest <- result{release, err}
	}()
	virtiotest.Answer(r)
	select {
	case <-rest:
		t.Fatal("at rest with a request under way")
	default:
	}
	virtiotest.Answer(r2)
	got := <-rest
	if got.err != nil {
		t.Fatal(got.err)
	}
	for _, want := range []uint16{first, second} {
		if token, _ := q.Wait(); token != want {
			t.Errorf("chain %d finished, want %d", token, want)
		}
	}
	third := add()
	if len(h.requests) != 0 {
		t.Fatal("a request has begun at rest")
	}
	again, err := dev.Quiesce(t.Context()) // by somebody else too
	if err != nil {
		t.Fatal(err)
	}
	again()
	h.notify(q)
	if _, err := dev.Save(); err != nil || len(h.requests) != 0 {
		t.Errorf("%d requests begun at rest, %v", len(h.requests), err)
	}
	got.release()
	virtiotest.Answer(<-h.requests)
	if token, _ := q.Wait(); token != third {
		t.Errorf("chain %d finished, want %d", token, third)
	}
}

// A reset brings the device to rest, whatever becomes of its requests.
func TestQuiesceEndsWithAReset(t *testing.T) {
	h := newHandOver()
	dev, d := virtiotest.NewDevice(t, false, 1, h.serve)
	for range 20 {
		q := d.Start(0, 8)[0]
		q.Add(d.Out(4))
		q.Kick()
		r := <-h.requests
		rest := make(chan error)
		go func() {
			release, err := dev.Quiesce(t.Context())
			if err == nil {
				release()
			}
			rest <- err
		}()
		time.Sleep(time.Millisecond) // so that it waits by then, most of the time
		dev.Reset()
		if err := <-rest; err != nil {
			t.Error(err)
		}
		r.Complete(0)
		if s, err := dev.Save(); err != nil || s.Core.Queues[0].Ready {
			t.Errorf("%+v, %v", s, err)
		}
	}
}
