package runtime

import (
	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/aplic"
	"github.com/hartwood-vm/hartwood/runtime/device/imsic"
	"github.com/hartwood-vm/hartwood/runtime/device/plic"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// wired is an interrupt controller as devices with a line see it.
type wired interface {
	Line(source int) (device.Line, error)
}

// Places of the controllers, as on QEMU's virt. The APLIC takes that of the PLIC.
const plicBase = 0x0c00_0000

var (
	aplicBases = [device.Levels]uint64{plicBase, 0x0d00_0000}
	imsicBases = [device.Levels]uint64{0x2400_0000, 0x2800_0000}
)

// interruptRows are the interrupt controllers of c's machine, those that others send to first. Where there are levels, M level
// stands before S level.
func interruptRows(c *Config) (rows []row) {
	if c.AIA == AIANone {
		return []row{at(plicBase, 0, plic.Describe(contextsPerHart*c.Harts), (*bus).makePLIC)}
	}
	var files [device.Levels]string // labels
	for l := range device.Levels {
		if c.AIA == AIAMessages {
			files[l] = imsic.Label(l)
			rows = append(rows, at(imsicBases[l], 0, imsic.Describe(l, c.Harts), imsicMaker(l)))
		}
	}
	for l := range device.Levels {
		rows = append(rows, at(aplicBases[l], 0, aplic.Describe(l, c.Harts, files[l]), aplicMaker(l)))
	}
	return rows
}

// contextsPerHart are the PLIC's: machine and supervisor mode.
const contextsPerHart = 2

func (b *bus) makePLIC(device.Line) (device.Device, error) {
	p, err := plic.New(plic.Config{Contexts: contextsPerHart * len(b.m.core.Harts), Output: func(ctx int, up bool) {
		b.external(device.Level(ctx%contextsPerHart), ctx/contextsPerHart, up)
	}})
	b.wires = p
	return p, err
}

// external raises or lowers the external interrupt of a hart and level.
func (b *bus) external(l device.Level, hart int, up bool) {
	b.m.core.Harts[hart].SetLine([device.Levels]uint64{vcpu.LineMEIP, vcpu.LineSEIP}[l], up)
}

// imsicMaker makes the interrupt files of a level, M level first; with the second one harts have theirs.
func imsicMaker(l device.Level) maker {
	return func(b *bus, _ device.Line) (device.Device, error) {
		d, err := imsic.New(imsic.Config{Harts: len(b.m.core.Harts), Output: func(hart int, up bool) { b.external(l, hart, up) }})
		if err != nil {
			return nil, err
		}
		if b.imsics[l] = d; l == device.SupervisorLevel {
			for i, h := range b.m.core.Harts {
				h.ConnectIMSIC(b.imsics[device.MachineLevel].File(i), d.File(i))
			}
		}
		return d, nil
	}
}

// aplicMaker makes a domain, and with the first one the controller. The built-in firmware has no M-mode software that could
// delegate interrupts.
func aplicMaker(l device.Level) maker {
	return func(b *bus, _ device.Line) (_ device.Device, err error) {
		if b.aplic == nil {
			cfg := aplic.Config{Harts: len(b.m.core.Harts), Delegated: b.m.plan.Mode == boot.Supervisor}
			if b.m.cfg.AIA == AIAMessages {
				cfg.Send = func(l device.Level, hart int, id uint32) { b.imsics[l].File(hart).Post(id) }
			} else {
				cfg.Output = b.external
			}
			if b.aplic, err = aplic.New(cfg); err != nil {
				return nil, err
			}
			b.wires = b.aplic
		}
		return b.aplic.Domain(l), nil
	}
}

// message is the store of a device on PCI. There is nothing but interrupt files that such a store can reach.
func (b *bus) message(address uint64, data uint32) {
	for l, d := range b.imsics {
		if off := address - imsicBases[l]; off < imsic.Size(len(b.m.core.Harts)) {
			d.Store(off, 4, uint64(data))
		}
	}
}
