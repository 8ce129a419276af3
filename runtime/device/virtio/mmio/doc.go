// Package mmio is the memory-mapped transport of virtio devices, version 2 or 1 (Virtual I/O Device
// specification 1.2, chapter 4.2): registers, and one interrupt line for all causes. It knows no
// device type: a virtio.Device is what it carries.
//
// # Locks
//
// Transport.mu guards the registers that take several steps, and is held over the calls of the core that
// they lead to. The interrupt has a lock of its own, so that a core may notify its driver while a register
// is written; InterruptStatus, InterruptACK and QueueNotify do without Transport.mu.
//
//	Transport.mu → Core.mu → Queue.life → Queue.mu → events.mu → interrupt.mu → Line
//
// Life cycle: New connects the transport to its device, and closes that with itself. No goroutine.
package mmio
