package devicetree

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// MaxHarts is the largest number of harts that a tree describes.
	MaxHarts = 4095

	defaultTimebase = 10_000_000 // Hz, as on virt
)

// ErrConfig reports a Config that describes no machine.
var ErrConfig = errors.New("impossible machine description")

// Config is everything the tree says. The zero value of a field with a default
// stands for the default.
type Config struct {
	// Harts is the number of harts, 1 to MaxHarts, with ids from 0.
	Harts int
	// BootHart is the hart that the header names as the booting one.
	BootHart int
	// RAMBase and RAMSize place the RAM, in bytes.
	RAMBase, RAMSize uint64
	// ISA is the value of "riscv,isa", such as "rv64imafdc_zicsr_zifencei".
	ISA string
	// ISABase is the value of "riscv,isa-base"; default "rv64i".
	ISABase string
	// Extensions is the list "riscv,isa-extensions"; empty leaves both it and
	// "riscv,isa-base" out.
	Extensions []string
	// MMUType is the value of "mmu-type", such as "riscv,sv57"; empty leaves it out,
	// which tells firmware that the harts have no supervisor mode.
	MMUType string
	// CBOMBlock, CBOZBlock and CBOPBlock are the cache-block sizes of Zicbom, Zicboz
	// and Zicbop, in bytes; 0 leaves the property out.
	CBOMBlock, CBOZBlock, CBOPBlock uint32
	// PMU are the harts' performance counters; the zero value leaves its node out.
	PMU PMU
	// Timebase is the frequency of the time CSR, in Hz; default 10 MHz.
	Timebase uint32
	// Devices are what is there beside harts and RAM. One of them is the interrupt controller if any has an interrupt.
	Devices []device.Placed
	// Supervisor says that no software runs in M-mode: what is for such alone is left out.
	Supervisor bool
	// HeapReserve is the bytes at the end of RAM that the guest's kernel is to leave to a
	// managed heap of user processes; 0: none.
	HeapReserve uint64
}

// withDefaults checks c and fills in what was left out.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Harts < 1 || c.Harts > MaxHarts:
		return c, fmt.Errorf("%w: %d harts (1 to %d)", ErrConfig, c.Harts, MaxHarts)
	case c.BootHart < 0 || c.BootHart >= c.Harts:
		return c, fmt.Errorf("%w: boot hart %d of %d", ErrConfig, c.BootHart, c.Harts)
	case c.RAMSize == 0:
		return c, fmt.Errorf("%w: no memory", ErrConfig)
	case c.HeapReserve >= c.RAMSize:
		return c, fmt.Errorf("%w: %d bytes of %d reserved", ErrConfig, c.HeapReserve, c.RAMSize)
	case c.ISA == "":
		return c, fmt.Errorf("%w: no ISA string", ErrConfig)
	}
	c.Devices = slices.DeleteFunc(slices.Clone(c.Devices), func(d device.Placed) bool { return d.Node.Machine && c.Supervisor })
	if err := c.checkDevices(); err != nil {
		return c, err
	}
	if c.ISABase == "" {
		c.ISABase = "rv64i"
	}
	if c.Timebase == 0 {
		c.Timebase = defaultTimebase
	}
	return c, nil
}

// checkDevices wants one interrupt controller, if there are interrupts, and names to be unique.
func (c Config) checkDevices() error {
	controllers, interrupts := 0, 0
	nodes, labels := map[string]bool{}, map[string]bool{}
	for _, d := range c.Devices {
		if len(d.Node.Compatible) == 0 {
			continue // it has no node
		}
		if d.Node.Controller {
			controllers++
		}
		if d.Interrupt || len(d.Node.Routes) > 0 {
			interrupts++
		}
		if d.Interrupt != (d.IRQ != 0) {
			return fmt.Errorf("%w: %s with interrupt number %d", ErrConfig, nodeName(d), d.IRQ)
		}
		if nodes[nodeName(d)] {
			return fmt.Errorf("%w: two devices %s", ErrConfig, nodeName(d))
		}
		nodes[nodeName(d)] = true
		if label := d.Node.Label; label != "" && labels[label] {
			return fmt.Errorf("%w: two devices are called %s", ErrConfig, label)
		}
		labels[d.Node.Label] = true
	}
	for _, d := range c.Devices {
		for _, r := range d.Node.References {
			if r.Label == "" || !labels[r.Label] {
				return fmt.Errorf("%w: %s names %q, and no device is called that", ErrConfig, nodeName(d), r.Label)
			}
		}
	}
	if controllers > 1 || controllers == 0 && interrupts > 0 {
		return fmt.Errorf("%w: %d interrupt controllers for %d interrupts", ErrConfig, controllers, interrupts)
	}
	return nil
}
