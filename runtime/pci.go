package runtime

import (
	"errors"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/imsic"
	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/pci"
)

const (
	pciConfigBase = 0x3000_0000
	pciIRQ        = 32 // the first of four
	// pciWindow64 is the size of the window of 64-bit addresses, and what its place is a multiple of.
	pciWindow64 = 16 << 30
)

// pciRanges are the windows of the bridge of c's machine, where QEMU's virt has them: the one of 64-bit addresses is behind RAM.
func pciRanges(c *Config) pcie.Ranges {
	end := uint64(RAMBase) + uint64(c.Memory)
	return pcie.Ranges{
		Ports:    pcie.Range{Base: 0x0300_0000, Size: 64 << 10},
		Memory:   pcie.Range{Base: 0x4000_0000, Size: 1 << 30},
		Memory64: pcie.Range{Base: (end + pciWindow64 - 1) / pciWindow64 * pciWindow64, Size: pciWindow64},
	}
}

// pciRows are the bridge, its windows and the virtio devices behind it.
func pciRows(c *Config) []row {
	r := pciRanges(c)
	msi := ""
	if c.AIA == AIAMessages {
		msi = imsic.Label(device.SupervisorLevel)
	}
	rows := []row{
		at(pciConfigBase, 0, pcie.Describe(r, pciIRQ, msi), (*bus).makePCI),
		at(r.Ports.Base, 0, pcie.DescribeWindow("PCI Express I/O ports", r.Ports), func(*bus, device.Line) (device.Device, error) {
			return pcie.Ports{}, nil
		}),
	}
	for _, w := range []pcie.Range{r.Memory, r.Memory64} {
		rows = append(rows, at(w.Base, 0, pcie.DescribeWindow("PCI Express memory", w), func(b *bus, _ device.Line) (device.Device, error) {
			return b.pci.Memory(w.Base), nil
		}))
	}
	for i, d := range virtioDevices(c) {
		rows = append(rows, row{name: d.name, make: d.functionMaker(1 + i)})
	}
	return rows
}

func (b *bus) makePCI(device.Line) (device.Device, error) {
	var lines [pcie.Lines]device.Line
	for i := range lines {
		var err error
		if lines[i], err = b.wires.Line(pciIRQ + i); err != nil {
			return nil, err
		}
	}
	var send func(uint64, uint32)
	if b.m.cfg.AIA == AIAMessages {
		send = b.message
	}
	b.pci = pcie.New(lines, send)
	return b.pci, nil
}

// functionMaker puts the device on the PCI bus, as number slot.
func (v virtioDevice) functionMaker(slot int) maker {
	return func(b *bus, _ device.Line) (device.Device, error) {
		d, err := v.make(b)
		if err != nil {
			return nil, err
		}
		cfg := pci.Config{Device: d, Bridge: b.pci, Slot: slot}
		if v.port {
			cfg.Accessed = b.console.use
		}
		t, err := pci.New(cfg)
		if err != nil {
			return nil, errors.Join(err, d.Close())
		}
		b.addVirtIO(v, t)
		return t, nil
	}
}
