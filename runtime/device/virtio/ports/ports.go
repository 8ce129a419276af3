package ports

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
	featureMultiport = 1 << 1

	queueSize   = 64
	controlSize = 64
	chunk       = 32 << 10
	maxTransfer = 64 << 20 // bytes of one request

	// MaxPorts is the largest number of ports.
	MaxPorts = 8
)

var (
	// ErrConfig reports a Config that makes no device.
	ErrConfig = errors.New("virtio ports: impossible configuration")
	// ErrUnderWay reports a device that was given up while a writer had not returned.
	ErrUnderWay = errors.New("virtio ports: a writer had not returned when the run was to end")
)

// Port is one stream in each direction.
type Port struct {
	In  io.Reader // nil: there is never any
	Out io.Writer // nil: output is thrown away
}

// Config is what the machine gives the device.
type Config struct {
	Ports  []Port
	Memory *physmem.Memory
}

// Device is the ports of a guest.
type Device struct {
	*virtio.Core
	ports []*port

	mu sync.Mutex // protects what ports have to say; see port

	ending *virtio.Ending
}

// port is a Port in use. Its flags are protected by Device.mu.
type port struct {
	in  *stream.Source
	out io.Writer

	sayAdd, sayOpen, sayClosed bool // to be told to the guest
	guestOpen                  bool // a program of the guest's has opened it
	ended                      bool // the reader has nothing more
	toldEnd                    bool // and this driver knows

	// Of the receive queue's goroutine.
	inBuf, held []byte
	// Of the transmit queue's goroutine, until it has ended.
	outBuf []byte
	outErr error // the writer's first error
}

// New returns a device and starts to read the ports' input.
func New(cfg Config) (*Device, error) {
	if len(cfg.Ports) == 0 || len(cfg.Ports) > MaxPorts {
		return nil, fmt.Errorf("%w: %d ports (want 1 to %d)", ErrConfig, len(cfg.Ports), MaxPorts)
	}
	d := &Device{ending: virtio.NewEnding()}
	queues := make([]virtio.QueueConfig, 2+2*len(cfg.Ports))
	queues[controlIn] = virtio.QueueConfig{MaxSize: controlSize, Serve: d.tell}
	queues[controlOut] = virtio.QueueConfig{MaxSize: controlSize, Serve: d.hear}
	for i, c := range cfg.Ports {
		p := &port{out: c.Out, inBuf: make([]byte, chunk), outBuf: make([]byte, chunk)}
		if p.out == nil {
			p.out = io.Discard
		}
		d.ports = append(d.ports, p)
		queues[receiveQueue(i)] = virtio.QueueConfig{MaxSize: queueSize, Serve: func(q *virtio.Queue) { d.receive(p, q) }}
		queues[receiveQueue(i)+1] = virtio.QueueConfig{MaxSize: queueSize, Serve: p.transmit}
	}
	core, err := virtio.New(virtio.Config{
		DeviceID: virtio.IDConsole, Features: featureMultiport, Space: space(len(cfg.Ports)), Memory: cfg.Memory, Queues: queues,
	})
	if err != nil {
		return nil, err
	}
	d.Core = core
	for i, c := range cfg.Ports {
		ready := func() { core.Kick(receiveQueue(i)) }
		var r io.Reader
		if c.In != nil {
			r = &noticed{r: c.In, end: func() { d.end(d.ports[i]); ready() }}
		}
		d.mu.Lock() // the queues are served already, though by no driver yet
		d.ports[i].in = stream.NewSource(r, ready)
		d.mu.Unlock()
	}
	return d, nil
}

// receiveQueue is the queue to the guest of port i.
func receiveQueue(i int) int {
	if i == 0 {
		return 0
	}
	return 2 + 2*i
}

// space is the configuration space, chapter 5.3.4: no size, so many ports.
func space(ports int) []byte {
	s := make([]byte, 12)
	binary.LittleEndian.PutUint32(s[4:], uint32(ports))
	return s
}

// noticed is a reader whose end is told when all before it has been read.
type noticed struct {
	r   io.Reader
	err error
	end func()
}

func (n *noticed) Read(p []byte) (int, error) {
	if n.err == nil {
		var k int
		if k, n.err = n.r.Read(p); k > 0 || n.err == nil {
			return k, nil
		}
	}
	n.end()
	return 0, n.err
}

// end says that p's reader has nothing more.
func (d *Device) end(p *port) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.ended = true
}

// receive gives waiting input to posted buffers.
func (d *Device) receive(p *port, q *virtio.Queue) {
	for d.isOpen(p) {
		if len(p.held) == 0 {
			p.held = p.inBuf[:p.in.Take(p.inBuf)]
		}
		if len(p.held) == 0 {
			d.tellEnd(p)
			return
		}
		r, ok := q.Pop()
		if !ok {
			return
		}
		n, err := r.CopyIn(0, p.held)
		if err != nil {
			return // reset: the bytes wait for the next driver
		}
		p.held = p.held[n:]
		r.Complete(uint64(n))
	}
}

// isOpen says whether the guest takes p's input.
func (d *Device) isOpen(p *port) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return p.guestOpen && p.in != nil
}

// tellEnd tells the guest that p's input has ended, once it has.
func (d *Device) tellEnd(p *port) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.ended && !p.toldEnd && p.in.Len() == 0 {
		p.sayClosed, p.toldEnd = true, true
		d.Kick(controlIn)
	}
}

// transmit writes posted buffers out.
func (p *port) transmit(q *virtio.Queue) {
	for {
		r, ok := q.Pop()
		if !ok {
			return
		}
		if r.ReadableLen() > maxTransfer {
			r.Reject(fmt.Errorf("%w: port output of %d bytes", virtio.ErrProtocol, r.ReadableLen()))
			return
		}
		for off := uint64(0); off < r.ReadableLen(); {
			n, err := r.CopyOut(p.outBuf, off)
			if err != nil {
				return
			}
			off += uint64(n)
			if p.outErr == nil {
				p.outErr = stream.WriteAll(p.out, p.outBuf[:n])
			}
		}
		r.Complete(0)
	}
}

// Abort has Close wait for no writer.
func (d *Device) Abort() {
	d.Core.Abort()
	d.ending.Abort()
}

// Close writes what the guest has posted and returns the first errors of readers and writers.
func (d *Device) Close() error {
	return d.ending.Close(d.finish, ErrUnderWay)
}

func (d *Device) finish() error {
	var errs []error
	for _, p := range d.ports {
		errs = append(errs, p.in.Close())
	}
	errs = append(errs, d.Core.Close())
	for _, p := range d.ports {
		errs = append(errs, p.outErr)
	}
	return errors.Join(errs...)
}
