package rtc

import "github.com/hartwood-vm/hartwood/runtime/device"

// Describe returns what the device says of itself.
func Describe() device.Description {
	return device.Description{
		Name: "rtc", Title: "Goldfish RTC", Size: Size, Interrupt: true,
		Node: device.Node{Compatible: []string{"google,goldfish-rtc"}},
	}
}
