package devicetree

import (
	"errors"
	"fmt"
)

const (
	// MaxHarts is the largest number of harts the CLINT's address map has room for.
	MaxHarts = 4095
	// maxVirtIO is the number of virtio-mmio slots below the PLIC's first other line.
	maxVirtIO = 8

	defaultTimebase = 10_000_000 // Hz, as on virt
	uartClock       = 3_686_400  // Hz
)

// ErrConfig reports a Config that describes no machine.
var ErrConfig = errors.New("impossible machine description")

// Region is a device's place: its registers and its interrupt line at the PLIC.
type Region struct {
	Base, Size uint64 // bytes
	IRQ        uint32 // 0: none
}

// Layout is the address map. Virt returns the one that guests expect.
type Layout struct {
	Test   Region // power-off and reset
	RTC    Region
	GC     Region // control device of the managed heap
	CLINT  Region
	PLIC   Region // Size 0: as much as the harts' contexts need
	UART   Region
	VirtIO Region // first slot; the others follow at Size and the next IRQ
	// Sources is the number of interrupt lines of the PLIC.
	Sources uint32
}

// Virt returns the layout of QEMU's machine "virt".
func Virt() Layout {
	return Layout{
		Test:    Region{Base: 0x10_0000, Size: 0x1000},
		RTC:     Region{Base: 0x10_1000, Size: 0x1000, IRQ: 11},
		GC:      Region{Base: 0x10_2000, Size: 0x1000},
		CLINT:   Region{Base: 0x200_0000, Size: 0x1_0000},
		PLIC:    Region{Base: 0xc00_0000},
		UART:    Region{Base: 0x1000_0000, Size: 0x100, IRQ: 10},
		VirtIO:  Region{Base: 0x1000_1000, Size: 0x1000, IRQ: 1},
		Sources: 96,
	}
}

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
	// Layout is the address map; default Virt().
	Layout Layout
	// ManagedHeap adds the control device of the managed heap.
	ManagedHeap bool
	// HeapReserve is the bytes at the end of RAM that the guest's kernel is to leave to a
	// managed heap of user processes; 0: none.
	HeapReserve uint64
	// VirtIOSlots is the number of virtio-mmio slots, 0 to 8.
	VirtIOSlots int
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
	case c.VirtIOSlots < 0 || c.VirtIOSlots > maxVirtIO:
		return c, fmt.Errorf("%w: %d virtio slots (0 to %d)", ErrConfig, c.VirtIOSlots, maxVirtIO)
	}
	if c.ISABase == "" {
		c.ISABase = "rv64i"
	}
	if c.Timebase == 0 {
		c.Timebase = defaultTimebase
	}
	if c.Layout == (Layout{}) {
		c.Layout = Virt()
	}
	if c.Layout.PLIC.Size == 0 {
		c.Layout.PLIC.Size = PLICSize(c.Harts)
	}
	return c, nil
}

// PLICSize returns the bytes of address space that the PLIC of so many harts
// takes: two contexts a hart (machine and supervisor) of 4 KiB behind 2 MiB of
// shared registers, and at least what virt has.
func PLICSize(harts int) uint64 {
	const shared, context, least = 0x20_0000, 0x1000, 0x60_0000
	return max(shared+2*uint64(harts)*context, least)
}
