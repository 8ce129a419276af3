package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/uart"
)

// Notes returns sentences for the user about what may surprise and is no error: of how
// the guest was loaded when the machine was made, and of how its devices have fared
// since. There are none in most runs. Later calls may return more, and larger figures;
// once Run has returned nothing changes any more.
func (m *Machine) Notes() []string {
	notes := append([]string(nil), m.loadNotes...)
	for _, remark := range m.bus.remarks {
		if s := remark(); s != "" {
			notes = append(notes, s)
		}
	}
	return notes
}

// lostOutput says that the serial port has lost output.
func lostOutput(d *uart.Device) string {
	n := d.Dropped()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("the serial port lost %d bytes: the guest wrote without asking whether there is room, faster than the output took them", n)
}

// faulty is a virtio device.
type faulty interface{ Fault() error }

// brokenDevice says that a virtio device stopped serving its driver.
func brokenDevice(name string, d faulty) string {
	err := d.Fault()
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s stopped until its driver resets it: %v", name, err)
}
