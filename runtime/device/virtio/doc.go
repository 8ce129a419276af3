// Package virtio is the part that all virtio devices share (Virtual I/O Device specification
// 1.2): status, features, configuration space and the device's side of split virtqueues
// (chapter 2.7), with indirect descriptors and event indices.
//
//	blk, console, rng   a device type each: what it does with a request; embeds a *Core
//	virtio              Core
//	mmio                a transport: registers and interrupts, through which a driver reaches the Core
//
// Core knows guest RAM as physmem.Memory and its driver as a Notifier, which a transport is; it
// knows no register, no interrupt line, no hart and no address of its own. Transports know no device type.
//
// # Work
//
// A notification of the driver's (Kick) only leaves a token. Every queue has a goroutine, which
// calls the device's Serve; Serve pops requests and completes them, then or later
// and from any goroutine, in any order.
//
// # Hostile guests
//
// Everything in guest memory may change at any moment and may be anything. Each
// field is read once and then checked: an index that jumps too far, a chain that
// is too long or cyclic, an address outside RAM, a nested or ragged indirect table
// or a readable descriptor after a writable one make the device set
// DEVICE_NEEDS_RESET and stop serving that queue; Fault tells the host why. A
// request holds at most MaxSegments segments, a queue has at most its size of
// requests out, and no memory is allocated by a length that the guest gives.
//
// # Reset
//
// Once Reset or StopQueue has returned, the device neither reads
// nor writes the memory of the queues concerned, although requests may still be in
// flight: each access to guest memory happens under the queue's life lock, and what
// comes later gets ErrReset. An access covers at most one mebibyte, so that the
// resetting hart does not wait long; Serve must not do anything in an access that
// waits for the guest or a person.
//
// # Locks
//
//	Core.mu → Queue.life → Queue.mu (indices) → events.mu → the Notifier's
//
// A transport may hold locks of its own over the calls of the core. Kick takes none. The code
// map's function (physmem.Memory.OnCodeWrite) is called with Queue.life held for
// reading.
//
// # Life cycle
//
// New starts the goroutines. Close lets each queue's Serve take what the guest had
// made available, at most a queue's size of requests, then ends the goroutines and
// retires the queues. That may take as long as the guest likes; Abort, before or during
// Close, has every request end at its next access to guest memory or its next question
// (Request.Err), of which no more than a mebibyte's copy and one call of the host
// lie apart.
package virtio
