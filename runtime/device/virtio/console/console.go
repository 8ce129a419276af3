package console

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/stream"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	receiveQueue = 0
	queueSize    = 256
	chunk        = 4096
	maxTransfer  = 64 << 20 // bytes of one transmit request
)

// Config is what the machine gives the device.
type Config struct {
	In     io.Reader // nil: no input ever
	Out    io.Writer // nil: output is discarded
	Memory *physmem.Memory
}

// Device is the console.
type Device struct {
	*virtio.Core
	in  *stream.Source
	out io.Writer

	// Of the receive queue's goroutine.
	inBuf []byte
	held  []byte // the part of inBuf that was taken from in and not yet given
	// Of the transmit queue's goroutine, until it has ended.
	outBuf []byte
	outErr error // the writer's first error

	closing  sync.Once
	closeErr error
}

// New returns a console and starts its goroutines.
func New(cfg Config) (*Device, error) {
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	d := &Device{out: cfg.Out, inBuf: make([]byte, chunk), outBuf: make([]byte, chunk)}
	c, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDConsole, Space: space(),
		Memory: cfg.Memory,
		Queues: []virtio.QueueConfig{
			{MaxSize: queueSize, Serve: d.receive},
			{MaxSize: queueSize, Serve: d.transmit},
		},
	})
	if err != nil {
		return nil, err
	}
	d.Core = c
	d.in = stream.NewSource(cfg.In, func() { c.Kick(receiveQueue) })
	return d, nil
}

// space is the configuration space, chapter 5.3.4: no size, one port.
func space() []byte {
	s := make([]byte, 12)
	binary.LittleEndian.PutUint32(s[4:], 1) // max_nr_ports
	return s
}

// receive gives waiting input to posted buffers.
func (d *Device) receive(q *virtio.Queue) {
	for {
		if len(d.held) == 0 {
			d.held = d.inBuf[:d.in.Take(d.inBuf)]
		}
		if len(d.held) == 0 {
			return
		}
		r, ok := q.Pop()
		if !ok {
			return
		}
		n, err := r.CopyIn(0, d.held)
		if err != nil {
			return // reset: the bytes wait for the next driver
		}
		d.held = d.held[n:]
		r.Complete(uint64(n))
	}
}

// transmit writes posted buffers out.
func (d *Device) transmit(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		if r.ReadableLen() > maxTransfer {
			r.Reject(fmt.Errorf("%w: console output of %d bytes", virtio.ErrProtocol, r.ReadableLen()))
			return
		}
		d.write(r)
		r.Complete(0)
	}
}

func (d *Device) write(r *virtio.Request) {
	for off := uint64(0); off < r.ReadableLen(); {
		n, err := r.CopyOut(d.outBuf, off)
		if err != nil {
			return
		}
		off += uint64(n)
		if d.outErr == nil {
			d.outErr = stream.WriteAll(d.out, d.outBuf[:n])
		}
	}
}

// Close writes what the guest has posted, stops the goroutines and returns the
// first errors of reader and writer.
func (d *Device) Close() error {
	d.closing.Do(func() {
		inErr, err := d.in.Close(), d.Core.Close()
		d.closeErr = errors.Join(inErr, err, d.outErr) // outErr: its goroutine has ended
	})
	return d.closeErr
}
