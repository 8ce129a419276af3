package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	vconsole "github.com/hartwood-vm/hartwood/runtime/device/virtio/console"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/rng"
)

// addVirtIO fills the virtio-mmio slots: drives first, so that the guest finds them
// in the order of the configuration, then the console and the entropy source. The
// other slots are empty.
func (b *bus) addVirtIO(at devicetree.Region) error {
	slot := 0
	add := func(name string, make func(device.Line) (device.Device, error)) error {
		line, err := b.plic.Line(int(at.IRQ) + slot)
		if err != nil {
			return err
		}
		d, err := make(line)
		if err != nil {
			return err
		}
		slot++
		watched := d
		if port, ok := d.(consolePort); ok {
			watched = port.Device
		}
		if f, ok := watched.(faulty); ok {
			b.remarks = append(b.remarks, func() string { return brokenDevice(name, f) })
		}
		return b.add(name, at.Base+uint64(slot-1)*at.Size, at.Size, d)
	}
	for i, drive := range b.m.cfg.Drives {
		name := fmt.Sprintf("drive%d", i)
		err := add(name, func(l device.Line) (device.Device, error) { return b.newDrive(name, drive, l) })
		if err != nil {
			return err
		}
	}
	if b.m.cfg.Console == ConsoleVirtio {
		if err := add("console", b.newConsole); err != nil {
			return err
		}
	}
	if b.m.cfg.RNG {
		if err := add("rng", b.newRNG); err != nil {
			return err
		}
	}
	for slot < virtIOSlots {
		name := fmt.Sprintf("virtio%d", slot)
		empty := virtio.Absent{Legacy: b.m.cfg.VirtIOLegacy}
		if err := add(name, func(device.Line) (device.Device, error) { return empty, nil }); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) newDrive(name string, d Drive, line device.Line) (device.Device, error) {
	var backend blk.Backend
	backend, err := blk.Open(d.Path, d.ReadOnly || d.Overlay)
	if err != nil {
		return nil, fmt.Errorf("--drive: %w", err)
	}
	if d.Overlay {
		if backend, err = blk.NewOverlay(backend, d.OverlayDir); err != nil {
			return nil, err
		}
	}
	return blk.New(blk.Config{Backend: backend, Memory: b.m.mem, Line: line, Serial: name, Legacy: b.m.cfg.VirtIOLegacy})
}

func (b *bus) newConsole(line device.Line) (device.Device, error) {
	d, err := vconsole.New(vconsole.Config{
		In: b.console.input(), Out: b.console, Memory: b.m.mem, Line: line, Legacy: b.m.cfg.VirtIOLegacy,
	})
	if err != nil {
		return nil, err
	}
	return consolePort{d, b.console}, nil
}

func (b *bus) newRNG(line device.Line) (device.Device, error) {
	return rng.New(rng.Config{Source: b.m.cfg.Entropy, Memory: b.m.mem, Line: line, Legacy: b.m.cfg.VirtIOLegacy})
}
