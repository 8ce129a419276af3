package virtio

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// ErrConfig reports a device that New cannot make.
var ErrConfig = errors.New("virtio: impossible configuration")

// Device is a virtio device of some type as a transport sees it. A type embeds its *Core, and
// adds what it has to do when it ends.
type Device interface {
	// Common is the device's core.
	Common() *Core
	// Abort ends what the device does for good; see Core.Abort.
	Abort()
	// Close ends the device; see Core.Close.
	Close() error
}

// QueueConfig is one queue of a device.
type QueueConfig struct {
	// MaxSize is the largest size that the driver may choose, a power of two.
	MaxSize uint16
	// Serve is called on the queue's own goroutine after the driver's
	// notifications and after Kick. It pops what is there and returns.
	Serve func(q *Queue)
	// Workers is how many goroutines the queue has, 0 is 1. With more than one Serve calls Share before it
	// does what may take long.
	Workers int
}

// Config is a device.
type Config struct {
	DeviceID uint32
	Features uint64 // of the device type; the core adds its own
	Space    []byte // the device-specific configuration space, which does not change
	Queues   []QueueConfig
	// Drain waits for the requests that Serve has handed to other goroutines; nil:
	// it never does. Close calls it before it retires the queues.
	Drain  func()
	Memory *physmem.Memory
}

// Core is what is the same in a device whatever its transport: status, features, queues and
// configuration space.
type Core struct {
	cfg    Config
	events events
	done   chan struct{}
	group  errgroup.Group
	queues []queueSlot
	space  []byte // the configuration space

	mu             sync.Mutex
	status         uint32 // without StatusNeedsReset, which events keeps
	driverFeatures uint64
	closed         bool
	aborted        bool
	paused         int // how many want the device at rest
}

// queueSlot is a queue and its goroutines' mailbox.
type queueSlot struct {
	kick chan struct{} // holds a token: there may be work
	// active is the queue to serve: written with Core.mu held, read by the
	// queue's goroutines. nil: the driver does not drive it.
	active atomic.Pointer[Queue]

	ready *Queue // guarded by Core.mu; nil: the driver has not set it up
}

// New returns a device and starts the goroutines of its queues. It serves nobody before
// a transport is connected.
func New(cfg Config) (*Core, error) {
	if cfg.Memory == nil {
		return nil, fmt.Errorf("%w: no memory", ErrConfig)
	}
	c := &Core{
		cfg:    cfg,
		done:   make(chan struct{}),
		queues: make([]queueSlot, len(cfg.Queues)),
		space:  append([]byte(nil), cfg.Space...),
	}
	for i, q := range cfg.Queues {
		if q.MaxSize == 0 || q.MaxSize > MaxQueueSize || q.MaxSize&(q.MaxSize-1) != 0 || q.Serve == nil || q.Workers < 0 {
			return nil, fmt.Errorf("%w: queue %d of size %d", ErrConfig, i, q.MaxSize)
		}
		c.queues[i].kick = make(chan struct{}, 1)
	}
	for i, q := range cfg.Queues {
		for range max(q.Workers, 1) {
			c.group.Go(func() error {
				c.serve(&c.queues[i], q.Serve)
				return nil
			})
		}
	}
	return c, nil
}

// Common returns c: whoever embeds it is a Device.
func (c *Core) Common() *Core { return c }

// Connect gives the core the way to its driver. A transport does so once, before its driver can
// reach the device.
func (c *Core) Connect(n Notifier) { c.events.connect(n) }

// serve is one of a queue's goroutines.
func (c *Core) serve(s *queueSlot, f func(*Queue)) {
	for open := true; open; {
		select {
		case <-s.kick:
		case <-c.done:
			open = false // once more: what was notified last is served
		}
		if q := s.active.Load(); q != nil {
			f(q)
		}
	}
}

// Kick makes queue i's Serve run soon. A queue that the device does not have is ignored.
func (c *Core) Kick(i int) {
	if i < 0 || i >= len(c.queues) {
		return
	}
	select {
	case c.queues[i].kick <- struct{}{}:
	default: // it will run anyway
	}
}

// Share has another goroutine of queue i's serve q if there is more in it, now or later, while the caller does what may take long.
func (c *Core) Share(i int, q *Queue) {
	if q.more() {
		c.Kick(i)
	}
}

// Fault returns why the device last needed a reset, or nil.
func (c *Core) Fault() error { return c.events.lastFault() }

// Reset is the reset that a driver does, with all its guarantees: when it returns no queue
// touches guest memory, and no notification comes any more.
func (c *Core) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

// reset runs with c.mu held.
func (c *Core) reset() {
	for i := range c.queues {
		c.stopQueue(i)
	}
	c.status, c.driverFeatures = 0, 0
	c.events.reset()
}

// Freeze has the device serve what the guest has made available so far and nothing
// more, until a reset. It takes no lock: it may be called at any time by anyone.
func (c *Core) Freeze() {
	for i := range c.queues {
		if q := c.queues[i].active.Load(); q != nil {
			q.frozen.CompareAndSwap(0, 1<<16|uint32(ring.Load16(q.avail, availIdx)))
		}
	}
}

// Abort ends what the device does for good: requests under way find that their queue was
// reset, and nothing is served any more. It may be called at any time, and does not wait;
// Close is still to be called.
func (c *Core) Abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aborted = true
	c.reset()
}

// Close serves what was made available, ends the goroutines and retires the
// queues. Afterwards the registers still answer, but nothing is served.
func (c *Core) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	for i := range c.queues {
		if q := c.queues[i].ready; q != nil {
			q.drain()
		}
	}
	c.mu.Unlock()
	close(c.done)
	err := c.group.Wait()
	if c.cfg.Drain != nil {
		c.cfg.Drain()
	}
	c.Reset()
	return err
}
