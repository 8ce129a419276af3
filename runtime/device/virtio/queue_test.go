package virtio_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// forFeatures runs f with every combination of the queues' own features.
func forFeatures(t *testing.T, f func(t *testing.T, features uint64)) {
	for _, features := range []uint64{0, virtio.FeatureIndirect, virtio.FeatureEventIdx, virtio.FeatureIndirect | virtio.FeatureEventIdx} {
		t.Run(fmt.Sprintf("indirect=%v,event=%v", features&virtio.FeatureIndirect != 0, features&virtio.FeatureEventIdx != 0),
			func(t *testing.T) { f(t, features) })
	}
}

func TestOneRequest(t *testing.T) {
	forFeatures(t, func(t *testing.T, features uint64) {
		_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
		q := d.Start(features, 8)[0]
		a, b := d.In([]byte("hello ")), d.In([]byte("world"))
		none := virtiotest.Buf{Addr: 1} // no bytes, no address
		x, y := d.Out(4), d.Out(100)
		if n := q.Do(a, none, b, x, y); n != 11 {
			t.Errorf("%d bytes written", n)
		}
		got := append(d.Bytes(x), d.Bytes(y)[:7]...)
		if !bytes.Equal(virtiotest.Invert(got), []byte("hello world")) {
			t.Errorf("got %q", virtiotest.Invert(got))
		}
	})
}

// Random chains from several outstanding requests, completed out of order by
// other goroutines, against what they must give. More requests than the ring
// index counts to would take long; the indices start near the wrap instead in
// TestIndexWrap.
func TestHammer(t *testing.T) {
	forFeatures(t, func(t *testing.T, features uint64) {
		var wg sync.WaitGroup
		defer wg.Wait()
		_, d := virtiotest.NewDevice(t, false, 1, func(q *virtio.Queue) {
			for {
				r, ok := q.Pop()
				if !ok {
					return
				}
				wg.Go(func() { virtiotest.Answer(r) })
			}
		})
		q := d.Start(features, 16)[0]
		rng := rand.New(rand.NewPCG(features, 7))
		type job struct {
			in  []byte
			out []virtiotest.Buf
		}
		jobs := map[uint16]job{}
		finish := func(token uint16, n uint32) {
			j := jobs[token]
			delete(jobs, token)
			var got []byte
			for _, b := range j.out {
				got = append(got, d.Bytes(b)...)
			}
			want := virtiotest.Invert(j.in)[:min(len(j.in), len(got))]
			if int(n) != len(want) || !bytes.Equal(got[:n], want) {
				t.Fatalf("request %d: wrote %d bytes, want %d, or others", token, n, len(want))
			}
		}
		for range 400 {
			var j job
			var chain []virtiotest.Buf
			for range 1 + rng.IntN(3) {
				p := make([]byte, rng.IntN(60))
				for i := range p {
					p[i] = byte(rng.Uint32())
				}
				j.in = append(j.in, p...)
				chain = append(chain, d.In(p))
			}
			for range rng.IntN(3) {
				b := d.Out(uint32(rng.IntN(80)))
				j.out = append(j.out, b)
				chain = append(chain, b)
			}
			token, ok := q.Add(chain...)
			for !ok {
				q.Kick()
				finish(q.Wait())
				token, ok = q.Add(chain...)
			}
			jobs[token] = j
			if rng.IntN(3) == 0 {
				q.Kick()
			}
		}
		q.Kick()
		for len(jobs) > 0 {
			finish(q.Wait())
		}
	})
}

func TestNotificationSuppression(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	q := d.Start(0, 8)[0]
	q.SuppressInterrupts(true)
	if _, ok := q.Add(d.In([]byte("x"))); !ok {
		t.Fatal("queue full")
	}
	q.Kick()
	for {
		if _, _, ok := q.Used(); ok {
			break
		}
	}
	if d.IRQ.Count() != 0 {
		t.Error("interrupt although the driver wants none")
	}
	q.SuppressInterrupts(false)
	q.Do(d.In([]byte("x")))
}

// With event indices the driver notifies of the entry that the device asks for,
// and the device interrupts only for the entry that the driver names.
func TestEventIndices(t *testing.T) {
	served := make(chan struct{}, 100)
	_, d := virtiotest.NewDevice(t, false, 1, func(q *virtio.Queue) { virtiotest.Echo(q); served <- struct{}{} })
	q := d.Start(virtio.FeatureEventIdx, 8)[0]
	<-served // activation: the device asks for entry 0
	for i := range uint64(3) {
		if _, ok := q.Add(d.In([]byte("x"))); !ok {
			t.Fatal("queue full")
		}
		if !q.Kick() {
			t.Errorf("entry %d: an idle device did not ask to be notified", i)
		}
		if q.Kick() {
			t.Error("notified of nothing")
		}
		<-served
		// used_event is still 0: only the first entry interrupts.
		if n := d.IRQ.Count(); n != 1 {
			t.Errorf("entry %d: %d interrupts", i, n)
		}
	}
}

// TRAPS 9 and 36: a device's writes into a page that holds code are reported,
// both data and ring.
func TestWritesAreNoted(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	q := d.Start(0, 8)[0]
	out := d.Out(3)
	var mu sync.Mutex
	var noted [][2]uint64
	d.Mem.OnCodeWrite(func(pa, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		noted = append(noted, [2]uint64{pa, n})
	})
	d.Mem.MarkCode(out.Addr)
	d.Mem.MarkCode(q.UsedRing)
	q.Do(d.In([]byte("abc")), out)
	mu.Lock()
	defer mu.Unlock()
	for _, want := range [][2]uint64{{out.Addr, 3}, {q.UsedRing + 4, 8}, {q.UsedRing, 4}} {
		found := false
		for _, n := range noted {
			found = found || n == want
		}
		if !found {
			t.Errorf("write of %d bytes at %#x was not noted (%x)", want[1], want[0], noted)
		}
	}
}

// After the reset has returned nothing of a request in flight touches memory.
func TestResetInFlight(t *testing.T) {
	for name, reset := range map[string]func(d *virtiotest.Driver){
		"status": func(d *virtiotest.Driver) { d.SetReg(mmio.RegStatus, 0) },
		"ready":  func(d *virtiotest.Driver) { d.SetReg(mmio.RegQueueSel, 0); d.SetReg(mmio.RegQueueReady, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			popped, resume := make(chan struct{}), make(chan error)
			_, d := virtiotest.NewDevice(t, false, 1, func(q *virtio.Queue) {
				r, ok := q.Pop()
				if !ok {
					return
				}
				popped <- struct{}{}
				<-resume
				_, err := r.CopyIn(0, []byte("late"))
				r.Complete(4)
				if _, again := q.Pop(); again {
					err = nil
				}
				resume <- err
			})
			q := d.Start(0, 8)[0]
			out := d.Out(4)
			q.Add(out)
			q.Add(out)
			q.Kick()
			<-popped
			reset(d)
			resume <- nil
			if err := <-resume; !errors.Is(err, virtio.ErrReset) {
				t.Errorf("late access: %v", err)
			}
			if _, _, used := q.Used(); used || !bytes.Equal(d.Bytes(out), make([]byte, 4)) || d.IRQ.Level() {
				t.Error("a request from before the reset wrote memory or interrupted")
			}
			q = d.Start(0, 8)[0] // the device works again
			out = d.Out(4)
			q.Add(out)
			q.Kick()
			<-popped
			resume <- nil
			if err := <-resume; err != nil {
				t.Errorf("after restart: %v", err)
			}
			q.Wait()
			if string(d.Bytes(out)) != "late" {
				t.Errorf("after restart: %q", d.Bytes(out))
			}
		})
	}
}

// Resets and notifications from several harts at once.
func TestConcurrentReset(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				d.SetReg(mmio.RegQueueNotify, 0)
				d.SetReg(mmio.RegInterruptACK, d.Reg(mmio.RegInterruptStatus))
				d.Reg(mmio.RegStatus)
			}
		}
	})
	in, out := d.In([]byte("abc")), d.Out(3)
	for range 50 {
		q := d.Start(0, 4)[0]
		for range 4 {
			if _, ok := q.Add(in, out); ok {
				q.Kick()
			}
		}
	}
	close(stop)
	wg.Wait()
}

// Close serves what was notified and then nothing any more.
func TestCloseServesWhatWasPosted(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	q := d.Start(0, 8)[0]
	q.Add(d.In([]byte("last words")))
	q.Kick()
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := q.Used(); !ok {
		t.Error("a request made available before Close was dropped")
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	q = d.Start(0, 8)[0]
	q.Add(d.In([]byte("x")))
	q.Kick()
	if _, _, ok := q.Used(); ok {
		t.Error("served after Close")
	}
}
