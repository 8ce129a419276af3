package fs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

const maxMessage = 100_000

// echo answers a request with its bytes, inverted, as many as there is room for. "none" has no reply, "what" is no request.
type echo struct {
	mu      sync.Mutex
	cond    sync.Cond
	stopped bool // protected by mu: requests wait
	inside  int  // protected by mu: requests under way
	most    int  // protected by mu: of those
	asked   []string
	closed  bool
}

func newEcho() *echo {
	e := &echo{}
	e.cond.L = &e.mu
	return e
}

func (e *echo) Answer(p, out []byte) (int, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inside++
	e.most = max(e.most, e.inside)
	e.asked = append(e.asked, string(p[:min(4, len(p))]))
	e.cond.Broadcast()
	for e.stopped {
		e.cond.Wait()
	}
	e.inside--
	switch string(p) {
	case "none":
		return 0, true
	case "what":
		return 0, false
	}
	return copy(out, virtiotest.Invert(p)), true
}

func (e *echo) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// stop has requests wait until the result is called.
func (e *echo) stop() (goOn func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.stopped = false
		e.cond.Broadcast()
	}
}

// await waits until f is true.
func (e *echo) await(f func() bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for !f() {
		e.cond.Wait()
	}
}

type rig struct {
	*virtiotest.Driver
	dev           *Device
	e             *echo
	urgent, queue *virtiotest.Queue
}

func newRig(t *testing.T) *rig { return newRigWith(t, virtio.FeatureIndirect) }

func newRigWith(t *testing.T, features uint64) *rig {
	t.Helper()
	leaktest.Check(t)
	mem := virtiotest.NewMemory(t, 64<<20)
	e := newEcho()
	dev, err := New(Config{Server: e, Memory: mem, Tag: "files", MaxRequest: maxMessage, MaxReply: maxMessage})
	if err != nil {
		t.Fatal(err)
	}
	d := virtiotest.Connect(t, dev, mem)
	t.Cleanup(func() { _ = dev.Close() }) // the tests that care look themselves
	q := d.Start(features, 64, 64)
	return &rig{d, dev, e, q[0], q[1]}
}

func TestRequests(t *testing.T) {
	r := newRig(t)
	if n := r.dev.DeviceID(); n != 26 {
		t.Errorf("device %d", n)
	}
	var space [40]byte
	for i := range space {
		v, _ := r.Bus.Load(0x100+uint64(i), 1)
		space[i] = byte(v)
	}
	if tag := strings.TrimRight(string(space[:36]), "\x00"); tag != "files" || binary.LittleEndian.Uint32(space[36:]) != 1 {
		t.Errorf("configuration space % x", space)
	}
	for _, size := range []int{1, smallBuffer, smallBuffer + 1, maxMessage} {
		p := bytes.Repeat([]byte("hartwood"), size/8+1)[:size]
		out := r.Out(uint32(size) + 10)
		if n := r.queue.Do(r.In(p[:size/2]), r.In(p[size/2:]), out); int(n) != size || !bytes.Equal(r.Bytes(out)[:size], virtiotest.Invert(p)) {
			t.Errorf("%d bytes of %d", n, size)
		}
	}
	// The guest has room for more than a reply may have, or for none.
	if n := r.queue.Do(r.In([]byte("abc")), r.Out(1<<20)); n != 3 {
		t.Errorf("%d bytes", n)
	}
	if n := r.urgent.Do(r.In([]byte("none"))); n != 0 {
		t.Errorf("%d bytes for what has no reply", n)
	}
}

// What is no request, or too long, stops the queue, whatever the lengths say.
func TestBadRequests(t *testing.T) {
	for name, post := range map[string]func(r *rig){
		"unknown":  func(r *rig) { r.queue.Add(r.In([]byte("what")), r.Out(10)) },
		"urgent":   func(r *rig) { r.urgent.Add(r.In([]byte("what"))) },
		"too long": func(r *rig) { r.queue.Add(r.In(make([]byte, maxMessage+1)), r.Out(10)) },
		"huge": func(r *rig) {
			b := r.In(make([]byte, 1<<20))
			r.queue.Add(b, b, b, b, b, b, b, b, r.Out(10))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			seq := r.IRQ.Count()
			post(r)
			r.queue.Notify()
			r.urgent.Notify()
			r.IRQ.WaitAfter(seq)
			if err := r.dev.Fault(); !errors.Is(err, virtio.ErrProtocol) {
				t.Errorf("fault %v", err)
			}
		})
	}
}

// Of many requests so many are under way as there are workers, and none waits behind one that the host does not answer
// while there is a worker left; what is urgent waits for none.
func TestWorkersAreBounded(t *testing.T) {
	r := newRig(t)
	goOn := r.e.stop()
	for range 3 * Workers {
		r.queue.Add(r.In([]byte("abc")), r.Out(3))
	}
	r.queue.Notify()
	r.e.await(func() bool { return r.e.inside == Workers })
	r.urgent.Add(r.In([]byte("none")))
	r.urgent.Notify()
	r.e.await(func() bool { return r.e.inside == Workers+1 })
	time.Sleep(50 * time.Millisecond) // for those that should not come
	goOn()
	for range 3 * Workers {
		r.queue.Wait()
	}
	if r.e.most != Workers+1 {
		t.Errorf("%d requests at once", r.e.most)
	}
}

// A request behind others that the host does not answer is answered meanwhile, also if the driver says that it is there only where it has
// been asked to.
func TestNoneWaitsBehindAnother(t *testing.T) {
	r := newRigWith(t, virtio.FeatureEventIdx)
	goOn := r.e.stop()
	defer goOn()
	inside := func() int {
		r.e.mu.Lock()
		defer r.e.mu.Unlock()
		return r.e.inside
	}
	for n := 1; n <= Workers; n++ {
		r.queue.Add(r.In([]byte("abc")), r.Out(3))
		r.queue.Kick()
		for end := time.Now().Add(30 * time.Second); inside() < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("request %d waits behind the others", n)
			}
		}
	}
	goOn()
	for range Workers {
		r.queue.Wait()
	}
}

// Close answers what there is; after Abort it waits for nobody.
func TestClose(t *testing.T) {
	r := newRig(t)
	for range 20 {
		r.queue.Add(r.In([]byte("abc")), r.Out(3))
	}
	r.queue.Notify()
	if err := r.dev.Close(); err != nil || !r.e.closed {
		t.Errorf("%v, closed %v", err, r.e.closed)
	}
	for i := range 20 {
		if _, n, ok := r.queue.Used(); !ok || n != 3 {
			t.Errorf("request %d: %d bytes, %v", i, n, ok)
		}
	}
	if err := r.dev.Close(); err != nil {
		t.Error(err)
	}
}

func TestAbort(t *testing.T) {
	r := newRig(t)
	goOn := r.e.stop()
	for range 3 * Workers {
		r.queue.Add(r.In([]byte("abc")), r.Out(3))
	}
	r.queue.Notify()
	r.e.await(func() bool { return r.e.inside == Workers })
	r.dev.Abort()
	if err := r.dev.Close(); !errors.Is(err, ErrUnderWay) || !strings.Contains(err.Error(), "files") {
		t.Errorf("%v", err)
	}
	if r.e.closed {
		t.Error("the server was closed under a request")
	}
	goOn()
	for { // the server is closed behind the last request
		r.e.mu.Lock()
		closed, asked := r.e.closed, len(r.e.asked)
		r.e.mu.Unlock()
		if asked > Workers {
			t.Fatal("a request has begun after Abort")
		}
		if closed {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, _, ok := r.queue.Used(); ok {
		t.Error("a request was answered after Abort")
	}
}

func TestConfigErrors(t *testing.T) {
	mem := virtiotest.NewMemory(t, 1<<20)
	for _, tag := range []string{"", strings.Repeat("x", MaxTag+1)} {
		e := newEcho()
		if _, err := New(Config{Server: e, Memory: mem, Tag: tag}); !errors.Is(err, ErrConfig) || !e.closed {
			t.Errorf("tag %q: %v, closed %v", tag, err, e.closed)
		}
	}
	if _, err := New(Config{Memory: mem, Tag: "x"}); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}
