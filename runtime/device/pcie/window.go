package pcie

import "github.com/hartwood-vm/hartwood/runtime/device"

// mapped is a BAR in its place.
type mapped struct {
	base, size uint64
	endpoint   Endpoint
}

// remap publishes the address map that follows from configuration space, in the order of device numbers. Caller holds b.mu.
func (b *Bridge) remap() {
	where := []mapped{}
	for _, f := range b.present() {
		if base, on := f.decodes(); on {
			where = append(where, mapped{base, f.size, f.endpoint})
		}
	}
	b.where.Store(&where)
}

// find returns the endpoint that answers at bus address a, and the offset in its registers. A BAR is as large as a power of
// two that it is a multiple of, so that no aligned access reaches out of one.
func (b *Bridge) find(a uint64) (e Endpoint, off uint64) {
	for _, m := range *b.where.Load() {
		if off := a - m.base; off < m.size {
			return m.endpoint, off
		}
	}
	return nil, 0
}

// Window is a range of the harts' address space that is one of the bus's at the same addresses.
type Window struct {
	device.Stateless
	bridge *Bridge
	base   uint64
}

// Memory returns the window of memory addresses from base on.
func (b *Bridge) Memory(base uint64) *Window { return &Window{bridge: b, base: base} }

// Load reads what a BAR has there.
func (w *Window) Load(off uint64, size int) (uint64, bool) {
	if e, at := w.bridge.find(w.base + off); e != nil {
		return e.Load(at, size)
	}
	return absent(size), true
}

// Store writes it.
func (w *Window) Store(off uint64, size int, v uint64) bool {
	if e, at := w.bridge.find(w.base + off); e != nil {
		return e.Store(at, size, v)
	}
	return true
}

// Ports is the window of I/O ports, of which no function has any.
type Ports struct{ device.Stateless }

// Load finds nobody who answers.
func (Ports) Load(_ uint64, size int) (uint64, bool) { return absent(size), true }

// Store is ignored.
func (Ports) Store(uint64, int, uint64) bool { return true }
