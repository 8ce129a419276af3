package gc

import "github.com/hartwood-vm/hartwood/runtime/device"

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "gcpar", Title: "collector, with --managed-heap", Size: Size,
		Node: device.Node{Compatible: []string{"hartwood,gcpar"}},
	}
}
