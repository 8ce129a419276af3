// Package virtio is the part that all virtio devices share: the memory-mapped
// transport, version 2 or 1 (Virtual I/O Device specification 1.2, chapter 4.2), and the
// device's side of split virtqueues (chapter 2.7), with indirect descriptors and
// event indices. What a device does with a request is its own package: blk,
// console, rng.
//
// It knows guest RAM as physmem.Memory and its interrupt as a device.Line; it knows
// no hart and no address of its own.
//
// # Work
//
// A store to QueueNotify only leaves a token. Every queue has a goroutine, which
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
// Once a store of 0 to Status or QueueReady has returned, the device neither reads
// nor writes the memory of the queues concerned, although requests may still be in
// flight: each access to guest memory happens under the queue's life lock, and what
// comes later gets ErrReset. An access covers at most one mebibyte, so that the
// resetting hart does not wait long; Serve must not do anything in an access that
// waits for the guest or a person.
//
// # Locks
//
//	Transport.mu (registers) → Queue.life → Queue.mu (indices) → events.mu → Line
//
// InterruptStatus, InterruptACK and QueueNotify do without Transport.mu. The code
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
