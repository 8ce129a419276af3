package rng

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

func newRNG(t *testing.T, cfg Config) (*Device, *virtiotest.Driver) {
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

func TestFillsFromSource(t *testing.T) {
	dev, d := newRNG(t, Config{Source: strings.NewReader("abcdefghij")})
	q := d.Start(virtio.FeatureIndirect|virtio.FeatureEventIdx, 8)[0]
	a, b := d.Out(4), d.Out(3)
	if n := q.Do(a, b); n != 7 || string(d.Bytes(a))+string(d.Bytes(b)) != "abcdefg" {
		t.Errorf("%d bytes: %q %q", n, d.Bytes(a), d.Bytes(b))
	}
	q.Add(d.Out(4)) // one byte more than there is
	seq := d.IRQ.Count()
	q.Kick()
	d.IRQ.WaitAfter(seq)
	if d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 || !errors.Is(dev.Fault(), io.ErrUnexpectedEOF) {
		t.Error("a source that failed goes unnoticed")
	}
}

func TestHostSource(t *testing.T) {
	_, d := newRNG(t, Config{})
	q := d.Start(0, 8)[0]
	a, b := d.Out(64), d.Out(64)
	q.Do(a)
	q.Do(b)
	if bytes.Equal(d.Bytes(a), d.Bytes(b)) || bytes.Equal(d.Bytes(a), make([]byte, 64)) {
		t.Error("not random")
	}
	big := d.Out(1 << 20)
	if n := q.Do(big); n != maxBytes {
		t.Errorf("large request got %d bytes", n)
	}
	if n := q.Do(d.In([]byte("x"))); n != 0 {
		t.Errorf("request without room got %d bytes", n)
	}
}

func TestNeedsMemory(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("made without memory")
	}
}
