package pci

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
)

// interrupt is the transport's interrupt (virtio.Notifier): the function's pin for all queues and for changes of the
// configuration, with the ISR to tell them apart.
type interrupt struct {
	f *pcie.Function // constant

	mu  sync.Mutex
	isr uint32
}

// NotifyQueue has the driver look at its queues: the pin does not say at which.
func (i *interrupt) NotifyQueue(int) { i.raise(isrQueue) }

// NotifyConfig has the driver look at configuration and status.
func (i *interrupt) NotifyConfig() { i.raise(isrConfig) }

func (i *interrupt) raise(cause uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.isr |= cause
	i.f.SetINTx(true)
}

// take is the driver's read of the ISR, which clears it.
func (i *interrupt) take() uint32 {
	i.mu.Lock()
	defer i.mu.Unlock()
	was := i.isr
	i.isr = 0
	i.f.SetINTx(false)
	return was
}

func (i *interrupt) pending() uint32 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.isr
}

func (i *interrupt) set(isr uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.isr = isr
	i.f.SetINTx(isr != 0)
}
