package clint

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the device's registers, of which it keeps Software itself and Harts the others.
type State struct {
	Software []bool   // msip, one a hart
	Compare  []uint64 // mtimecmp, one a hart
	Time     uint64   // mtime
}

const stateVersion = 1

// State is the device's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	s := State{Time: d.harts.Time()}
	for h := range d.msip {
		s.Software = append(s.Software, d.msip[h].Load() != 0)
		s.Compare = append(s.Compare, d.harts.TimerCompare(h))
	}
	return s, nil
}

// Restore takes registers over, for as many harts as there are.
func (d *Device) Restore(s State) error {
	if len(s.Software) != len(d.msip) {
		return device.BadField("Software", "%d harts, want %d", len(s.Software), len(d.msip))
	}
	if len(s.Compare) != len(d.msip) {
		return device.BadField("Compare", "%d harts, want %d", len(s.Compare), len(d.msip))
	}
	d.timeMu.Lock()
	d.harts.SetTime(s.Time)
	d.timeMu.Unlock()
	for h := range d.msip {
		d.set(h, s.Software[h], s.Compare[h])
	}
	return nil
}

// set writes both registers of a hart.
func (d *Device) set(h int, software bool, compare uint64) {
	bit := uint32(0)
	if software {
		bit = 1
	}
	d.setSoftware(h, bit)
	mu := &d.stripe[h%stripes]
	mu.Lock()
	defer mu.Unlock()
	d.harts.SetTimerCompare(h, compare)
}
