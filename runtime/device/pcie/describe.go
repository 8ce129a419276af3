package pcie

import "github.com/hartwood-vm/hartwood/runtime/device"

// ECAMSize is the bytes of configuration space: 256 buses.
const ECAMSize = 256 << busShift

// Range is a window: its place for harts, which is the same on the bus, and its size. I/O ports begin at 0 on the bus.
type Range struct{ Base, Size uint64 }

// Ranges are the windows of a bridge.
type Ranges struct{ Ports, Memory, Memory64 Range }

// Codes of address spaces in the device tree (IEEE 1275 PCI binding).
const (
	spaceIO       = 0x0100_0000
	spaceMemory   = 0x0200_0000
	spaceMemory64 = 0x0300_0000
)

// Describe returns what a bridge says of itself whose lines are interrupts irq and the three that follow. msi is the label of what
// takes functions' messages; "": they send none.
func Describe(r Ranges, irq uint32, msi string) device.Description {
	var parent []device.Reference
	if msi != "" {
		parent = []device.Reference{{Name: "msi-parent", Label: msi}}
	}
	hi, lo := func(v uint64) uint32 { return uint32(v >> 32) }, func(v uint64) uint32 { return uint32(v) }
	cells := func(space uint32, bus uint64, w Range) []uint32 {
		return []uint32{space, hi(bus), lo(bus), hi(w.Base), lo(w.Base), hi(w.Size), lo(w.Size)}
	}
	ranges := cells(spaceIO, 0, r.Ports)
	ranges = append(ranges, cells(spaceMemory, r.Memory.Base, r.Memory)...)
	ranges = append(ranges, cells(spaceMemory64, r.Memory64.Base, r.Memory64)...)
	return device.Description{
		Name: "pci", Title: "PCI Express configuration space", Size: ECAMSize,
		Node: device.Node{
			Compatible: []string{"pci-host-ecam-generic"},
			Type:       "pci",
			Flags:      []string{"dma-coherent"},
			Properties: []device.Property{
				{Name: "#address-cells", Cells: []uint32{3}}, {Name: "#size-cells", Cells: []uint32{2}},
				{Name: "#interrupt-cells", Cells: []uint32{1}}, {Name: "bus-range", Cells: []uint32{0, 0xff}},
				{Name: "linux,pci-domain", Cells: []uint32{0}}, {Name: "ranges", Cells: ranges},
				{Name: "interrupt-map-mask", Cells: []uint32{(Lines - 1) << (slotShift - functionShift + 8), 0, 0, 7}},
			},
			Routes: routes(irq), References: parent,
		},
	}
}

// routes says which interrupt each pin of the devices 0 to 3 is; those of the others are the same, modulo 4.
func routes(irq uint32) (list []device.Route) {
	for slot := range uint32(Lines) {
		for pin := range uint32(Lines) {
			list = append(list, device.Route{
				From: []uint32{slot << (slotShift - functionShift + 8), 0, 0, pin + 1},
				IRQ:  irq + (slot+pin)%Lines,
			})
		}
	}
	return list
}

// DescribeWindow returns what a window says of itself: it is a part of the bridge's node.
func DescribeWindow(title string, r Range) device.Description {
	return device.Description{Name: "pci", Title: title, Size: r.Size}
}
