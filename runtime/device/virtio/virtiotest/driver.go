package virtiotest

import (
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Base is where the test machine's RAM begins.
const Base = 0x8000_0000

// Bus is the device's registers.
type Bus interface {
	Load(off uint64, size int) (uint64, bool)
	Store(off uint64, size int, v uint64) bool
}

// NewMemory returns size bytes of RAM at Base, released when the test ends.
// Devices must be closed before: register their cleanup later.
func NewMemory(t testing.TB, size uint64) *physmem.Memory {
	t.Helper()
	m, err := physmem.New(Base, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// Driver drives one device.
type Driver struct {
	T        testing.TB
	Bus      Bus
	Mem      *physmem.Memory
	IRQ      *IRQ
	Features uint64 // negotiated
	// LeaveSize makes Setup leave the queue's size to the device.
	LeaveSize bool

	mu   sync.Mutex
	next uint64 // first free byte of RAM
}

// New returns a driver that has not touched its device.
func New(t testing.TB, bus Bus, mem *physmem.Memory, irq *IRQ) *Driver {
	return &Driver{T: t, Bus: bus, Mem: mem, IRQ: irq, next: Base}
}

// Reg reads a 32-bit register.
func (d *Driver) Reg(off uint64) uint32 {
	v, ok := d.Bus.Load(off, 4)
	if !ok {
		d.T.Errorf("load of register %#x refused", off)
	}
	return uint32(v)
}

// SetReg writes a 32-bit register.
func (d *Driver) SetReg(off uint64, v uint32) {
	if !d.Bus.Store(off, 4, uint64(v)) {
		d.T.Errorf("store to register %#x refused", off)
	}
}

// Offered returns the device's features.
func (d *Driver) Offered() (f uint64) {
	for i := range uint32(2) {
		d.SetReg(mmio.RegDeviceFeaturesSel, i)
		f |= uint64(d.Reg(mmio.RegDeviceFeatures)) << (32 * i)
	}
	return f
}

// Negotiate resets the device and goes as far as FEATURES_OK with those of the
// wanted features that are offered; false: the device refuses.
func (d *Driver) Negotiate(want uint64) bool {
	d.SetReg(mmio.RegStatus, 0)
	d.SetReg(mmio.RegStatus, virtio.StatusAcknowledge)
	d.SetReg(mmio.RegStatus, virtio.StatusAcknowledge|virtio.StatusDriver)
	d.Features = want & d.Offered()
	for i := range uint32(2) {
		d.SetReg(mmio.RegDriverFeaturesSel, i)
		d.SetReg(mmio.RegDriverFeatures, uint32(d.Features>>(32*i)))
	}
	d.SetReg(mmio.RegStatus, virtio.StatusAcknowledge|virtio.StatusDriver|virtio.StatusFeaturesOK)
	return d.Reg(mmio.RegStatus)&virtio.StatusFeaturesOK != 0
}

// Start brings the device up with the wanted features and a queue of each given
// size.
func (d *Driver) Start(want uint64, sizes ...uint16) []*Queue {
	d.T.Helper()
	if !d.Negotiate(want | virtio.FeatureVersion1) {
		d.T.Fatalf("features %#x refused", d.Features)
	}
	qs := make([]*Queue, len(sizes))
	for i, n := range sizes {
		qs[i] = d.Setup(uint32(i), n)
	}
	d.DriverOK()
	return qs
}

// StartLegacy brings a device of version 1 up with the wanted features, offered or not,
// and queue 0 of the given size. An align of 0 stands for 4096, and is not written.
func (d *Driver) StartLegacy(want uint64, align uint32, size uint16) *Queue {
	d.T.Helper()
	d.SetReg(mmio.RegStatus, 0)
	d.SetReg(mmio.RegStatus, virtio.StatusAcknowledge|virtio.StatusDriver)
	d.Features = want & d.Offered()
	d.SetReg(mmio.RegDriverFeatures, uint32(want))
	d.SetReg(mmio.RegGuestPageSize, 4096)
	d.SetReg(mmio.RegQueueSel, 0)
	d.SetReg(mmio.RegQueueSize, uint32(size))
	if align != 0 {
		d.SetReg(mmio.RegQueueAlign, align)
	} else {
		align = 4096
	}
	up := func(pa, to uint64) uint64 { return (pa + to - 1) / to * to }
	desc := up(d.Alloc(4096), 4096)
	avail := desc + 16*uint64(size)
	used := up(avail+6+2*uint64(size), uint64(align))
	d.Alloc(used + 6 + 8*uint64(size) - desc)
	q := d.newQueue(0, size, desc, avail, used)
	d.SetReg(mmio.RegQueuePFN, uint32(desc/4096))
	d.DriverOK()
	return q
}

// DriverOK tells the device that the driver is ready.
func (d *Driver) DriverOK() {
	d.T.Helper()
	d.SetReg(mmio.RegStatus, d.Reg(mmio.RegStatus)|virtio.StatusDriverOK)
	if s := d.Reg(mmio.RegStatus); s&virtio.StatusNeedsReset != 0 {
		d.T.Fatalf("device status %#x", s)
	}
}

// Alloc returns the address of n free bytes of RAM, aligned to 16.
func (d *Driver) Alloc(n uint64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	pa := (d.next + 15) &^ 15
	d.next = pa + n
	if !d.Mem.IsRAM(pa, max(n, 1)) {
		d.T.Fatalf("test memory is too small: %d bytes at %#x", n, pa)
	}
	return pa
}

// Buf is a buffer to post.
type Buf struct {
	Addr  uint64
	Len   uint32
	Write bool // for the device to write
}

// In returns a readable buffer with the bytes p.
func (d *Driver) In(p []byte) Buf {
	b := Buf{Addr: d.Alloc(uint64(len(p))), Len: uint32(len(p))}
	if err := d.Mem.WriteAt(p, b.Addr); err != nil {
		d.T.Fatal(err)
	}
	return b
}

// Out returns a writable buffer of n bytes.
func (d *Driver) Out(n uint32) Buf {
	return Buf{Addr: d.Alloc(uint64(n)), Len: n, Write: true}
}

// Bytes returns what the buffer holds.
func (d *Driver) Bytes(b Buf) []byte {
	p := make([]byte, b.Len)
	if err := d.Mem.ReadAt(p, b.Addr); err != nil {
		d.T.Fatal(err)
	}
	return p
}
