package plic

import "github.com/hartwood-vm/hartwood/runtime/device"

// Local interrupts of a hart: Privileged Architecture, "Machine Cause Register".
const irqMachine, irqSupervisor = 11, 9

// Describe returns what a controller with that many contexts says of itself.
func Describe(contexts int) device.Description {
	return device.Description{
		Name: "plic", Title: "PLIC", Size: Size(contexts),
		Node: device.Node{
			Compatible:     []string{"sifive,plic-1.0.0", "riscv,plic0"},
			HartInterrupts: []uint32{irqMachine, irqSupervisor},                                   // in the order of a hart's contexts
			Properties:     []device.Property{{Name: "riscv,ndev", Cells: []uint32{Sources + 1}}}, // source 0 counts, as on virt
			Controller:     true,
		},
	}
}
