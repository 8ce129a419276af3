package virtiotest

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// What NewDevice's devices are.
const (
	DeviceID = 42
	Feature  = 1 << 3
)

// Space is the configuration space of NewDevice's devices.
var Space = []byte{1, 2, 3, 4, 5}

// Connect puts dev behind a transport of version 2, and returns its driver.
func Connect(t testing.TB, dev virtio.Device, mem *physmem.Memory) *Driver {
	irq := NewIRQ()
	return New(t, mmio.New(mmio.Config{Device: dev, Line: irq.Set}), mem, irq)
}

// NewDevice makes a device whose queues, of at most 64 entries, are all served by serve, behind a transport, and its driver.
func NewDevice(t *testing.T, legacy bool, queues int, serve func(*virtio.Queue)) (*mmio.Transport, *Driver) {
	t.Helper()
	leaktest.Check(t)
	d := New(t, nil, NewMemory(t, 4<<20), NewIRQ())
	dev := d.Device(legacy, queues, serve)
	d.Bus = dev
	return dev, d
}

// Device makes another device as NewDevice does, with the driver's memory and interrupt.
func (d *Driver) Device(legacy bool, queues int, serve func(*virtio.Queue)) *mmio.Transport {
	d.T.Helper()
	cfg := virtio.Config{DeviceID: DeviceID, Features: Feature, Space: Space, Memory: d.Mem}
	for range queues {
		cfg.Queues = append(cfg.Queues, virtio.QueueConfig{MaxSize: 64, Serve: serve})
	}
	core, err := virtio.New(cfg)
	if err != nil {
		d.T.Fatal(err)
	}
	dev := mmio.New(mmio.Config{Device: core, Line: d.IRQ.Set, Legacy: legacy})
	d.T.Cleanup(func() {
		if err := dev.Close(); err != nil {
			d.T.Error(err)
		}
	})
	return dev
}

// Invert is what Echo computes from each byte.
func Invert(p []byte) []byte {
	q := make([]byte, len(p))
	for i, b := range p {
		q[i] = ^b
	}
	return q
}

// Answer writes the inverted readable part of r into its writable part.
func Answer(r *virtio.Request) {
	p := make([]byte, r.ReadableLen())
	if _, err := r.CopyOut(p, 0); err != nil {
		return
	}
	n, err := r.CopyIn(0, Invert(p))
	if err != nil {
		return
	}
	r.Complete(uint64(n))
}

// Echo answers what q has.
func Echo(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		Answer(r)
	}
}

// TryEcho has a device, whose queue q is served by Echo, answer a request.
func (d *Driver) TryEcho(q *Queue) {
	d.T.Helper()
	in, out := d.In([]byte("abc")), d.Out(3)
	if n := q.Do(in, out); n != 3 || string(d.Bytes(out)) != "\x9e\x9d\x9c" {
		d.T.Errorf("%d bytes: %q", n, d.Bytes(out))
	}
}
