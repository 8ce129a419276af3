// Package console is the virtio console device (specification chapter 5.3) with
// one port: queue 0 receives what an io.Reader gives, queue 1 transmits to an
// io.Writer. It knows no terminal.
//
// Input waits in a stream.Source until the guest has posted buffers, and survives a
// reset. Output is written before its buffer is given back, so that a slow writer
// holds up the driver and nothing else; Close writes what the guest has posted and
// returns when the writer has taken it. After the writer has failed output is
// discarded.
//
// The device has no lock of its own: each queue's state belongs to that queue's
// goroutine.
package console
