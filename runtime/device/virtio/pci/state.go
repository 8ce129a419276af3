package pci

import (
	"context"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// State is the transport's registers and its device's core. Configuration space is the bridge's state.
type State struct {
	DeviceSelect, DriverSelect uint32
	QueueSelect                uint16
	ISR                        uint32
	ConfigVector               uint16   // of MSI-X; 0xffff: none, as everywhere without it
	QueueVectors               []uint16 // likewise, by queues
	Queues                     []virtio.Layout
	Core                       virtio.State
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
		DeviceSelect: t.deviceSelect, DriverSelect: t.driverSelect, QueueSelect: t.queueSelect,
		Queues: []virtio.Layout{},
	}
	t.irq.save(&s)
	for _, q := range t.queues {
		s.Queues = append(s.Queues, q.layout)
	}
	s.Core, err = t.core.Save()
	return s, err
}

// Restore takes a state over.
func (t *Transport) Restore(s State) error {
	switch {
	case s.ISR&^(isrQueue|isrConfig) != 0:
		return device.BadField("ISR", "%#x has bits that there are not", s.ISR)
	case s.ConfigVector != t.irq.legal(s.ConfigVector):
		return device.BadField("ConfigVector", "%d of %d", s.ConfigVector, t.irq.f.Vectors())
	case len(s.QueueVectors) != len(t.queues):
		return device.BadField("QueueVectors", "%d of them, want %d", len(s.QueueVectors), len(t.queues))
	case len(s.Queues) != len(t.queues):
		return device.BadField("Queues", "%d of them, want %d", len(s.Queues), len(t.queues))
	}
	for i, v := range s.QueueVectors {
		if v != t.irq.legal(v) {
			return device.BadField("QueueVectors", "%d of queue %d, there are %d", v, i, t.irq.f.Vectors())
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.core.Hold()() // the driver is told of nothing before the ISR stands
	if err := t.core.Restore(s.Core); err != nil {
		return err
	}
	t.deviceSelect, t.driverSelect, t.queueSelect = s.DeviceSelect, s.DriverSelect, s.QueueSelect
	for i, l := range s.Queues {
		t.queues[i] = queue{l}
	}
	t.irq.restore(&s)
	return nil
}

// save adds ISR and vectors to s.
func (i *interrupt) save(s *State) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s.ISR, s.ConfigVector, s.QueueVectors = i.isr, i.config, append([]uint16{}, i.queues...)
}

// restore takes them over.
func (i *interrupt) restore(s *State) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.isr, i.config = s.ISR, s.ConfigVector
	copy(i.queues, s.QueueVectors)
	i.f.SetINTx(s.ISR != 0)
}
