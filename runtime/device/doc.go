// Package device holds what all devices of a machine share: the interrupt line,
// the clock, the description and the life cycle. Each device is a package of its own below it.
//
// A device knows offsets into its own region, never addresses; it knows no hart
// and no other device. Its package describes it by a function Describe, and the machine's
// board says where it stands: the machine maps it into the guest's
// physical address space (physmem.Memory.Map), connects its Line, and makes its node of the device tree.
//
// # Concurrency
//
// Load and Store are called by any hart's goroutine at any time. A device guards
// its registers itself, with locks of its own, and never waits for the outside world
// while it holds one: reading files, terminals and pipes is the work of goroutines
// that the device owns.
//
// # Lock order
//
// A hart that loads or stores a device register holds Hart.own (package vcpu) and no
// other lock. An interrupt travels through three owners, of which device and
// controller call the next while they hold their own locks, so that levels arrive in
// the order in which they changed:
//
//	Hart.own → device's lock → interrupt controller's lock (plic, aplic, imsic) → scheduler's lock
//
// The last step sets a bit of the target hart and wakes it, which takes the
// scheduler's lock if that hart was idle, but no hart's own. Nothing calls back
// against the arrows: a controller never calls a device, a device never waits for a
// hart. Goroutines of devices, which own no hart, enter the chain at the device's
// lock. Lines that are not connected to the controller follow the same rule: a Line
// must not call the device that drives it.
//
// # State
//
// What a guest can notice of a device is a plain value of its package, State, which can be taken out of one device and
// put into another (Saver, Stateful): registers, but not what follows from them (levels of lines, timers), nor what the
// host has and the guest has not seen yet (waiting input, output on its way). Taking a state over checks it: whoever
// gives it may be wrong or hostile, and gets an error that names the field. A device that works on guest memory by itself
// is brought to rest before (Quiescer). The interrupt controller may be restored before or after the devices.
//
// # Life cycle
//
// New checks the configuration and starts the device's goroutines, if it has any.
// Reset brings the registers to their power-on state and takes the line down; it
// may be called while harts run. Close stops the goroutines, delivers output that
// the guest has written, and returns the first error that the outside world gave;
// it is called once no hart runs any more, and a second call does nothing.
package device
