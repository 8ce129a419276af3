// Package virtiotest is the guest's side of a virtio device for tests: a driver
// written in Go, which negotiates features, lays queues out in guest RAM, posts
// chains of buffers (direct or indirect), honours event indices and waits for
// interrupts. It drives devices through Load and Store as a hart would.
//
// A Driver and its Queues belong to one goroutine each; different Queues of one
// Driver may be used by different goroutines once Start has returned, if their
// buffers were allocated before.
package virtiotest
