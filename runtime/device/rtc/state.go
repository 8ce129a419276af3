package rtc

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the clock's registers, at zero when power comes on. The time goes on with the host's while it is saved.
type State struct {
	Offset  uint64 // guest time minus host time, in ns, modulo 2^64
	Latched uint32 // high half at the last read of the low half
	Alarm   uint64 // in the guest's time, ns
	Armed   bool
	Pending bool // the alarm went off and was not cleared
	Enabled bool
}

const stateVersion = 1

// State is the clock's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r, nil
}

// Restore takes registers over. There are none that the clock cannot have.
func (d *Device) Restore(s State) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = s
	d.rearm()
	d.drive()
	return nil
}
