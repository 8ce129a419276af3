package pci_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/pci"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

const (
	slot = 5
	bar  = 0x4000_0000 // where the rig puts the BAR

	regCommand, regBAR4 = 0x04, 0x20
	memory, master      = 2, 4
)

// Where the regions of the BAR are; TestCapabilities finds them as a driver does.
const (
	common = 0x0000
	isr    = 0x1000
	space  = 0x2000
	notify = 0x3000
)

// rig is a device on a PCI bus, and the driver of package virtiotest, whose registers it translates.
type rig struct {
	*virtiotest.Driver
	bridge *pcie.Bridge
	window *pcie.Window
	dev    *pci.Transport
}

// newRig makes a device whose queues are served by serve, on the bus and enabled.
func newRig(t *testing.T, queues int, serve func(*virtio.Queue)) *rig {
	t.Helper()
	leaktest.Check(t)
	d := virtiotest.New(t, nil, virtiotest.NewMemory(t, 4<<20), virtiotest.NewIRQ())
	r := newDevice(d, queues, serve)
	d.Bus = r
	return r
}

// newDevice makes another device with the driver's memory and interrupt.
func newDevice(d *virtiotest.Driver, queues int, serve func(*virtio.Queue)) *rig {
	return newDeviceWith(d, queues, serve, nil)
}

// newDeviceWith makes one on a bus with messages, unless send is nil.
func newDeviceWith(d *virtiotest.Driver, queues int, serve func(*virtio.Queue), send func(uint64, uint32)) *rig {
	cfg := virtio.Config{DeviceID: virtiotest.DeviceID, Features: virtiotest.Feature, Space: virtiotest.Space, Memory: d.Mem}
	for range queues {
		cfg.Queues = append(cfg.Queues, virtio.QueueConfig{MaxSize: 64, Serve: serve})
	}
	core, err := virtio.New(cfg)
	if err != nil {
		d.T.Fatal(err)
	}
	r := &rig{Driver: d, bridge: pcie.New([pcie.Lines]device.Line{slot % pcie.Lines: d.IRQ.Set}, send)}
	r.window = r.bridge.Memory(bar)
	if r.dev, err = pci.New(pci.Config{Device: core, Bridge: r.bridge, Slot: slot}); err != nil {
		d.T.Fatal(err)
	}
	d.T.Cleanup(func() {
		if err := r.dev.Close(); err != nil {
			d.T.Error(err)
		}
	})
	r.enable()
	return r
}

// enable puts the BAR into its place and lets the device reach memory.
func (r *rig) enable() {
	r.setConfig(regBAR4, 4, bar)
	r.setConfig(regCommand, 2, memory|master)
}

func (r *rig) config(reg uint64, size int) uint64 {
	v, _ := r.bridge.Load(slot<<15|reg, size)
	return v
}

func (r *rig) setConfig(reg uint64, size int, v uint64) { r.bridge.Store(slot<<15|reg, size, v) }

func (r *rig) read(off uint64, size int) uint64 {
	v, ok := r.window.Load(off, size)
	if !ok {
		r.T.Errorf("load of %d bytes at %#x refused", size, off)
	}
	return v
}

func (r *rig) write(off uint64, size int, v uint64) {
	if !r.window.Store(off, size, v) {
		r.T.Errorf("store of %d bytes at %#x refused", size, off)
	}
}

// registers are those of the memory-mapped transport that this one has too, under its own numbers and sizes.
var registers = map[uint64]struct {
	off  uint64
	size int
}{
	mmio.RegDeviceFeaturesSel: {common + pci.RegDeviceFeatureSelect, 4},
	mmio.RegDeviceFeatures:    {common + pci.RegDeviceFeature, 4},
	mmio.RegDriverFeaturesSel: {common + pci.RegDriverFeatureSelect, 4},
	mmio.RegDriverFeatures:    {common + pci.RegDriverFeature, 4},
	mmio.RegStatus:            {common + pci.RegStatus, 1},
	mmio.RegQueueSel:          {common + pci.RegQueueSelect, 2},
	mmio.RegQueueSize:         {common + pci.RegQueueSize, 2},
	mmio.RegQueueReady:        {common + pci.RegQueueEnable, 2},
	mmio.RegQueueDescLow:      {common + pci.RegQueueDesc, 4},
	mmio.RegQueueDescHigh:     {common + pci.RegQueueDesc + 4, 4},
	mmio.RegQueueDriverLow:    {common + pci.RegQueueDriver, 4},
	mmio.RegQueueDriverHigh:   {common + pci.RegQueueDriver + 4, 4},
	mmio.RegQueueDeviceLow:    {common + pci.RegQueueDevice, 4},
	mmio.RegQueueDeviceHigh:   {common + pci.RegQueueDevice + 4, 4},
	mmio.RegInterruptStatus:   {isr, 1},
}

// Load and Store are the driver's way to the registers (virtiotest.Bus).
func (r *rig) Load(off uint64, _ int) (uint64, bool) {
	to, ok := registers[off]
	if !ok {
		r.T.Errorf("load of register %#x", off)
	}
	return r.read(to.off, to.size), true
}

func (r *rig) Store(off uint64, _ int, v uint64) bool {
	switch to, ok := registers[off]; {
	case ok:
		r.write(to.off, to.size, v)
	case off == mmio.RegQueueNotify:
		r.write(notify+4*v, 2, v)
	case off == mmio.RegInterruptACK: // by having been read
	default:
		r.T.Errorf("store to register %#x", off)
	}
	return true
}
