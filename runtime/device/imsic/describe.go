package imsic

import "github.com/hartwood-vm/hartwood/runtime/device"

// Label is the name by which a device's node refers to the files of a level.
func Label(l device.Level) string { return "imsic-" + l.Name() }

// ipi is the identity that supervisor software may use for interrupts between harts.
const ipi = 1

// Describe returns what the files of a level say of themselves.
func Describe(l device.Level, harts int) device.Description {
	return device.Description{
		Name: "imsics", Title: "IMSIC, " + l.Name() + "-level files", Size: Size(harts),
		Node: device.Node{
			Compatible: []string{"riscv,imsics"}, Label: Label(l), Machine: l == device.MachineLevel,
			HartInterrupts: []uint32{l.Interrupt()},
			Parts:          []uint64{PageSize * uint64(harts)}, // Linux wants a page a hart
			Properties: []device.Property{
				{Name: "#interrupt-cells", Cells: []uint32{0}}, {Name: "#msi-cells", Cells: []uint32{0}},
				{Name: "riscv,num-ids", Cells: []uint32{Identities}}, {Name: "riscv,ipi-id", Cells: []uint32{ipi}},
			},
			Flags: []string{"interrupt-controller", "msi-controller"},
		},
	}
}
