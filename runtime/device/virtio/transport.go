package virtio

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// ErrConfig reports a device that New cannot make.
var ErrConfig = errors.New("virtio: impossible configuration")

// QueueConfig is one queue of a device.
type QueueConfig struct {
	// MaxSize is the largest size that the driver may choose, a power of two.
	MaxSize uint16
	// Serve is called on the queue's own goroutine after the driver's
	// notifications and after Kick. It pops what is there and returns.
	Serve func(q *Queue)
}

// Config is a device.
type Config struct {
	DeviceID uint32
	Features uint64 // of the device type; the transport adds its own
	Space    []byte // the device-specific configuration space, which does not change
	Queues   []QueueConfig
	// Drain waits for the requests that Serve has handed to other goroutines; nil:
	// it never does. Close calls it before it retires the queues.
	Drain func()
	// Legacy makes it a device of the transport's version 1.
	Legacy bool
	Memory *physmem.Memory
	Line   device.Line // nil: unconnected
}

// Transport is the registers of one device.
type Transport struct {
	cfg    Config
	events events
	done   chan struct{}
	group  errgroup.Group
	queues []queueSlot
	space  []byte // the configuration space

	mu             sync.Mutex
	status         uint32 // without StatusNeedsReset, which events keeps
	deviceSel      uint32
	driverSel      uint32
	driverFeatures uint64
	queueSel       uint32
	pageSize       uint32 // GuestPageSize, of version 1
	closed         bool
	aborted        bool
}

// queueSlot is a queue's registers and its goroutine's mailbox.
type queueSlot struct {
	kick chan struct{} // holds a token: there may be work
	// active is the queue to serve: written with Transport.mu held, read by the
	// queue's goroutine. nil: the driver does not drive it.
	active atomic.Pointer[Queue]

	// The rest is guarded by Transport.mu.
	layout queueLayout
	align  uint32 // QueueAlign, of version 1
	pfn    uint32 // QueuePFN, of version 1
	ready  *Queue // nil: QueueReady is 0, or QueuePFN
}

// New returns a device and starts a goroutine for each of its queues.
func New(cfg Config) (*Transport, error) {
	if cfg.Memory == nil {
		return nil, fmt.Errorf("%w: no memory", ErrConfig)
	}
	t := &Transport{
		cfg:    cfg,
		events: events{line: cfg.Line.OrUnconnected()},
		done:   make(chan struct{}),
		queues: make([]queueSlot, len(cfg.Queues)),
		space:  append([]byte(nil), cfg.Space...),
	}
	for i, q := range cfg.Queues {
		if q.MaxSize == 0 || q.MaxSize > MaxQueueSize || q.MaxSize&(q.MaxSize-1) != 0 || q.Serve == nil {
			return nil, fmt.Errorf("%w: queue %d of size %d", ErrConfig, i, q.MaxSize)
		}
		t.queues[i].kick = make(chan struct{}, 1)
		t.resetQueue(i)
	}
	for i := range t.queues {
		t.group.Go(func() error {
			t.serve(&t.queues[i], cfg.Queues[i].Serve)
			return nil
		})
	}
	return t, nil
}

// serve is a queue's goroutine.
func (t *Transport) serve(s *queueSlot, f func(*Queue)) {
	for open := true; open; {
		select {
		case <-s.kick:
		case <-t.done:
			open = false // once more: what was notified last is served
		}
		if q := s.active.Load(); q != nil {
			f(q)
		}
	}
}

// Kick makes queue i's Serve run soon.
func (t *Transport) Kick(i int) {
	select {
	case t.queues[i].kick <- struct{}{}:
	default: // it will run anyway
	}
}

// Fault returns why the device last needed a reset, or nil.
func (t *Transport) Fault() error { return t.events.lastFault() }

// Reset is the reset that a driver does, with all its guarantees.
func (t *Transport) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reset()
}

// reset runs with t.mu held.
func (t *Transport) reset() {
	for i := range t.queues {
		t.resetQueue(i)
	}
	t.status, t.deviceSel, t.driverSel, t.driverFeatures, t.queueSel, t.pageSize = 0, 0, 0, 0, 0, 0
	t.events.reset()
}

// resetQueue takes a queue out of service and gives its registers their first values: a
// driver that does not choose a size gets the largest. Caller holds t.mu.
func (t *Transport) resetQueue(i int) {
	s := &t.queues[i]
	t.stopQueue(s)
	s.layout = queueLayout{size: uint32(t.cfg.Queues[i].MaxSize)}
	s.align = legacyAlign
}

// stopQueue takes a queue out of service. Caller holds t.mu.
func (t *Transport) stopQueue(s *queueSlot) {
	s.active.Store(nil)
	if s.ready != nil {
		s.ready.retire()
		s.ready = nil
	}
	s.pfn = 0
}

// Freeze has the device serve what the guest has made available so far and nothing
// more, until a reset. It takes no lock: it may be called at any time by anyone.
func (t *Transport) Freeze() {
	for i := range t.queues {
		if q := t.queues[i].active.Load(); q != nil {
			q.frozen.CompareAndSwap(0, 1<<16|uint32(ring.Load16(q.avail, availIdx)))
		}
	}
}

// Abort ends what the device does for good: requests under way find that their queue was
// reset, and nothing is served any more. It may be called at any time, and does not wait;
// Close is still to be called.
func (t *Transport) Abort() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aborted = true
	t.reset()
}

// Close serves what was made available, ends the goroutines and retires the
// queues. Afterwards the registers still answer, but nothing is served.
func (t *Transport) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	for i := range t.queues {
		if q := t.queues[i].ready; q != nil {
			q.drain()
		}
	}
	t.mu.Unlock()
	close(t.done)
	err := t.group.Wait()
	if t.cfg.Drain != nil {
		t.cfg.Drain()
	}
	t.Reset()
	return err
}
