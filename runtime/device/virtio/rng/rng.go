package rng

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	queueSize = 256      // drivers with a size of their own ask for up to 128
	maxBytes  = 64 << 10 // of one request
)

// Config is what the machine gives the device.
type Config struct {
	// Source is where random bytes come from; nil: the host's cryptographic
	// generator. It must not wait for long.
	Source io.Reader
	Memory *physmem.Memory
}

// Device is the entropy source.
type Device struct {
	*virtio.Core
	source io.Reader
	buf    []byte // of the queue's goroutine
}

// New returns an entropy source and starts its goroutine.
func New(cfg Config) (*Device, error) {
	if cfg.Source == nil {
		cfg.Source = rand.Reader
	}
	d := &Device{source: cfg.Source}
	c, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDEntropy, Memory: cfg.Memory,
		Queues: []virtio.QueueConfig{{MaxSize: queueSize, Serve: d.serve}},
	})
	if err != nil {
		return nil, err
	}
	d.Core = c
	return d, nil
}

func (d *Device) serve(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		n := int(min(r.WritableLen(), maxBytes))
		if len(d.buf) < n {
			d.buf = make([]byte, n)
		}
		if _, err := io.ReadFull(d.source, d.buf[:n]); err != nil {
			r.Reject(fmt.Errorf("entropy source: %w", err))
			return
		}
		if _, err := r.CopyIn(0, d.buf[:n]); err == nil {
			r.Complete(uint64(n))
		}
		clear(d.buf[:n]) // what the guest may use as a key is nobody else's
	}
}
