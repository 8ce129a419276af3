package gc

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the device's registers, at zero when power comes on. The heap is the Controller's.
type State struct {
	Args   [numArgs]uint64
	Code   Code // of the last command
	Result uint64
}

const stateVersion = 1

// State is the device's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r, nil
}

// Restore takes registers over.
func (d *Device) Restore(s State) error {
	if s.Code > Failed {
		return device.BadField("Code", "%d is none", s.Code)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = s
	return nil
}
