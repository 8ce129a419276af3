// Package pci is the PCI transport of virtio devices, the modern one (Virtual I/O Device specification 1.2, chapter 4.1): a
// function of a PCI Express bus, whose capabilities say where in its BAR the registers are. It knows no
// device type: a virtio.Device is what it carries.
//
//	0x0000  common configuration
//	0x1000  interrupt status (ISR)
//	0x2000  device-specific configuration
//	0x3000  notifications, 4 bytes a queue
//	0x4000  messages (MSI-X): the table and what is pending, which are the bus's, if that has any
//
// Until the driver sets Bus Master Enable the device takes no requests.
//
// # Locks
//
// As in the memory-mapped transport: Transport.mu guards the registers that take several steps, and is held over the calls of
// the core that they lead to. The interrupt has a lock of its own, which guards the vectors, too; ISR and notifications do without Transport.mu. The bridge
// calls in with its lock held.
//
//	Bridge.mu → Transport.mu → Core.mu → Queue.life → Queue.mu → events.mu → interrupt.mu → intx.mu → Line
//	                                                                                        → the bus's messages.mu
//
// Life cycle: New puts the function on the bus and connects the transport to its device, and closes that with itself. No goroutine.
package pci
