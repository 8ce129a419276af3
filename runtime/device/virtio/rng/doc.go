// Package rng is the virtio entropy device (specification chapter 5.4): one queue,
// whose writable buffers it fills with random bytes from the host. A request gets
// at most 64 KiB, which the specification allows to be fewer bytes than it has room
// for. It has no lock: all its state belongs to the queue's goroutine.
package rng
