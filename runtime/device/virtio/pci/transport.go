package pci

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// Config is what the machine gives the transport.
type Config struct {
	Device virtio.Device // closed with the transport
	Bridge *pcie.Bridge
	Slot   int // the device's number on the bus
	// Accessed is called before each access of a register; nil: nothing is.
	Accessed func()
}

// Transport is the registers of one device.
type Transport struct {
	dev  virtio.Device
	core *virtio.Core
	irq  interrupt

	accessed func()

	mu           sync.Mutex
	deviceSelect uint32
	driverSelect uint32
	queueSelect  uint16
	queues       []queue // one a queue of the device

	rest func() // ends that the device takes no requests; nil: it may reach memory. Protected by the bridge's lock
}

// queue is the registers of one queue, guarded by Transport.mu.
type queue struct{ layout virtio.Layout }

// New puts cfg.Device, which no other transport carries, on the bus.
func New(cfg Config) (*Transport, error) {
	t := &Transport{dev: cfg.Device, core: cfg.Device.Common(), accessed: cfg.Accessed}
	if t.accessed == nil {
		t.accessed = func() {}
	}
	for t.core.MaxSize(len(t.queues)) != 0 {
		t.queues = append(t.queues, queue{})
	}
	t.clearRegisters()
	const vendor, firstDevice, modern = 0x1af4, 0x1040, 1
	id := t.core.DeviceID()
	f, err := cfg.Bridge.Add(cfg.Slot, pcie.Config{
		Vendor: vendor, Device: firstDevice + uint16(id), SubVendor: vendor, Subsystem: 0x1100,
		Class: classOf(id), Revision: modern, Size: regionEnd, Vectors: 1 + len(t.queues), Capabilities: t.capabilities(len(t.queues)),
	}, t)
	if err != nil {
		return nil, err
	}
	t.rest = t.core.Hold()
	t.irq.f, t.irq.queues = f, make([]uint16, len(t.queues))
	t.irq.reset()
	t.core.Connect(&t.irq)
	return t, nil
}

// Master has the device take requests, or none. What is under way goes on.
func (t *Transport) Master(on bool) {
	switch {
	case on && t.rest != nil:
		t.rest()
		t.rest = nil
	case !on && t.rest == nil:
		t.rest = t.core.Hold()
	}
}

// clearRegisters gives the registers their first values. Caller holds t.mu.
func (t *Transport) clearRegisters() {
	t.deviceSelect, t.driverSelect, t.queueSelect = 0, 0, 0
	for i := range t.queues {
		t.queues[i] = queue{virtio.Layout{Size: t.core.MaxSize(i)}}
	}
}

// Reset is the reset that a driver does, with all its guarantees.
func (t *Transport) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reset()
}

// reset runs with t.mu held, so that no queue is set up before the last one's interrupt is gone.
func (t *Transport) reset() {
	t.core.Reset()
	t.clearRegisters()
	t.irq.reset()
}

// Fault returns why the device last needed a reset, or nil.
func (t *Transport) Fault() error { return t.core.Fault() }

// Freeze is Core.Freeze.
func (t *Transport) Freeze() { t.core.Freeze() }

// Abort ends what the device does for good. It may be called at any time, and does not wait; Close is still
// to be called.
func (t *Transport) Abort() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dev.Abort()
	t.clearRegisters()
	t.irq.reset()
}

// Close ends the device. Afterwards the registers still answer, but nothing is served.
func (t *Transport) Close() error {
	err := t.dev.Close()
	t.Reset()
	return err
}
