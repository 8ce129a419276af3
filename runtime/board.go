package runtime

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/clint"
	"github.com/hartwood-vm/hartwood/runtime/device/gc"
	"github.com/hartwood-vm/hartwood/runtime/device/rtc"
	"github.com/hartwood-vm/hartwood/runtime/device/syscon"
	"github.com/hartwood-vm/hartwood/runtime/device/uart"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
)

// virtIOSlots is the number of virtio-mmio slots, used or not.
const virtIOSlots = 8

// row is a device of the board: what it is, where it stands and how it is made. One without a size has no place in the
// harts' address space: it stands behind the PCI bridge.
type row struct {
	device.Placed
	name string // in messages
	make maker
}

// maker makes a device for b; line is where its interrupt goes, nil if it has none.
type maker func(b *bus, line device.Line) (device.Device, error)

// board is the machine's table of devices, from which the bus, the device tree and the memory maps in docs come. The
// interrupt controller stands first: the others are made with lines to it. Addresses and interrupts are those of
// QEMU's machine "virt", so that firmware and kernels that know that machine run here unchanged.
func board(c *Config) []row {
	rows := append(interruptRows(c),
		at(0x0200_0000, 0, clint.Describe(), (*bus).makeCLINT),
		at(0x0010_0000, 0, syscon.Describe(), (*bus).makeSyscon),
		at(0x0010_1000, 11, rtc.Describe(), (*bus).makeRTC),
		at(0x1000_0000, 10, uart.Describe(), (*bus).makeUART),
	)
	if c.Heap.Size > 0 {
		rows = append(rows, at(0x0010_2000, 0, gc.Describe(), (*bus).makeGC))
	}
	rows = append(rows, flashRows(c)...)
	if c.Bus == BusPCI {
		return append(rows, pciRows(c)...)
	}
	for i, d := range virtioDevices(c) {
		r := at(0x1000_1000+uint64(i)*mmio.Size, 1+uint32(i), mmio.Describe(), d.maker())
		r.name = d.name
		rows = append(rows, r)
	}
	return rows
}

func at(base uint64, irq uint32, d device.Description, make maker) row {
	return row{device.Placed{Description: d, Base: base, IRQ: irq}, d.Name, make}
}

// places are the rows without how they are made.
func places(rows []row) []device.Placed {
	all := make([]device.Placed, len(rows))
	for i, r := range rows {
		all[i] = r.Placed
	}
	return all
}

func (b *bus) makeCLINT(device.Line) (device.Device, error) {
	return clint.New(clint.Config{Harts: (*clintHarts)(b.m)})
}

func (b *bus) makeSyscon(device.Line) (device.Device, error) {
	return syscon.New(syscon.Config{Request: b.request})
}

func (b *bus) makeGC(device.Line) (device.Device, error) { return gc.New(b.m.heap), nil }

func (b *bus) makeRTC(line device.Line) (device.Device, error) {
	return rtc.New(rtc.Config{Line: line})
}

func (b *bus) makeUART(line device.Line) (device.Device, error) {
	cfg := uart.Config{Out: b.console, Line: line}
	if b.m.cfg.Console == ConsoleUART {
		cfg.In = b.console.input()
	}
	d, err := uart.New(cfg)
	if err != nil {
		return nil, err
	}
	b.remarks = append(b.remarks, func() string { return lostOutput(d) })
	return consolePort{d, b.console}, nil
}

// build makes the devices of the board and maps them.
func (b *bus) build(rows []row) error {
	for _, r := range rows {
		var line device.Line
		var err error
		if r.Interrupt {
			if line, err = b.wires.Line(int(r.IRQ)); err != nil {
				return err
			}
		}
		d, err := r.make(b, line)
		if err != nil {
			return err
		}
		b.devices = append(b.devices, d)
		if r.Size == 0 {
			continue
		}
		if err := b.m.core.Mem.Map(r.name, r.Base, r.Size, gate{d, &b.m.over}); err != nil {
			return fmt.Errorf("place a device: %w", err)
		}
	}
	return nil
}
