// Package pcie is a PCI Express host bridge with the functions behind it: configuration space by ECAM, windows through
// which harts reach the functions' registers, and the four interrupt lines INTA to INTD, as on QEMU's virt machine
// ("pci-host-ecam-generic" in the device tree).
//
//	ECAM     1 MiB a bus, 32 KiB a device, 4 KiB a function
//	windows  32-bit memory, 64-bit memory: whatever base address registers (BARs) say; I/O ports: nothing
//
// There is one bus, number 0, with the bridge itself as device 0 and room for devices 1 to 31, each of one function.
// Everything else that can be addressed is absent: it reads as all ones and ignores stores, as a bus does on which nobody
// answers. It knows no device type; a function's registers are an Endpoint.
//
// # Address map
//
// The guest moves BARs and enables them at any time. Each change makes a new list of what is where, which
// harts load with one atomic read: an access finds the map of before or of after. The list has at most one entry a
// function. Where two BARs overlap the lower device number answers, always; what reaches out of the windows is not
// reachable, and RAM and other devices are never covered.
//
// # Interrupts
//
// INTA of device n is line n mod 4, shared by all functions on it: a line is up while one of them is. The Interrupt
// Disable bit of the command register takes a function off.
//
// Where the bridge is given a way for messages, functions have MSI-X, too: a table and an array of pending bits in the BAR behind
// the endpoint's registers, and vectors that an endpoint signals. Messages of a vector or function that is masked, or of one that is no
// bus master, are pending until that ends. While the guest has MSI-X enabled the pin is off.
//
// # Bus mastering
//
// A function reaches guest memory only while the guest has set Bus Master Enable; Endpoint.Master tells it. What it has
// begun before ends as begun.
//
// # Locks
//
// Bridge.mu guards configuration space and is held over the calls of Endpoint.Master and Capability.Access. Harts that access
// windows take no lock of this package, but messages.mu for the table of messages. intx.mu and messages.mu are innermost but for the
// lines, and for what a message leads to.
//
//	Bridge.mu → the endpoint's locks → intx.mu → Line
//	                                 → messages.mu → the receiver's lock
//
// Life cycle: New, Add for each function before harts run, Reset. No goroutine. The functions' endpoints are closed by whoever
// made them.
package pcie
