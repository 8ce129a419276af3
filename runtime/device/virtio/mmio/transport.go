package mmio

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// Config is what the machine gives the transport.
type Config struct {
	Device virtio.Device // closed with the transport
	Line   device.Line   // nil: unconnected
	Legacy bool          // version 1
}

// Transport is the registers of one device.
type Transport struct {
	dev    virtio.Device
	core   *virtio.Core
	legacy bool
	irq    interrupt

	mu        sync.Mutex
	deviceSel uint32
	driverSel uint32
	queueSel  uint32
	pageSize  uint32  // GuestPageSize, of version 1
	queues    []queue // one a queue of the device
}

// queue is the registers of one queue, guarded by Transport.mu.
type queue struct {
	layout virtio.Layout
	align  uint32 // QueueAlign, of version 1
	pfn    uint32 // QueuePFN, of version 1
}

// New returns a transport for cfg.Device, which no other transport carries.
func New(cfg Config) *Transport {
	t := &Transport{dev: cfg.Device, core: cfg.Device.Common(), legacy: cfg.Legacy}
	t.irq.line = cfg.Line.OrUnconnected()
	for t.core.MaxSize(len(t.queues)) != 0 {
		t.queues = append(t.queues, queue{})
	}
	t.resetRegisters()
	t.core.Connect(&t.irq)
	return t
}

// resetRegisters gives the registers their first values: a driver that does not choose the size of a queue
// gets the largest. Caller holds t.mu.
func (t *Transport) resetRegisters() {
	t.deviceSel, t.driverSel, t.queueSel, t.pageSize = 0, 0, 0, 0
	for i := range t.queues {
		t.queues[i] = queue{layout: virtio.Layout{Size: t.core.MaxSize(i)}, align: legacyAlign}
	}
	t.irq.clear()
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
	t.resetRegisters()
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
	t.resetRegisters()
}

// Close ends the device. Afterwards the registers still answer, but nothing is served.
func (t *Transport) Close() error {
	err := t.dev.Close()
	t.Reset()
	return err
}
