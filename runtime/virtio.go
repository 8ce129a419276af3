package runtime

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	vconsole "github.com/hartwood-vm/hartwood/runtime/device/virtio/console"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/ports"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/rng"
	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// virtioDevice is what stands in a virtio-mmio slot, or on the PCI bus.
type virtioDevice struct {
	name string
	make func(b *bus) (virtio.Device, error) // nil: the slot is empty
	port bool                                // it owns the console's input
}

// virtioDevices is what the slots hold: drives first, so that the guest finds them
// in the order of the configuration, then the console, the entropy source, the network and the shared directories.
func virtioDevices(c *Config) (slots []virtioDevice) {
	for i, drive := range c.Drives {
		name := fmt.Sprintf("drive%d", i)
		slots = append(slots, virtioDevice{name: name, make: func(b *bus) (virtio.Device, error) { return b.newDrive(name, drive) }})
	}
	slots = append(slots, otherVirtIO(c)...)
	for c.Bus != BusPCI && len(slots) < virtIOSlots {
		slots = append(slots, virtioDevice{name: fmt.Sprintf("virtio%d", len(slots))})
	}
	return slots
}

// otherVirtIO are the devices beside drives.
func otherVirtIO(c *Config) (devices []virtioDevice) {
	if c.Console == ConsoleVirtio {
		devices = append(devices, virtioDevice{name: "console", make: (*bus).newConsole, port: true})
	}
	if len(c.Ports) > 0 {
		devices = append(devices, virtioDevice{name: "ports", make: (*bus).newPorts})
	}
	if c.RNG {
		devices = append(devices, virtioDevice{name: "rng", make: (*bus).newRNG})
	}
	if c.hasNet() {
		devices = append(devices, virtioDevice{name: "net", make: (*bus).newNet})
	}
	for i := range c.Shares {
		name := fmt.Sprintf("share%d", i)
		devices = append(devices, virtioDevice{name: name, make: func(b *bus) (virtio.Device, error) { return b.newShare(i) }})
	}
	return devices
}

// transport is how the guest reaches a virtio device.
type transport interface {
	device.Device
	dma
	faulty
}

// maker puts the device behind a transport of memory-mapped registers.
func (v virtioDevice) maker() maker {
	return func(b *bus, line device.Line) (device.Device, error) {
		if v.make == nil {
			return mmio.Absent{Legacy: b.m.cfg.VirtIOLegacy}, nil
		}
		d, err := v.make(b)
		if err != nil {
			return nil, err
		}
		t := mmio.New(mmio.Config{Device: d, Line: line, Legacy: b.m.cfg.VirtIOLegacy})
		b.addVirtIO(v, t)
		if v.port {
			return consolePort{t, b.console}, nil
		}
		return t, nil
	}
}

// addVirtIO takes the device v with its transport over.
func (b *bus) addVirtIO(v virtioDevice, t transport) {
	b.virtio = append(b.virtio, t)
	b.remarks = append(b.remarks, func() string { return brokenDevice(v.name, t) })
}

// maxDriveQueues bounds the queues of a drive; with fewer harts each has one of its own.
const maxDriveQueues = 4

func (b *bus) newDrive(name string, d Drive) (virtio.Device, error) {
	disk, err := b.openDisk(d)
	if err != nil {
		return nil, fmt.Errorf("--drive: %w", err)
	}
	if hook := b.m.cfg.test.disk; hook != nil {
		disk = hook(disk)
	}
	return blk.New(blk.Config{
		Backend: disk, Memory: b.m.core.Mem, Serial: name, Full: &fullDrive{m: b.m, path: d.Path},
		Queues: min(b.m.cfg.Harts, maxDriveQueues),
	})
}

// openDisk opens what lies behind a drive. When it fails the image is closed, so that its lock is free again.
func (b *bus) openDisk(d Drive) (blk.Backend, error) {
	cache := b.m.cfg.imageCache()
	image, err := storage.Open(b.ctx, storage.Spec{
		Path: d.Path, ReadOnly: d.ReadOnly || d.Overlay, Format: d.Format,
		Cache: cache, Told: func() { b.m.warn("drive %s is packed: it is unpacked into %s", d.Path, cache.Dir) },
	})
	if err != nil {
		return nil, err
	}
	if d.Format == storage.Detect && image.Format != storage.Raw {
		b.m.warn("drive %s is a %s image", d.Path, image.Format)
	}
	if !d.Overlay {
		return image, nil
	}
	overlay, err := blk.NewOverlay(image, d.OverlayDir, int64(b.m.cfg.OverlayLimit))
	if err != nil {
		return nil, errors.Join(err, image.Close())
	}
	return overlay, nil
}

func (b *bus) newConsole() (virtio.Device, error) {
	return vconsole.New(vconsole.Config{In: b.console.input(), Out: b.console, Memory: b.m.core.Mem})
}

func (b *bus) newPorts() (virtio.Device, error) {
	return ports.New(ports.Config{Ports: b.m.cfg.Ports, Memory: b.m.core.Mem})
}

func (b *bus) newRNG() (virtio.Device, error) {
	return rng.New(rng.Config{Source: b.m.cfg.Entropy, Memory: b.m.core.Mem})
}
