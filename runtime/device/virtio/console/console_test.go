package console

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

var _ virtio.Device = (*Device)(nil)

func newConsole(t *testing.T, cfg Config) (*Device, *virtiotest.Driver) {
	t.Helper()
	leaktest.Check(t)
	cfg.Memory = virtiotest.NewMemory(t, 4<<20)
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, virtiotest.Connect(t, d, cfg.Memory)
}

const ringFeatures = virtio.FeatureIndirect | virtio.FeatureEventIdx

func TestTransmit(t *testing.T) {
	var out bytes.Buffer
	dev, d := newConsole(t, Config{Out: &out})
	tx := d.Start(ringFeatures, 8, 8)[1]
	long := strings.Repeat("0123456789", 1000)
	tx.Do(d.In([]byte("hello ")), d.In([]byte("world\n")))
	tx.Do(d.In([]byte(long)))
	tx.Add(d.In([]byte("bye\n")))
	tx.Kick()
	if err := dev.Close(); err != nil { // which writes what was posted
		t.Fatal(err)
	}
	if got := out.String(); got != "hello world\n"+long+"bye\n" {
		t.Errorf("wrote %d bytes: %.40q", len(got), got)
	}
}

func TestReceiveIsLossless(t *testing.T) {
	want := strings.Repeat("the quick brown fox ", 2000)
	_, d := newConsole(t, Config{In: strings.NewReader(want)})
	rx := d.Start(ringFeatures, 8, 8)[0]
	bufs := map[uint16]virtiotest.Buf{}
	post := func(b virtiotest.Buf) {
		token, ok := rx.Add(b)
		if !ok {
			t.Fatal("queue full")
		}
		bufs[token] = b
		rx.Kick()
	}
	for i := range uint32(4) {
		post(d.Out(100 + 50*i))
	}
	var got []byte
	for len(got) < len(want) {
		token, n := rx.Wait()
		b := bufs[token]
		got = append(got, d.Bytes(b)[:n]...)
		post(b)
	}
	if string(got) != want {
		t.Error("bytes lost or changed")
	}
}

// Input that comes before the driver, or across a reset, reaches the next driver.
func TestInputWaitsForDriver(t *testing.T) {
	pr, pw := io.Pipe()
	defer pw.Close()
	dev, d := newConsole(t, Config{In: pr})
	pw.Write([]byte("early"))
	dev.Reset()
	rx := d.Start(0, 8, 8)[0]
	b := d.Out(3)
	rx.Do(b)
	if string(d.Bytes(b)) != "ear" {
		t.Errorf("got %q", d.Bytes(b))
	}
	rx = d.Start(0, 8, 8)[0]
	b = d.Out(30)
	if n := rx.Do(b); string(d.Bytes(b)[:n]) != "ly" {
		t.Errorf("after reset: %q", d.Bytes(b)[:n])
	}
}

// stuck is a writer that waits for permission.
type stuck struct{ enter, leave chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	s.enter <- struct{}{}
	<-s.leave
	return len(p), nil
}

// A writer that does not move holds up neither input nor a reset.
func TestStuckWriter(t *testing.T) {
	s := stuck{make(chan struct{}), make(chan struct{})}
	_, d := newConsole(t, Config{In: strings.NewReader("input"), Out: s})
	qs := d.Start(0, 8, 8)
	qs[1].Add(d.In([]byte("x")))
	qs[1].Kick()
	<-s.enter
	b := d.Out(10)
	if n := qs[0].Do(b); n != 5 {
		t.Errorf("received %d bytes", n)
	}
	d.SetReg(mmio.RegStatus, 0)
	close(s.leave)
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenWriter(t *testing.T) {
	dev, d := newConsole(t, Config{Out: broken{}})
	tx := d.Start(0, 8, 8)[1]
	for range 3 {
		tx.Do(d.In([]byte("x"))) // goes nowhere, but the guest runs on
	}
	if err := dev.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close = %v", err)
	}
}

// The console has one port and does not claim to know its size.
func TestConfigSpace(t *testing.T) {
	_, d := newConsole(t, Config{})
	d.Start(0, 8, 8)
	if d.Features&7 != 0 || d.Reg(mmio.RegConfig) != 0 || d.Reg(mmio.RegConfig+4) != 1 {
		t.Errorf("features %#x, size %#x, %d ports", d.Features, d.Reg(mmio.RegConfig), d.Reg(mmio.RegConfig+4))
	}
	if _, err := New(Config{}); !errors.Is(err, virtio.ErrConfig) {
		t.Errorf("no memory: %v", err)
	}
}
