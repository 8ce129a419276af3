package device

// Device is what the machine needs of every device. It includes the methods of
// physmem.Device; see there for the meaning of off, size and ok.
type Device interface {
	Load(off uint64, size int) (v uint64, ok bool)
	Store(off uint64, size int, v uint64) (ok bool)
	// Reset brings the device to its power-on state.
	Reset()
	// Close stops the device's goroutines after pending output has left.
	Close() error
}
