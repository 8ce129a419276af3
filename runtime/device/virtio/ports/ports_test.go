package ports

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

// written is a writer that can be looked at.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
	wait chan struct{} // nil: writes return at once; otherwise when it is closed
}

func (w *written) Write(p []byte) (int, error) {
	if w.wait != nil {
		<-w.wait
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

type rig struct {
	*virtiotest.Driver
	dev    *Device
	queues []*virtiotest.Queue
}

func newRig(t *testing.T, list ...Port) *rig {
	t.Helper()
	leaktest.Check(t)
	mem := virtiotest.NewMemory(t, 16<<20)
	dev, err := New(Config{Ports: list, Memory: mem})
	if err != nil {
		t.Fatal(err)
	}
	d := virtiotest.Connect(t, dev, mem)
	t.Cleanup(func() { _ = dev.Close() })
	var sizes []uint16
	for range 2 + 2*len(list) {
		sizes = append(sizes, 16)
	}
	return &rig{d, dev, d.Start(featureMultiport, sizes...)}
}

// say sends a control message.
func (r *rig) say(id uint32, event, value uint16) {
	var m [messageSize]byte
	binary.LittleEndian.PutUint32(m[:], id)
	binary.LittleEndian.PutUint16(m[4:], event)
	binary.LittleEndian.PutUint16(m[6:], value)
	r.queues[controlOut].Do(r.In(m[:]))
}

// expect waits for a control message.
func (r *rig) expect(id uint32, event, value uint16) {
	r.T.Helper()
	b := r.Out(100)
	if n := r.queues[controlIn].Do(b); n != messageSize {
		r.T.Fatalf("message of %d bytes", n)
	}
	m := r.Bytes(b)
	le := binary.LittleEndian
	if le.Uint32(m) != id || le.Uint16(m[4:]) != event || le.Uint16(m[6:]) != value {
		r.T.Fatalf("message % x, want port %d, event %d, value %d", m[:messageSize], id, event, value)
	}
}

// begin goes as far as ports that are open on the host's side.
func (r *rig) begin() {
	r.T.Helper()
	r.say(0, eventDeviceReady, 1)
	for i := range r.dev.ports {
		r.expect(uint32(i), eventPortAdd, 1)
	}
	for i := range r.dev.ports {
		r.say(uint32(i), eventPortReady, 1)
		r.expect(uint32(i), eventPortOpen, 1)
	}
}

// Input comes when the guest has opened the port, whole and in order, and its end behind it; output is as it was written.
func TestStreams(t *testing.T) {
	text := strings.Repeat("0123456789\x00\n\x04", 4000)
	out := &written{}
	r := newRig(t, Port{Out: out}, Port{In: strings.NewReader(text)})
	r.begin()
	input := r.queues[receiveQueue(1)]
	early := r.Out(1000)
	input.Add(early)
	input.Notify()
	r.say(0, eventPortOpen, 1) // another port
	if _, _, ok := input.Used(); ok {
		t.Error("a port that nobody has opened has input")
	}
	r.say(1, eventPortOpen, 1)
	_, n := input.Wait()
	got := string(r.Bytes(early)[:n])
	for len(got) < len(text) {
		b := r.Out(5000)
		n := input.Do(b)
		got += string(r.Bytes(b)[:n])
	}
	if got != text {
		t.Errorf("%d bytes of %d, or others", len(got), len(text))
	}
	input.Add(r.Out(10)) // which stays
	input.Notify()
	r.expect(1, eventPortOpen, 0)
	if _, n, ok := input.Used(); ok {
		t.Errorf("%d bytes behind the end", n)
	}
	for _, s := range []string{"abc", text} {
		r.queues[1].Do(r.In([]byte(s)), r.In([]byte("!")))
	}
	if err := r.dev.Close(); err != nil {
		t.Error(err)
	}
	if want := "abc!" + text + "!"; out.text.String() != want {
		t.Errorf("%d bytes were written, want %d", out.text.Len(), len(want))
	}
}

// Another driver is told everything anew, the end of input too.
func TestAnotherDriver(t *testing.T) {
	r := newRig(t, Port{In: strings.NewReader("")})
	for range 2 {
		r.begin()
		r.say(0, eventPortOpen, 1)
		r.expect(0, eventPortOpen, 0)
	}
}

// A guest that says the same again and again, or nonsense, makes the device hold nothing more.
func TestControlIsBounded(t *testing.T) {
	r := newRig(t, Port{}, Port{})
	for range 1000 {
		r.say(0, eventDeviceReady, 1)
		r.say(1, eventPortReady, 1)
		r.say(99, eventPortReady, 1)
		r.say(1<<31, eventPortOpen, 1)
		r.say(1, 77, 1)
	}
	r.expect(0, eventPortAdd, 1)
	r.expect(1, eventPortAdd, 1)
	r.expect(1, eventPortOpen, 1)
	r.queues[controlIn].Add(r.Out(8))
	r.queues[controlIn].Notify()
	r.say(0, eventPortReady, 1)
	if _, n := r.queues[controlIn].Wait(); n != messageSize { // the one message that there was to say since
		t.Errorf("%d bytes", n)
	}
	if r.dev.hasNews() {
		t.Error("there is more to say than that")
	}
	seq := r.IRQ.Count()
	r.queues[controlOut].Add(r.In([]byte("short")))
	r.queues[controlOut].Notify()
	r.IRQ.WaitAfter(seq)
	if err := r.dev.Fault(); !errors.Is(err, virtio.ErrProtocol) {
		t.Errorf("fault %v", err)
	}
}

// After Abort nobody waits for a writer that does not return.
func TestAbort(t *testing.T) {
	out := &written{wait: make(chan struct{})}
	in, keep := io.Pipe()
	r := newRig(t, Port{In: in, Out: out})
	r.queues[1].Add(r.In([]byte("x")))
	r.queues[1].Notify()
	r.dev.Abort()
	err := r.dev.Close()
	if err != nil && !errors.Is(err, ErrUnderWay) {
		t.Error(err)
	}
	close(out.wait)
	keep.Close()
}

func TestConfigErrors(t *testing.T) {
	for _, n := range []int{0, MaxPorts + 1} {
		if _, err := New(Config{Ports: make([]Port, n), Memory: virtiotest.NewMemory(t, 1<<20)}); !errors.Is(err, ErrConfig) {
			t.Errorf("%d ports: %v", n, err)
		}
	}
}
