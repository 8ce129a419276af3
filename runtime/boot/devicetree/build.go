package devicetree

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
)

// Interrupt numbers of the harts' local interrupts: Privileged Architecture,
// "Machine Cause Register".
const (
	irqMSoft, irqMTimer = 3, 7
	irqSExt, irqMExt    = 9, 11
)

// Values that the power-off and reset nodes write to the test device.
const (
	testPoweroff = 0x5555
	testReset    = 0x7777
)

// builder carries the checked configuration through the parts of the tree.
// Phandles: the harts' interrupt controllers are 1 to Harts, then PLIC and test
// device, then the harts themselves.
type builder struct {
	Config
	tree *fdt.Tree
}

func (b *builder) intc(hart int) uint32 { return uint32(hart + 1) }
func (b *builder) plic() uint32         { return uint32(b.Harts + 1) }
func (b *builder) test() uint32         { return uint32(b.Harts + 2) }
func (b *builder) cpu(hart int) uint32  { return uint32(b.Harts + 3 + hart) }

// Build returns the machine's device tree. The caller adds what is known only
// when the guest is loaded: command line, initrd and random seed
// (fdt.Tree.SetChosen).
func Build(c Config) (*fdt.Tree, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &builder{Config: c, tree: fdt.New()}
	b.tree.BootCPU = uint32(c.BootHart)
	root := b.tree.Root
	root.SetCells("#address-cells", 2)
	root.SetCells("#size-cells", 2)
	root.SetStrings("compatible", "riscv-virtio")
	root.SetStrings("model", "riscv-virtio,hartwood")

	uart := fmt.Sprintf("/soc/serial@%x", c.Layout.UART.Base)
	root.Add("aliases").SetStrings("serial0", uart)
	root.Add("chosen").SetStrings("stdout-path", uart)
	mem := root.Add(fmt.Sprintf("memory@%x", c.RAMBase))
	mem.SetStrings("device_type", "memory")
	mem.SetU64("reg", c.RAMBase, c.RAMSize)
	b.reserve()
	b.cpus()
	b.pmu()
	b.soc()
	b.power("poweroff", "syscon-poweroff", testPoweroff)
	b.power("reboot", "syscon-reboot", testReset)
	return b.tree, nil
}

func (b *builder) reserve() {
	if b.HeapReserve == 0 {
		return
	}
	n := b.tree.Root.Add("reserved-memory")
	n.SetCells("#address-cells", 2)
	n.SetCells("#size-cells", 2)
	n.SetFlag("ranges")
	base := b.RAMBase + b.RAMSize - b.HeapReserve
	heap := n.Add(fmt.Sprintf("heap@%x", base))
	heap.SetStrings("compatible", "hartwood,gcpar-heap")
	heap.SetU64("reg", base, b.HeapReserve)
	heap.SetFlag("no-map")
}

func (b *builder) cpus() {
	cpus := b.tree.Root.Add("cpus")
	cpus.SetCells("#address-cells", 1)
	cpus.SetCells("#size-cells", 0)
	cpus.SetCells("timebase-frequency", b.Timebase)
	for i := range b.Harts {
		b.hart(cpus.Add(fmt.Sprintf("cpu@%x", i)), i)
	}
	cluster := cpus.Add("cpu-map").Add("cluster0")
	for i := range b.Harts {
		cluster.Add(fmt.Sprintf("core%d", i)).SetCells("cpu", b.cpu(i))
	}
}

func (b *builder) hart(n *fdt.Node, id int) {
	n.SetCells("phandle", b.cpu(id))
	n.SetStrings("device_type", "cpu")
	n.SetCells("reg", uint32(id))
	n.SetStrings("status", "okay")
	n.SetStrings("compatible", "riscv")
	n.SetStrings("riscv,isa", b.ISA)
	if len(b.Extensions) > 0 {
		n.SetStrings("riscv,isa-base", b.ISABase)
		n.SetStrings("riscv,isa-extensions", b.Extensions...)
	}
	if b.MMUType != "" {
		n.SetStrings("mmu-type", b.MMUType)
	}
	for _, p := range []struct {
		name string
		size uint32
	}{{"riscv,cbom-block-size", b.CBOMBlock}, {"riscv,cboz-block-size", b.CBOZBlock}, {"riscv,cbop-block-size", b.CBOPBlock}} {
		if p.size != 0 {
			n.SetCells(p.name, p.size)
		}
	}
	ic := n.Add("interrupt-controller")
	ic.SetCells("#address-cells", 0)
	ic.SetCells("#interrupt-cells", 1)
	ic.SetFlag("interrupt-controller")
	ic.SetStrings("compatible", "riscv,cpu-intc")
	ic.SetCells("phandle", b.intc(id))
}

func (b *builder) soc() {
	soc := b.tree.Root.Add("soc")
	soc.SetCells("#address-cells", 2)
	soc.SetCells("#size-cells", 2)
	soc.SetStrings("compatible", "simple-bus")
	soc.SetFlag("ranges")

	test := b.device(soc, "test", b.Layout.Test, "sifive,test1", "sifive,test0", "syscon")
	test.SetCells("phandle", b.test())
	if b.ManagedHeap {
		b.device(soc, "gcpar", b.Layout.GC, "hartwood,gcpar")
	}
	b.device(soc, "rtc", b.Layout.RTC, "google,goldfish-rtc")

	clint := b.device(soc, "clint", b.Layout.CLINT, "sifive,clint0", "riscv,clint0")
	clint.SetCells("interrupts-extended", b.toHarts(irqMSoft, irqMTimer)...)

	plic := b.device(soc, "plic", b.Layout.PLIC, "sifive,plic-1.0.0", "riscv,plic0")
	plic.SetCells("#address-cells", 0)
	plic.SetCells("#interrupt-cells", 1)
	plic.SetFlag("interrupt-controller")
	plic.SetCells("interrupts-extended", b.toHarts(irqMExt, irqSExt)...)
	plic.SetCells("riscv,ndev", b.Layout.Sources)
	plic.SetCells("phandle", b.plic())

	uart := b.device(soc, "serial", b.Layout.UART, "ns16550a")
	uart.SetCells("clock-frequency", uartClock)
	for i := range b.VirtIOSlots {
		r := b.Layout.VirtIO
		r.Base += uint64(i) * r.Size
		r.IRQ += uint32(i)
		b.device(soc, "virtio_mmio", r, "virtio,mmio")
	}
}

// device adds a node for a device with one region and at most one interrupt.
func (b *builder) device(soc *fdt.Node, name string, r Region, compatible ...string) *fdt.Node {
	n := soc.Add(fmt.Sprintf("%s@%x", name, r.Base))
	n.SetStrings("compatible", compatible...)
	n.SetU64("reg", r.Base, r.Size)
	if r.IRQ != 0 {
		n.SetCells("interrupt-parent", b.plic())
		n.SetCells("interrupts", r.IRQ)
	}
	return n
}

// toHarts lists, hart by hart, the given local interrupts of every hart.
func (b *builder) toHarts(irqs ...uint32) []uint32 {
	cells := make([]uint32, 0, 2*len(irqs)*b.Harts)
	for i := range b.Harts {
		for _, irq := range irqs {
			cells = append(cells, b.intc(i), irq)
		}
	}
	return cells
}

// power adds a node that tells the kernel to write value to the test device.
func (b *builder) power(name, compatible string, value uint32) {
	n := b.tree.Root.Add(name)
	n.SetStrings("compatible", compatible)
	n.SetCells("regmap", b.test())
	n.SetCells("offset", 0)
	n.SetCells("value", value)
}
