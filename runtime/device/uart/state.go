package uart

import "github.com/hartwood-vm/hartwood/runtime/device"

// Registers are what the port keeps beside its receive FIFO, under the registers' usual names.
type Registers struct {
	IER, FCR, LCR, MCR, SCR byte
	DLL, DLM                byte // the divisor
	MSR                     byte
	Overrun                 bool // of the FIFO, in loop-back only
	Transmit                bool // the transmit interrupt is pending
	Waiting                 bool // the transmitter was found busy
}

// powerOn is a port that nobody has set up.
var powerOn = Registers{MCR: mcrOut2, DLL: 12, MSR: msrConnected} // 9600 bit/s at the usual clock

// State is the port's registers and what its receiver holds. Input that the guest has not looked for, and output that has
// not left yet, are the host's.
type State struct {
	Registers
	Receive []Received // the FIFO, the oldest first
}

// Received is a byte with the errors that it arrived with, bits of the line status.
type Received struct{ Byte, Errors byte }

const stateVersion = 1

// State is the port's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := State{Registers: d.r, Receive: []Received{}}
	for i := range d.rx.n {
		at := (d.rx.head + i) % fifoSize
		s.Receive = append(s.Receive, Received{d.rx.data[at], d.rx.errors[at]})
	}
	return s, nil
}

// check looks for what the port cannot have.
func (s *State) check() error {
	switch {
	case s.IER&^ierAll != 0:
		return device.BadField("IER", "%#x has bits that there are not", s.IER)
	case s.FCR != 0 && s.FCR&fcrEnable == 0:
		return device.BadField("FCR", "%#x without FIFOs", s.FCR)
	case s.MCR&^mcrAll != 0:
		return device.BadField("MCR", "%#x has bits that there are not", s.MCR)
	case s.MSR&msrLevels != modemLevels(s.MCR):
		return device.BadField("MSR", "%#x with MCR %#x", s.MSR, s.MCR)
	case len(s.Receive) > capacity(s.FCR):
		return device.BadField("Receive", "%d bytes, room for %d", len(s.Receive), capacity(s.FCR))
	}
	for _, r := range s.Receive {
		if r.Errors&^lsrBreak != 0 {
			return device.BadField("Errors", "%#x", r.Errors)
		}
	}
	return nil
}

// Restore takes registers over.
func (d *Device) Restore(s State) error {
	if err := s.check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = s.Registers
	d.rx.clear()
	for _, r := range s.Receive {
		d.rx.push(r.Byte, r.Errors)
	}
	if d.r.Waiting {
		d.transmitterEmpty() // it may be another transmitter, which has room
	}
	d.drive()
	return nil
}
