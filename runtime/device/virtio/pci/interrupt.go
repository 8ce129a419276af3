package pci

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
)

// interrupt is the transport's interrupt (virtio.Notifier): a message for each queue and for changes of the configuration,
// as the driver has assigned vectors, or the function's pin for all, with the ISR to tell causes apart.
type interrupt struct {
	f *pcie.Function // constant

	mu     sync.Mutex
	isr    uint32
	config uint16   // vector for changes of the configuration; noVector: no message
	queues []uint16 // and for each queue
}

// NotifyQueue has the driver look at a queue. The pin does not say at which.
func (i *interrupt) NotifyQueue(queue int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.f.Signal(int(i.queues[queue])) {
		i.isr |= isrQueue
		i.f.SetINTx(true)
	}
}

// NotifyConfig has the driver look at configuration and status. The ISR says so even if a message does, and with it the pin, which
// is off while messages are on.
func (i *interrupt) NotifyConfig() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.isr |= isrConfig
	i.f.Signal(int(i.config))
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

// reset clears the ISR, and no cause has a vector.
func (i *interrupt) reset() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.isr, i.config = 0, noVector
	for q := range i.queues {
		i.queues[q] = noVector
	}
	i.f.SetINTx(false)
}

// legal is what a register of a vector becomes when v is written: noVector if there is no such one.
func (i *interrupt) legal(v uint16) uint16 {
	if int(v) >= i.f.Vectors() {
		return noVector
	}
	return v
}

// configVector and setConfigVector access the register of that name; queueVector and setQueueVector those of queues.
func (i *interrupt) configVector() uint16 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.config
}

func (i *interrupt) setConfigVector(v uint16) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.config = i.legal(v)
}

func (i *interrupt) queueVector(queue int) uint16 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.queues[queue]
}

func (i *interrupt) setQueueVector(queue int, v uint16) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.queues[queue] = i.legal(v)
}
