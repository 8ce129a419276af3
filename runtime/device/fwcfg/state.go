package fwcfg

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the registers. The items are the machine's configuration.
type State struct {
	Key, Offset, DMAHigh uint32
}

const stateVersion = 1

// State is the device's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return State{uint32(d.key), d.offset, d.dmaHigh}, nil
}

// Restore takes registers over.
func (d *Device) Restore(s State) error {
	if s.Key > 0xffff {
		return device.BadField("Key", "%#x has more than 16 bits", s.Key)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.key, d.offset, d.dmaHigh = Key(s.Key), s.Offset, s.DMAHigh
	return nil
}
