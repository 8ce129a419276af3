package virtio

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// events is what a device tells its driver: the interrupt with its causes, and
// that it needs a reset. Its lock is the innermost of the package.
type events struct {
	line device.Line

	mu         sync.Mutex
	causes     uint32 // InterruptStatus
	driverOK   bool
	needsReset bool
	fault      error // why needsReset was set last; kept over resets for the host
}

func (e *events) raise(cause uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.causes |= cause
	e.line(true)
}

func (e *events) acknowledge(causes uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.causes &^= causes
	e.line(e.causes != 0)
}

func (e *events) pending() uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.causes
}

// setDriverOK records that the driver drives the device.
func (e *events) setDriverOK() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.driverOK = true
}

// fail sets DEVICE_NEEDS_RESET and notifies the driver (chapter 2.1.2).
func (e *events) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.needsReset, e.fault = true, err
	if e.driverOK {
		e.causes |= InterruptConfig
		e.line(true)
	}
}

func (e *events) status() uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.needsReset {
		return StatusNeedsReset
	}
	return 0
}

func (e *events) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.causes, e.driverOK, e.needsReset = 0, false, false
	e.line(false)
}

func (e *events) lastFault() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fault
}
