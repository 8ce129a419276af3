package devicetree

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/runtime/device"
)

// builder carries the checked configuration through the parts of the tree.
// Phandles: the harts' interrupt controllers are 1 to Harts, then the devices that others refer to, then the harts
// themselves.
type builder struct {
	Config
	tree       *fdt.Tree
	phandles   []uint32          // of Devices; 0: nobody refers to it
	labels     map[string]uint32 // phandles of Devices by their labels
	controller uint32            // phandle of the interrupt controller
	trigger    []uint32          // what stands behind the number of each of its sources
	firstCPU   uint32            // phandle of hart 0
}

func (b *builder) intc(hart int) uint32 { return uint32(hart + 1) }
func (b *builder) cpu(hart int) uint32  { return b.firstCPU + uint32(hart) }

// number gives phandles.
func (b *builder) number() {
	b.phandles, b.labels = make([]uint32, len(b.Devices)), map[string]uint32{}
	next := uint32(b.Harts + 1)
	for i, d := range b.Devices {
		if !d.Node.Controller && len(d.Node.Switches) == 0 && d.Node.Label == "" {
			continue
		}
		if b.phandles[i] = next; d.Node.Controller {
			b.controller, b.trigger = next, d.Node.Trigger
		}
		if d.Node.Label != "" {
			b.labels[d.Node.Label] = next
		}
		next++
	}
	b.firstCPU = next
}

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
	b.number()
	root := b.tree.Root
	root.SetCells("#address-cells", 2)
	root.SetCells("#size-cells", 2)
	root.SetStrings("compatible", "riscv-virtio")
	root.SetStrings("model", "riscv-virtio,hartwood")

	b.console()
	mem := root.Add(fmt.Sprintf("memory@%x", c.RAMBase))
	mem.SetStrings("device_type", "memory")
	mem.SetU64("reg", c.RAMBase, c.RAMSize)
	b.reserve()
	b.cpus()
	b.pmu()
	b.soc()
	b.switches()
	return b.tree, nil
}

// console names the first console.
func (b *builder) console() {
	aliases, chosen := b.tree.Root.Add("aliases"), b.tree.Root.Add("chosen")
	for _, d := range b.Devices {
		if d.Node.Console {
			path := "/soc/" + nodeName(d)
			aliases.SetStrings("serial0", path)
			chosen.SetStrings("stdout-path", path)
			return
		}
	}
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
	for i, d := range b.Devices {
		if len(d.Node.Compatible) > 0 {
			b.device(soc.Add(nodeName(d)), d, b.phandles[i])
		}
	}
}

func nodeName(d device.Placed) string { return fmt.Sprintf("%s@%x", d.Name, d.Base) }

// device fills the node of d.
func (b *builder) device(n *fdt.Node, d device.Placed, phandle uint32) {
	n.SetStrings("compatible", d.Node.Compatible...)
	n.SetU64("reg", regions(d)...)
	if d.Interrupt {
		n.SetCells("interrupt-parent", b.controller)
		n.SetCells("interrupts", b.source(d.IRQ)...)
	}
	if d.Node.Controller {
		n.SetCells("#address-cells", 0)
		n.SetCells("#interrupt-cells", uint32(len(b.source(0))))
		n.SetFlag("interrupt-controller")
	}
	if len(d.Node.HartInterrupts) > 0 {
		n.SetCells("interrupts-extended", b.toHarts(d.Node.HartInterrupts...)...)
	}
	if d.Node.Type != "" {
		n.SetStrings("device_type", d.Node.Type)
	}
	for _, p := range d.Node.Properties {
		n.SetCells(p.Name, p.Cells...)
	}
	for _, r := range d.Node.References {
		n.SetCells(r.Name, append([]uint32{b.labels[r.Label]}, r.Cells...)...)
	}
	for _, name := range d.Node.Flags {
		n.SetFlag(name)
	}
	if len(d.Node.Routes) > 0 {
		n.SetCells("interrupt-map", b.routes(d.Node.Routes)...)
	}
	if phandle != 0 {
		n.SetCells("phandle", phandle)
	}
}

// regions lists base and size of each part of d.
func regions(d device.Placed) (list []uint64) {
	if d.Node.Parts == nil {
		return []uint64{d.Base, d.Size}
	}
	base := d.Base
	for _, size := range d.Node.Parts {
		list = append(list, base, size)
		base += size
	}
	return list
}

// routes lists where a bus's interrupts go.
func (b *builder) routes(list []device.Route) (cells []uint32) {
	for _, r := range list {
		cells = append(append(append(cells, r.From...), b.controller), b.source(r.IRQ)...)
	}
	return cells
}

// source is how the tree names a source of the interrupt controller.
func (b *builder) source(irq uint32) []uint32 { return append([]uint32{irq}, b.trigger...) }

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

// switches adds the nodes that tell the kernel what to store where to switch the machine off, and the like.
func (b *builder) switches() {
	for i, d := range b.Devices {
		for _, sw := range d.Node.Switches {
			n := b.tree.Root.Add(sw.Name)
			n.SetStrings("compatible", sw.Compatible)
			n.SetCells("regmap", b.phandles[i])
			n.SetCells("offset", sw.Offset)
			n.SetCells("value", sw.Value)
		}
	}
}
