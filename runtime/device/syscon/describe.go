package syscon

import "github.com/hartwood-vm/hartwood/runtime/device"

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "test", Title: "test device: power off, reset", Size: Size,
		Node: device.Node{
			Compatible: []string{"sifive,test1", "sifive,test0", "syscon"},
			Switches: []device.Switch{
				{Name: "poweroff", Compatible: "syscon-poweroff", Value: ValuePass},
				{Name: "reboot", Compatible: "syscon-reboot", Value: ValueReset},
			},
		},
	}
}
