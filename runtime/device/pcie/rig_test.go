package pcie

import (
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const testSize = 0x4000 // of the BAR of every endpoint

// echo is an endpoint whose registers read as its number and the offset.
type echo struct {
	n      uint64
	stored atomic.Uint64 // the latest store's offset
	master atomic.Bool
}

func (e *echo) value(off uint64) uint64 { return e.n<<32 | off }

func (e *echo) Load(off uint64, _ int) (uint64, bool)  { return e.value(off), true }
func (e *echo) Store(off uint64, _ int, _ uint64) bool { e.stored.Store(off); return true }
func (e *echo) Master(on bool)                         { e.master.Store(on) }

// rig is a bridge with endpoints at the given device numbers.
type rig struct {
	*Bridge
	t         testing.TB
	endpoints map[int]*echo
	functions map[int]*Function
	lines     [Lines]atomic.Bool
	sent      []sent
}

// sent is a message.
type sent struct {
	address uint64
	data    uint32
}

func newRig(t testing.TB, slots ...int) *rig { return newRigWith(t, 0, slots...) }

// newRigWith makes endpoints with so many messages each; 0: the bus has none.
func newRigWith(t testing.TB, vectors int, slots ...int) *rig {
	r := &rig{t: t, endpoints: map[int]*echo{}, functions: map[int]*Function{}}
	var lines [Lines]device.Line
	for i := range lines {
		lines[i] = r.lines[i].Store
	}
	var send func(uint64, uint32)
	if vectors > 0 {
		send = func(address uint64, data uint32) { r.sent = append(r.sent, sent{address, data}) }
	}
	r.Bridge = New(lines, send)
	for _, slot := range slots {
		e := &echo{n: uint64(slot)}
		f, err := r.Add(slot, Config{
			Vendor: 0x1af4, Device: 0x1000 + uint16(slot), Class: 0x020000, Size: testSize, Vectors: vectors,
			Capabilities: []Capability{{Bytes: []byte{CapVendor, 0, 8, 0, 1, 2, 3, 4}}},
		}, e)
		if err != nil {
			t.Fatal(err)
		}
		r.endpoints[slot], r.functions[slot] = e, f
	}
	return r
}

// ecam is the place of a register of a device.
func ecam(slot int, reg uint64) uint64 { return uint64(slot)<<slotShift | reg }

func (r *rig) config(slot int, reg uint64, size int) uint64 {
	v, ok := r.Load(ecam(slot, reg), size)
	if !ok {
		r.t.Errorf("configuration load at %#x of %d refused", reg, slot)
	}
	return v
}

func (r *rig) setConfig(slot int, reg uint64, size int, v uint64) {
	if !r.Store(ecam(slot, reg), size, v) {
		r.t.Errorf("configuration store at %#x of %d refused", reg, slot)
	}
}

// place sets a device's BAR, in the two steps of a driver, and its command register.
func (r *rig) place(slot int, base, command uint64) {
	r.setConfig(slot, regBAR+4*bar, 4, base&0xffff_ffff)
	r.setConfig(slot, regBAR+4*bar+4, 4, base>>32)
	r.setConfig(slot, regCommand, 2, command)
}

// read reads 4 bytes at a bus address by a window.
func (r *rig) read(a uint64) uint64 {
	v, ok := r.Memory(a&^0xfff).Load(a&0xfff, 4)
	if !ok {
		r.t.Errorf("load at %#x refused", a)
	}
	return v
}

// owner returns the device number that answers at a by what configuration space says, 0: none. It looks at registers alone.
func (r *rig) owner(a uint64) int {
	for slot := 1; slot <= Slots; slot++ {
		if r.endpoints[slot] == nil || r.config(slot, regCommand, 2)&commandMemory == 0 {
			continue
		}
		base := r.config(slot, regBAR+4*bar, 4)&^barAttributes | r.config(slot, regBAR+4*bar+4, 4)<<32
		if a >= base && a-base < testSize {
			return slot
		}
	}
	return 0
}

// checkOwner compares what answers at a with what should.
func (r *rig) checkOwner(a uint64) {
	r.t.Helper()
	e, off := r.find(a)
	switch want := r.endpoints[r.owner(a)]; {
	case want == nil && e != nil:
		r.t.Errorf("%v answers at %#x, where nothing is", e, a)
	case want != nil && (e != Endpoint(want) || off >= testSize):
		r.t.Errorf("%v answers at %#x with offset %#x, want %d", e, a, off, want.n)
	}
}
