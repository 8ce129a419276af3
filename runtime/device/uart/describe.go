package uart

import "github.com/hartwood-vm/hartwood/runtime/device"

// clock is the frequency that drivers divide, in Hz. Here every divisor is as good.
const clock = 3_686_400

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "serial", Title: "UART 16550", Size: Size, Interrupt: true,
		Node: device.Node{
			Compatible: []string{"ns16550a"},
			Properties: []device.Property{{Name: "clock-frequency", Cells: []uint32{clock}}},
			Console:    true,
		},
	}
}
