package mmio

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// interrupt is the transport's interrupt with its causes (virtio.Notifier): one line for all queues and for
// changes of the configuration. Its lock is the innermost.
type interrupt struct {
	line device.Line

	mu     sync.Mutex
	causes uint32 // InterruptStatus
}

// NotifyQueue has the driver look at its queues: the line does not say at which.
func (i *interrupt) NotifyQueue(int) { i.raise(interruptUsed) }

// NotifyConfig has the driver look at configuration and status.
func (i *interrupt) NotifyConfig() { i.raise(interruptConfig) }

func (i *interrupt) raise(cause uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.causes |= cause
	i.line(true)
}

func (i *interrupt) acknowledge(causes uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.causes &^= causes
	i.line(i.causes != 0)
}

func (i *interrupt) pending() uint32 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.causes
}

func (i *interrupt) set(causes uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.causes = causes
	i.line(i.causes != 0)
}

func (i *interrupt) clear() { i.set(0) }
