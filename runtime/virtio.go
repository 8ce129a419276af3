package runtime

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	vconsole "github.com/hartwood-vm/hartwood/runtime/device/virtio/console"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/rng"
	"github.com/hartwood-vm/hartwood/runtime/magic"
)

// addVirtIO fills the virtio-mmio slots: drives first, so that the guest finds them
// in the order of the configuration, then the console and the entropy source. The
// other slots are empty.
func (b *bus) addVirtIO(at devicetree.Region) error {
	slot := 0
	place := func(name string, d device.Device) error {
		slot++
		return b.add(name, at.Base+uint64(slot-1)*at.Size, at.Size, d)
	}
	add := func(name string, make func() (virtio.Device, error)) error {
		line, err := b.plic.Line(int(at.IRQ) + slot)
		if err != nil {
			return err
		}
		d, err := make()
		if err != nil {
			return err
		}
		t := mmio.New(mmio.Config{Device: d, Line: line, Legacy: b.m.cfg.VirtIOLegacy})
		b.virtio = append(b.virtio, t)
		b.remarks = append(b.remarks, func() string { return brokenDevice(name, t) })
		if name == consoleName {
			return place(name, consolePort{t, b.console})
		}
		return place(name, t)
	}
	for i, drive := range b.m.cfg.Drives {
		name := fmt.Sprintf("drive%d", i)
		err := add(name, func() (virtio.Device, error) { return b.newDrive(name, drive) })
		if err != nil {
			return err
		}
	}
	if b.m.cfg.Console == ConsoleVirtio {
		if err := add(consoleName, b.newConsole); err != nil {
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
		if err := place(name, mmio.Absent{Legacy: b.m.cfg.VirtIOLegacy}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) newDrive(name string, d Drive) (virtio.Device, error) {
	disk, err := openDisk(d, int64(b.m.cfg.OverlayLimit))
	if err != nil {
		return nil, fmt.Errorf("--drive: %w", err)
	}
	if hook := b.m.cfg.test.disk; hook != nil {
		disk = hook(disk)
	}
	return blk.New(blk.Config{
		Backend: disk, Memory: b.m.mem, Serial: name, Full: &fullDrive{m: b.m, path: d.Path},
	})
}

// openDisk opens what lies behind a drive. When it fails the image is closed, so that its lock is free again.
func openDisk(d Drive, overlayLimit int64) (blk.Backend, error) {
	image, err := blk.Open(d.Path, d.ReadOnly || d.Overlay)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(d, image); err != nil {
		return nil, errors.Join(err, image.Close())
	}
	if !d.Overlay {
		return image, nil
	}
	overlay, err := blk.NewOverlay(image, d.OverlayDir, overlayLimit)
	if err != nil {
		return nil, errors.Join(err, image.Close())
	}
	return overlay, nil
}

// checkFormat refuses what is a disk only when it has been unpacked.
func checkFormat(d Drive, b blk.Backend) error {
	if d.Raw {
		return nil
	}
	head := make([]byte, min(b.Size(), magic.HeadSize))
	if _, err := b.ReadAt(head, 0); err != nil {
		return fmt.Errorf("drive %s: %w", d.Path, err)
	}
	if f, ok := magic.Detect(head); ok {
		return fmt.Errorf("drive %s is %s, and drives are raw images; make one with '%s', or add ,format=raw if these bytes are the disk's own",
			d.Path, f.What, f.Remedy)
	}
	return nil
}

// consoleName is the virtio console's name.
const consoleName = "console"

func (b *bus) newConsole() (virtio.Device, error) {
	return vconsole.New(vconsole.Config{In: b.console.input(), Out: b.console, Memory: b.m.mem})
}

func (b *bus) newRNG() (virtio.Device, error) {
	return rng.New(rng.Config{Source: b.m.cfg.Entropy, Memory: b.m.mem})
}
