package pcie

import (
	"errors"
	"fmt"
)

// ErrConfig reports a function that cannot be added.
var ErrConfig = errors.New("pcie: impossible function")

// Endpoint is the registers behind a function's BAR, and what the bus tells it. Load and Store are called by any
// hart at any time, as those of a device.Device whose size is Config.Size.
type Endpoint interface {
	Load(off uint64, size int) (v uint64, ok bool)
	Store(off uint64, size int, v uint64) (ok bool)
	// Master says whether the function may reach guest memory; before the first call it may not. It does not
	// wait, and is called with the same value again and again.
	Master(on bool)
}

// Capability is one of a function's capabilities.
type Capability struct {
	// Bytes are its registers, with the identifier as the first; the bridge fills in the second, which is a link.
	Bytes []byte
	// Mask has the bits of Bytes that software changes; nil: none.
	Mask []byte
	// Access is called with the current bytes before software reads the last four of them, or after it has written there.
	// nil: they are bytes as any others.
	Access func(bytes []byte, store bool)
}

// Config is a function.
type Config struct {
	Vendor, Device       uint16
	SubVendor, Subsystem uint16
	Class                uint32 // 24 bits: class, subclass, interface
	Revision             uint8
	Size                 uint64 // of its BAR, a power of two from 16 on; 0: it has none, and no interrupt
	Vectors              int    // of its messages, where the bus has any: MSI-X, in a larger BAR; 0: none
	Capabilities         []Capability
}

// bar is the BAR that endpoints have, of 64 bits, and so two registers.
const bar = 4

// BAR is its number.
const BAR = bar

// Function is a function of the bus. The bridge's lock guards what changes.
type Function struct {
	slot     int
	endpoint Endpoint // nil: the bridge itself
	size     uint64
	power    space // as when power comes on
	space    space
	access   []access
	messages *messages // nil: there are none
	control  int       // where Message Control is
	pin      pin
	bus      *intx
}

// access is a capability with an Access function: the bytes from at to end.
type access struct {
	at, end int
	f       func([]byte, bool)
}

// newFunction lays configuration space out.
func newFunction(slot int, c Config, e Endpoint, bus *intx) (*Function, error) {
	if c.Size != 0 && (c.Size < barAttributes+1 || c.Size&(c.Size-1) != 0 || e == nil) {
		return nil, fmt.Errorf("%w: a BAR of %d bytes", ErrConfig, c.Size)
	}
	f := &Function{slot: slot, endpoint: e, size: c.Size, bus: bus}
	s := &f.power
	put16(&s.bytes, regVendor, c.Vendor)
	put16(&s.bytes, regDevice, c.Device)
	put16(&s.bytes, regSubVendor, c.SubVendor)
	put16(&s.bytes, regSubsystem, c.Subsystem)
	s.bytes[regRevision] = c.Revision
	for i := range 3 {
		s.bytes[regClass+i] = byte(c.Class >> (8 * i))
	}
	s.mask[regCacheLine] = 0xff
	if c.Size != 0 {
		put16(&s.mask, regCommand, commandBits)
		put64(&s.bytes, regBAR+4*bar, bar64|barPrefetch)
		put64(&s.mask, regBAR+4*bar, -c.Size)
		s.mask[regInterruptLine] = 0xff
		s.bytes[regInterruptPin] = 1 // INTA
		f.pin.line = slot % len(bus.lines)
	}
	return f, f.addCapabilities(c.Capabilities)
}

// addCapabilities lays capabilities out behind the header, each at a multiple of 4.
func (f *Function) addCapabilities(list []Capability) error {
	s := &f.power
	link, at := regCapabilities, headerSize
	for _, c := range list {
		n := len(c.Bytes)
		if n < 2 || at+n > spaceSize || c.Mask != nil && len(c.Mask) != n || c.Access != nil && n < 6 {
			return fmt.Errorf("%w: a capability of %d bytes at %#x", ErrConfig, n, at)
		}
		put16(&s.bytes, regStatus, statusCapabilities)
		copy(s.bytes[at:], c.Bytes)
		copy(s.mask[at:], c.Mask)
		s.bytes[link], s.bytes[at+1] = byte(at), 0
		s.mask[at], s.mask[at+1] = 0, 0
		if c.Bytes[0] == capMSIX {
			f.control = at + msixControl
		}
		if c.Access != nil {
			f.access = append(f.access, access{at, at + n, c.Access})
		}
		link, at = at+1, (at+n+3)&^3
	}
	return nil
}

// load reads size bytes at off, which is a multiple of size. Caller holds Bridge.mu.
func (f *Function) load(off, size int) uint64 {
	f.touch(off, size, false)
	v := f.space.load(off, size)
	if f.size != 0 && off <= regStatus && off+size > regStatus && f.bus.asserted(&f.pin) {
		v |= statusInterrupt << (8 * (regStatus - off))
	}
	return v
}

// store writes size bytes at off, which is a multiple of size, and reports whether the address map changes. Caller
// holds Bridge.mu.
func (f *Function) store(off, size int, v uint64) (moved bool) {
	base, on := f.decodes()
	f.space.store(off, size, v)
	f.touch(off, size, true)
	if off < regCommand+2 && off+size > regCommand || f.messages != nil && off < f.control+2 && off+size > f.control {
		f.commanded()
	}
	newBase, newOn := f.decodes()
	return on != newOn || newOn && base != newBase
}

// touch calls the functions of capabilities whose last four bytes are accessed.
func (f *Function) touch(off, size int, store bool) {
	for _, a := range f.access {
		if off < a.end && off+size > a.end-4 {
			a.f(f.space.bytes[a.at:a.end], store)
		}
	}
}

// decodes returns where the BAR is, and whether anything is to be found there.
func (f *Function) decodes() (base uint64, on bool) {
	if f.size == 0 || f.space.u16(regCommand)&commandMemory == 0 {
		return 0, false
	}
	return f.space.u64(regBAR+4*bar) &^ barAttributes, true
}

// commanded has the command register and Message Control take effect.
func (f *Function) commanded() {
	if f.size == 0 {
		return
	}
	command := f.space.u16(regCommand)
	noPin := command&commandNoINTx != 0
	if f.messages != nil {
		control := f.space.u16(f.control)
		noPin = noPin || control&msixEnable != 0
		f.messages.commanded(control, command&commandMaster != 0)
	}
	f.bus.disable(&f.pin, noPin)
	f.endpoint.Master(command&commandMaster != 0)
}

// Signal sends the message of a vector, now or when it is not masked any more. It returns false if the guest has not
// enabled messages, so that the pin is to be used. It takes leaf locks, as SetINTx does.
func (f *Function) Signal(vector int) bool { return f.messages != nil && f.messages.signal(vector) }

// Vectors is the number of messages that the function has, 0 without MSI-X.
func (f *Function) Vectors() int {
	if f.messages == nil {
		return 0
	}
	return len(f.messages.entries)
}

// SetINTx raises or lowers the function's interrupt pin. It takes a leaf lock, so that endpoints may hold theirs.
func (f *Function) SetINTx(up bool) { f.bus.assert(&f.pin, up) }
