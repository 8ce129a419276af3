package device

import "context"

// Device is what the machine needs of every device. It includes the methods of
// physmem.Device; see there for the meaning of off, size and ok.
type Device interface {
	Load(off uint64, size int) (v uint64, ok bool)
	Store(off uint64, size int, v uint64) (ok bool)
	// Reset brings the device to its power-on state.
	Reset()
	// State is what can be saved of the device and restored in another one of the same kind.
	State() Saver
	// Close stops the device's goroutines after pending output has left.
	Close() error
}

// Quiescer is a device that works on guest memory by itself.
type Quiescer interface {
	// Quiesce waits until nothing that the guest has asked for is under way, and has nothing begin until release is
	// called: what the guest has asked for since waits in its memory. It takes as long as the host takes for what is
	// under way; when ctx ends first, the device goes on and the error is ctx's cause.
	Quiesce(ctx context.Context) (release func(), err error)
}
