package pcie

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// Slots is the number of devices that there is room for beside the bridge, numbered from 1.
	Slots = 31

	busShift, slotShift, functionShift = 20, 15, 12
)

// Bridge is the host bridge. As a device it is the ECAM: configuration space of everything on the bus.
type Bridge struct {
	intx  intx
	send  func(address uint64, data uint32) // nil: there are no messages. Constant
	where atomic.Pointer[[]mapped]          // written under mu, read by harts that access a window

	mu        sync.Mutex
	functions [Slots + 1]*Function // by device number; nil: there is none. Constant once harts run
}

// New returns a bridge with nothing behind it. Lines are INTA to INTD's as seen by device 0; send takes functions' messages
// (MSI-X) to where they are sent, from any goroutine, and must not wait or call the bridge. nil: functions have their pins alone.
func New(lines [Lines]device.Line, send func(address uint64, data uint32)) *Bridge {
	b := &Bridge{send: send}
	for i, l := range lines {
		b.intx.lines[i] = l.OrUnconnected()
	}
	// QEMU's generic bridge, so that what looks at it finds what it knows.
	self, err := newFunction(0, Config{Vendor: 0x1b36, Device: 0x0008, SubVendor: 0x1af4, Subsystem: 0x1100, Class: 0x060000}, nil, &b.intx)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	self.space = self.power
	b.functions[0] = self
	b.where.Store(&[]mapped{})
	return b
}

// Add puts a function at device number slot, 1 to Slots, before harts run.
func (b *Bridge) Add(slot int, c Config, e Endpoint) (*Function, error) {
	if slot < 1 || slot > Slots || b.functions[slot] != nil || e == nil {
		return nil, fmt.Errorf("%w: device number %d (1 to %d, each once)", ErrConfig, slot, Slots)
	}
	list := slices.Clone(c.Capabilities)
	var m *messages
	if b.send != nil && c.Vectors > 0 {
		var err error
		if m, c.Size, err = newMessages(c.Vectors, c.Size, b.send); err != nil {
			return nil, err
		}
		e = withMessages{e, m}
		list = append(list, m.capability())
	}
	c.Capabilities = append(list, expressCapability())
	f, err := newFunction(slot, c, e, &b.intx)
	if err != nil {
		return nil, err
	}
	f.space, f.messages = f.power, m
	b.mu.Lock()
	defer b.mu.Unlock()
	b.functions[slot] = f
	return f, nil
}

// at returns the function whose configuration space off is in, nil where there is none, and the register.
func (b *Bridge) at(off uint64) (f *Function, reg int) {
	reg = int(off & (1<<functionShift - 1))
	if off>>busShift == 0 && off>>functionShift&7 == 0 {
		f = b.functions[off>>slotShift&Slots]
	}
	return f, reg
}

// absent is what is read where nobody answers.
func absent(size int) uint64 { return math.MaxUint64 >> (64 - 8*size) }

// Load reads a configuration register. Behind the first 256 bytes a function has no extended capabilities, which reads as 0.
func (b *Bridge) Load(off uint64, size int) (uint64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch f, reg := b.at(off); {
	case f == nil:
		return absent(size), true
	case reg >= spaceSize:
		return 0, true
	default:
		return f.load(reg, size), true
	}
}

// Store writes a configuration register.
func (b *Bridge) Store(off uint64, size int, v uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f, reg := b.at(off); f != nil && reg < spaceSize && f.store(reg, size, v) {
		b.remap()
	}
	return true
}

// Reset brings configuration space to its power-on state: no BAR is decoded, and no function reaches memory.
func (b *Bridge) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.present() {
		f.space = f.power
		f.messages.reset()
		f.commanded()
	}
	b.remap()
}

// Close does nothing: the bridge has no goroutine.
func (b *Bridge) Close() error { return nil }
