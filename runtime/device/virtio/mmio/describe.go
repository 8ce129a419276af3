package mmio

import "github.com/hartwood-vm/hartwood/runtime/device"

// Describe returns what a slot says of itself, whatever device is in there: drivers find out by its registers.
func Describe() device.Description {
	return device.Description{
		Name: "virtio_mmio", Title: "virtio-mmio", Size: Size, Interrupt: true,
		Node: device.Node{Compatible: []string{"virtio,mmio"}},
	}
}
