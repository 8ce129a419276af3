package mmio

import (
	"context"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// State is the transport's registers and its device's core.
type State struct {
	Legacy                         bool // version 1; never another's
	DeviceSel, DriverSel, QueueSel uint32
	PageSize                       uint32 // GuestPageSize, of version 1
	Causes                         uint32 // InterruptStatus
	Queues                         []QueueState
	Core                           virtio.State
}

// QueueState is the registers of a queue.
type QueueState struct {
	Layout virtio.Layout
	Align  uint32 // QueueAlign, of version 1
	PFN    uint32 // QueuePFN, of version 1
}

const stateVersion = 1

// State is the Saver of transport and device.
func (t *Transport) State() device.Saver { return device.StateOf(stateVersion, t) }

// Quiesce is that of the device.
func (t *Transport) Quiesce(ctx context.Context) (release func(), err error) {
	return t.core.Quiesce(ctx)
}

// Save returns the state of a device that is quiesced, or has no request out.
func (t *Transport) Save() (s State, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s = State{
		Legacy: t.legacy, DeviceSel: t.deviceSel, DriverSel: t.driverSel, QueueSel: t.queueSel,
		PageSize: t.pageSize, Causes: t.irq.pending(), Queues: []QueueState{},
	}
	for _, q := range t.queues {
		s.Queues = append(s.Queues, QueueState{q.layout, q.align, q.pfn})
	}
	s.Core, err = t.core.Save()
	return s, err
}

// Restore takes a state over.
func (t *Transport) Restore(s State) error {
	switch {
	case s.Legacy != t.legacy:
		return device.BadField("Legacy", "%v, want %v", s.Legacy, t.legacy)
	case s.Causes&^(interruptUsed|interruptConfig) != 0:
		return device.BadField("Causes", "%#x has bits that there are not", s.Causes)
	case len(s.Queues) != len(t.queues):
		return device.BadField("Queues", "%d of them, want %d", len(s.Queues), len(t.queues))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.core.Hold()() // the driver is told of nothing before Causes stand
	if err := t.core.Restore(s.Core); err != nil {
		return err
	}
	t.deviceSel, t.driverSel, t.queueSel, t.pageSize = s.DeviceSel, s.DriverSel, s.QueueSel, s.PageSize
	for i, q := range s.Queues {
		t.queues[i] = queue{q.Layout, q.Align, q.PFN}
	}
	t.irq.set(s.Causes)
	return nil
}
