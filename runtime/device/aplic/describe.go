package aplic

import "github.com/hartwood-vm/hartwood/runtime/device"

// triggerHigh is what a device's node says of its interrupt: sensitive to a high level.
const triggerHigh = 4

// Describe returns what the domain of a level says of itself. msi is the label of the interrupt files that it sends messages to;
// "": it signals harts directly.
func Describe(l device.Level, harts int, msi string) device.Description {
	n := device.Node{
		Compatible: []string{"riscv,aplic"}, Label: label(l), Machine: l == device.MachineLevel,
		Controller: l == device.SupervisorLevel, Trigger: []uint32{triggerHigh},
		Properties: []device.Property{{Name: "riscv,num-sources", Cells: []uint32{Sources}}},
	}
	if msi != "" {
		n.References = append(n.References, device.Reference{Name: "msi-parent", Label: msi})
	} else {
		n.HartInterrupts = []uint32{l.Interrupt()}
	}
	if l == device.MachineLevel {
		// The controller of the machine's devices is the other one: this one says itself what that one has from Controller.
		n.Properties = append(n.Properties, device.Property{Name: "#address-cells", Cells: []uint32{0}}, device.Property{Name: "#interrupt-cells", Cells: []uint32{2}})
		n.Flags = []string{"interrupt-controller"}
		child := label(device.SupervisorLevel)
		all := []uint32{1, Sources}
		n.References = append(n.References, device.Reference{Name: "riscv,children", Label: child},
			device.Reference{Name: "riscv,delegation", Label: child, Cells: all},
			device.Reference{Name: "riscv,delegate", Label: child, Cells: all}) // as it was called before it became a binding
	}
	return device.Description{
		Name: "aplic", Title: "APLIC, " + l.Name() + "-level domain", Size: Size(harts), Node: n,
	}
}

func label(l device.Level) string { return "aplic-" + l.Name() }
