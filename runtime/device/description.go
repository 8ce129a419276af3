package device

// Description is what a device says of itself before it is made. The bus, the device tree and the memory maps in docs
// are made from the descriptions of a board's devices; each device's package gives its own by a function Describe.
type Description struct {
	// Name is that of the device's node in the device tree.
	Name string
	// Title is what people call the device, in the memory map.
	Title string
	// Size is the bytes of address space that it takes.
	Size uint64
	// Interrupt says that it has a Line to the interrupt controller.
	Interrupt bool
	// Node is what the device tree says of it beside its place and its interrupt. Without Compatible there is none.
	Node Node
}

// Node is a device's part of the device tree.
type Node struct {
	// Compatible are the names by which drivers know the device, the most exact one first.
	Compatible []string
	// Type is what the node's device_type says; "": nothing.
	Type string
	// Properties are further ones, lists of 32-bit cells.
	Properties []Property
	// Parts are the sizes of what the device consists of, one behind the other; nil: Description.Size.
	Parts []uint64
	// Flags are properties without a value.
	Flags []string
	// Routes are the interrupts of what stands behind the device, a bus.
	Routes []Route
	// HartInterrupts are the local interrupts of each hart that the device raises, by their number in mcause.
	HartInterrupts []uint32
	// Controller says that it is where the other devices' interrupts go.
	Controller bool
	// Trigger is what a Controller wants to know of each source behind its number, the same for all.
	Trigger []uint32
	// Label is the name by which other nodes refer to this one; "": none does.
	Label string
	// References are properties that begin with another device.
	References []Reference
	// Machine says that the device is for software in M-mode alone: without such there is no node.
	Machine bool
	// Console says that it is the guest's first console.
	Console bool
	// Switches are what the guest does by storing to the device.
	Switches []Switch
}

// Property is a named list of cells.
type Property struct {
	Name  string
	Cells []uint32
}

// Reference is a property that names the node with a Label, and then has cells.
type Reference struct {
	Name, Label string
	Cells       []uint32
}

// Route is where an interrupt of a bus goes.
type Route struct {
	From []uint32 // the cells by which the bus names it: device and pin
	IRQ  uint32   // source at the interrupt controller
}

// Switch is a node of its own by which a guest learns that it does something, such as switching off, by storing Value at
// Offset of the device.
type Switch struct {
	Name, Compatible string
	Offset, Value    uint32
}

// Placed is a device in its place on a board.
type Placed struct {
	Description
	Base uint64 // physical address of its first byte
	IRQ  uint32 // its source at the interrupt controller; 0 without Interrupt
}
