package virtio

import "sync"

// Notifier is a core's way to its driver: the interrupts of a transport. Its methods are safe for
// concurrent use, do not block and do not call the core, which holds locks of its own meanwhile.
type Notifier interface {
	// NotifyQueue says that buffers of a queue have been used.
	NotifyQueue(queue int)
	// NotifyConfig says that the configuration space or the device status has changed.
	NotifyConfig()
}

// events is what a device tells its driver: that a queue's buffers were used, and that it needs
// a reset. Its lock is the innermost of the package.
type events struct {
	mu         sync.Mutex
	driver     Notifier // constant once the transport is connected
	driverOK   bool
	needsReset bool
	fault      error // why needsReset was set last; kept over resets for the host
}

func (e *events) connect(n Notifier) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.driver = n
}

// used notifies the driver of a queue's used buffers.
func (e *events) used(queue int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.driver.NotifyQueue(queue)
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
		e.driver.NotifyConfig()
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
	e.driverOK, e.needsReset = false, false
}

// restore sets what a saved device had told its driver.
func (e *events) restore(driverOK, needsReset bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.driverOK, e.needsReset = driverOK, needsReset
}

func (e *events) lastFault() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fault
}
