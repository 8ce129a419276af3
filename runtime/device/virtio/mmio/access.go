package mmio

import "math"

// Load reads a register or the configuration space. Control registers answer
// aligned 4-byte reads, and 8-byte reads as two of them; anything else reads as zero.
func (t *Transport) Load(off uint64, size int) (uint64, bool) {
	switch {
	case off >= RegConfig:
		return t.core.ReadSpace(off-RegConfig, size), true
	case size == 8:
		low, _ := t.Load(off, 4)
		high, _ := t.Load(off+4, 4)
		return low | high<<32, true
	case size != 4:
		return 0, true
	}
	switch off {
	case RegMagic:
		return magic, true
	case RegVersion:
		return versionOf(t.legacy), true
	case RegDeviceID:
		return uint64(t.core.DeviceID()), true
	case RegVendorID:
		return vendorID, true
	case RegInterruptStatus:
		return uint64(t.irq.pending()), true
	}
	if !t.legacy && off >= RegSHMLenLow && off <= RegSHMBaseHigh {
		return math.MaxUint32, true // there is no shared memory region
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return uint64(t.loadState(off)), true
}

// loadState reads the registers that t.mu guards.
func (t *Transport) loadState(off uint64) uint32 {
	switch off {
	case RegDeviceFeatures:
		if t.deviceSel < 2 {
			return uint32(t.offered() >> (32 * t.deviceSel))
		}
		return 0
	case RegStatus:
		return t.core.Status()
	}
	q, i := t.selected()
	switch {
	case q == nil:
	case off == RegQueueSizeMax:
		return t.core.MaxSize(i)
	case off == RegQueueReady && !t.legacy && t.core.Ready(i):
		return 1
	case off == RegQueuePFN:
		return q.pfn
	}
	return 0
}

// offered are the features that the driver reads.
func (t *Transport) offered() uint64 {
	if t.legacy {
		return t.core.Offered()&math.MaxUint32 | featureAnyLayout
	}
	return t.core.Offered()
}

func versionOf(legacy bool) uint64 {
	if legacy {
		return legacyVersion
	}
	return version
}

// selected returns the queue that QueueSel selects and its number, or nil.
func (t *Transport) selected() (*queue, int) {
	if t.queueSel < uint32(len(t.queues)) {
		return &t.queues[t.queueSel], int(t.queueSel)
	}
	return nil, 0
}

// Store writes a register; a store of 8 bytes writes two. Stores of other sizes and
// stores to the configuration space, of which nothing can be written, are ignored.
func (t *Transport) Store(off uint64, size int, v uint64) bool {
	switch {
	case off >= RegConfig:
		return true
	case size == 8:
		return t.Store(off, 4, v) && t.Store(off+4, 4, v>>32)
	case size != 4:
		return true
	}
	w := uint32(v)
	switch off {
	case RegQueueNotify:
		t.core.Kick(int(w))
		return true
	case RegInterruptACK:
		t.irq.acknowledge(w)
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch off {
	case RegDeviceFeaturesSel:
		t.deviceSel = w
	case RegDriverFeaturesSel:
		t.driverSel = w
	case RegDriverFeatures:
		t.setFeatures(w)
	case RegStatus:
		if w == 0 {
			t.reset()
		} else {
			t.core.SetStatus(w)
		}
	case RegQueueSel:
		t.queueSel = w
	default:
		t.storeOther(off, w)
	}
	return true
}

// storeOther writes the registers that are not the same in both versions.
func (t *Transport) storeOther(off uint64, w uint32) {
	q, i := t.selected()
	switch {
	case t.legacy && off == RegGuestPageSize:
		t.pageSize = w
	case q == nil:
	case t.legacy:
		t.storeLegacy(q, i, off, w)
	default:
		t.storeQueue(q, i, off, w)
	}
}

// setFeatures is the write of DriverFeatures. A driver of version 1 cannot be refused, so it gets of its wishes what
// is offered; the core knows nothing of the one that version 1 adds.
func (t *Transport) setFeatures(w uint32) {
	if t.driverSel > 1 {
		return
	}
	shift := 32 * t.driverSel
	wanted := t.core.Features()&^(math.MaxUint32<<shift) | uint64(w)<<shift
	if t.legacy {
		wanted &= t.core.Offered() & math.MaxUint32
	}
	t.core.Accept(wanted)
}

// storeQueue writes a register of the selected queue. Where a queue lies cannot be
// changed while it is ready.
func (t *Transport) storeQueue(q *queue, i int, off uint64, w uint32) {
	ready := t.core.Ready(i)
	l := &q.layout
	switch {
	case off == RegQueueReady && w&1 == 0:
		t.core.StopQueue(i)
	case ready:
	case off == RegQueueReady:
		t.core.Setup(i, *l)
	case off == RegQueueSize:
		l.Size = w
	case off == RegQueueDescLow:
		setLow(&l.Desc, w)
	case off == RegQueueDescHigh:
		setHigh(&l.Desc, w)
	case off == RegQueueDriverLow:
		setLow(&l.Avail, w)
	case off == RegQueueDriverHigh:
		setHigh(&l.Avail, w)
	case off == RegQueueDeviceLow:
		setLow(&l.Used, w)
	case off == RegQueueDeviceHigh:
		setHigh(&l.Used, w)
	}
}

func setLow(r *uint64, w uint32)  { *r = *r&^math.MaxUint32 | uint64(w) }
func setHigh(r *uint64, w uint32) { *r = *r&math.MaxUint32 | uint64(w)<<32 }
