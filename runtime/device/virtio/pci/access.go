package pci

import "math"

// Load reads a register of the BAR. Registers answer accesses of their own size, and 64-bit ones those of their halves; anything
// else reads as zero.
func (t *Transport) Load(off uint64, size int) (uint64, bool) {
	t.accessed()
	return t.load(off, size), true
}

// Store writes a register. Of the device-specific configuration nothing can be written.
func (t *Transport) Store(off uint64, size int, v uint64) bool {
	t.accessed()
	t.store(off, size, v)
	return true
}

func (t *Transport) load(off uint64, size int) uint64 {
	switch region, off := off&^(regionSize-1), off&(regionSize-1); region {
	case regionCommon:
		if size == 8 {
			return t.load(off, 4) | t.load(off+4, 4)<<32
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		return uint64(t.loadCommon(off, size))
	case regionISR:
		if off == 0 {
			return uint64(t.irq.take())
		}
	case regionDevice:
		return t.core.ReadSpace(off, size)
	}
	return 0
}

func (t *Transport) store(off uint64, size int, v uint64) {
	switch region, off := off&^(regionSize-1), off&(regionSize-1); {
	case region == regionNotify:
		t.core.Kick(int(off / notifyStride))
	case region != regionCommon:
	case size == 8:
		t.store(off, 4, v)
		t.store(off+4, 4, v>>32)
	default:
		t.mu.Lock()
		defer t.mu.Unlock()
		t.storeCommon(off, size, uint32(v))
	}
}

// register is an offset in the common configuration, and the size of an access that it answers.
type register struct {
	off  uint64
	size int
}

// loadCommon reads the common configuration. Caller holds t.mu.
func (t *Transport) loadCommon(off uint64, size int) uint32 {
	switch (register{off, size}) {
	case register{RegDeviceFeatureSelect, 4}:
		return t.deviceSelect
	case register{RegDeviceFeature, 4}:
		return half(t.core.Offered(), t.deviceSelect)
	case register{RegDriverFeatureSelect, 4}:
		return t.driverSelect
	case register{RegDriverFeature, 4}:
		return half(t.core.Features(), t.driverSelect)
	case register{RegConfigVector, 2}:
		return uint32(t.irq.configVector())
	case register{RegNumQueues, 2}:
		return uint32(len(t.queues))
	case register{RegStatus, 1}:
		return t.core.Status()
	case register{RegQueueSelect, 2}:
		return uint32(t.queueSelect)
	}
	if q, i := t.selected(); q != nil {
		return t.loadQueue(q, i, off, size)
	}
	if (register{off, size}) == (register{RegQueueVector, 2}) {
		return noVector
	}
	return 0
}

// loadQueue reads a register of the selected queue.
func (t *Transport) loadQueue(q *queue, i int, off uint64, size int) uint32 {
	switch (register{off, size}) {
	case register{RegQueueSize, 2}:
		return q.layout.Size
	case register{RegQueueVector, 2}:
		return uint32(t.irq.queueVector(i))
	case register{RegQueueEnable, 2}:
		if t.core.Ready(i) {
			return 1
		}
		return 0
	case register{RegQueueNotifyOff, 2}:
		return uint32(i)
	}
	if a, shift := q.address(off, size); a != nil {
		return uint32(*a >> shift)
	}
	return 0
}

// storeCommon writes the common configuration. Caller holds t.mu.
func (t *Transport) storeCommon(off uint64, size int, w uint32) {
	switch (register{off, size}) {
	case register{RegDeviceFeatureSelect, 4}:
		t.deviceSelect = w
	case register{RegDriverFeatureSelect, 4}:
		t.driverSelect = w
	case register{RegDriverFeature, 4}:
		if t.driverSelect < 2 {
			shift := 32 * t.driverSelect
			t.core.Accept(t.core.Features()&^(math.MaxUint32<<shift) | uint64(w)<<shift)
		}
	case register{RegStatus, 1}:
		if w&0xff == 0 {
			t.reset()
		} else {
			t.core.SetStatus(w & 0xff)
		}
	case register{RegQueueSelect, 2}:
		t.queueSelect = uint16(w)
	case register{RegConfigVector, 2}:
		t.irq.setConfigVector(uint16(w))
	default:
		if q, i := t.selected(); q != nil {
			t.storeQueue(q, i, off, size, w)
		}
	}
}

// storeQueue writes a register of the selected queue. Where a queue lies cannot be changed while it is enabled, and only a
// reset ends that; its vector can.
func (t *Transport) storeQueue(q *queue, i int, off uint64, size int, w uint32) {
	if (register{off, size}) == (register{RegQueueVector, 2}) {
		t.irq.setQueueVector(i, uint16(w))
		return
	}
	if t.core.Ready(i) {
		return
	}
	switch (register{off, size}) {
	case register{RegQueueSize, 2}:
		q.layout.Size = w & math.MaxUint16
	case register{RegQueueEnable, 2}:
		if w&math.MaxUint16 == 1 {
			t.core.Setup(i, q.layout)
		}
	default:
		if a, shift := q.address(off, size); a != nil {
			*a = *a&^(math.MaxUint32<<shift) | uint64(w)<<shift
		}
	}
}

// address returns the address that the four bytes at off are half of, and how far up; nil: none.
func (q *queue) address(off uint64, size int) (a *uint64, shift uint) {
	if size != 4 || off < RegQueueDesc || off >= RegQueueEnd {
		return nil, 0
	}
	parts := [...]*uint64{&q.layout.Desc, &q.layout.Avail, &q.layout.Used}
	return parts[(off-RegQueueDesc)/8], uint(off & 4 * 8)
}

// selected returns the queue that queue_select selects and its number, or nil.
func (t *Transport) selected() (*queue, int) {
	if int(t.queueSelect) < len(t.queues) {
		return &t.queues[t.queueSelect], int(t.queueSelect)
	}
	return nil, 0
}

// half is 32 of a set of features' 64 bits.
func half(features uint64, selected uint32) uint32 {
	if selected > 1 {
		return 0
	}
	return uint32(features >> (32 * selected))
}
