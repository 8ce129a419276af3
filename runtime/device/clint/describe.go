package clint

import "github.com/hartwood-vm/hartwood/runtime/device"

// Local interrupts of a hart: Privileged Architecture, "Machine Cause Register".
const irqSoftware, irqTimer = 3, 7

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "clint", Title: "CLINT: msip, mtimecmp, mtime", Size: Size,
		Node: device.Node{
			Compatible:     []string{"sifive,clint0", "riscv,clint0"},
			HartInterrupts: []uint32{irqSoftware, irqTimer},
		},
	}
}
