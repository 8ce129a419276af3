package virtio

import "math"

// Load reads a register or the configuration space. Control registers answer
// aligned 4-byte reads, and 8-byte reads as two of them; anything else reads as zero.
func (t *Transport) Load(off uint64, size int) (uint64, bool) {
	switch {
	case off >= RegConfig:
		return t.loadSpace(off-RegConfig, size), true
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
		return versionOf(t.cfg.Legacy), true
	case RegDeviceID:
		return uint64(t.cfg.DeviceID), true
	case RegVendorID:
		return vendorID, true
	case RegInterruptStatus:
		return uint64(t.events.pending()), true
	}
	if !t.cfg.Legacy && off >= RegSHMLenLow && off <= RegSHMBaseHigh {
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
	case RegStatus:
		return t.status | t.events.status()
	case RegQueueSizeMax:
		if t.selected() != nil {
			return uint32(t.cfg.Queues[t.queueSel].MaxSize)
		}
	case RegQueueReady:
		if s := t.selected(); s != nil && s.ready != nil && !t.cfg.Legacy {
			return 1
		}
	case RegQueuePFN:
		if s := t.selected(); s != nil {
			return s.pfn
		}
	}
	return 0
}

func (t *Transport) loadSpace(off uint64, size int) (v uint64) {
	for i := range uint64(size) {
		if off+i < uint64(len(t.space)) {
			v |= uint64(t.space[off+i]) << (8 * i)
		}
	}
	return v
}

func (t *Transport) offered() uint64 {
	if t.cfg.Legacy {
		return t.cfg.Features&math.MaxUint32 | legacyFeatures
	}
	return t.cfg.Features | commonFeatures
}

func versionOf(legacy bool) uint64 {
	if legacy {
		return legacyVersion
	}
	return version
}

// selected returns the queue that QueueSel selects, or nil.
func (t *Transport) selected() *queueSlot {
	if t.queueSel < uint32(len(t.queues)) {
		return &t.queues[t.queueSel]
	}
	return nil
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
		if w < uint32(len(t.queues)) {
			t.Kick(int(w))
		}
		return true
	case RegInterruptACK:
		t.events.acknowledge(w)
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
		t.setStatus(w)
	case RegQueueSel:
		t.queueSel = w
	default:
		t.storeOther(off, w)
	}
	return true
}

// storeOther writes the registers that are not the same in both versions.
func (t *Transport) storeOther(off uint64, w uint32) {
	s := t.selected()
	switch {
	case t.cfg.Legacy && off == RegGuestPageSize:
		t.pageSize = w
	case s == nil:
	case t.cfg.Legacy:
		t.storeLegacy(s, off, w)
	default:
		t.storeQueue(s, off, w)
	}
}

// setFeatures is the write of DriverFeatures, which counts for queues that go into service
// from then on: some drivers set DRIVER_OK first. A driver of version 1 cannot be
// refused, so it gets of its wishes what is offered.
func (t *Transport) setFeatures(w uint32) {
	if t.status&StatusFeaturesOK != 0 || t.driverSel > 1 {
		return
	}
	shift := 32 * t.driverSel
	t.driverFeatures = t.driverFeatures&^(math.MaxUint32<<shift) | uint64(w)<<shift
	if t.cfg.Legacy {
		t.driverFeatures &= t.offered()
	}
}

// setStatus is the write of Status (chapter 3.1). Bits stay set until a reset;
// FEATURES_OK and DRIVER_OK are refused when the driver wants what was not offered.
// A driver that does not accept VERSION_1, or that skips FEATURES_OK, is served all
// the same (chapter 6.1 leaves it to the device): what it gets differs in nothing.
func (t *Transport) setStatus(w uint32) {
	if w == 0 {
		t.reset()
		return
	}
	w &= StatusAcknowledge | StatusDriver | StatusFeaturesOK | StatusDriverOK | StatusFailed
	if t.driverFeatures&^t.offered() != 0 {
		w &^= StatusFeaturesOK | StatusDriverOK
	}
	started := w&^t.status&StatusDriverOK != 0
	t.status |= w
	if started {
		t.events.setDriverOK()
		for i := range t.queues {
			t.activate(i)
		}
	}
}

// activate puts queue i into service once both it and the driver are ready.
func (t *Transport) activate(i int) {
	if s := &t.queues[i]; s.ready != nil && t.status&StatusDriverOK != 0 && !t.closed && !t.aborted {
		s.ready.features = t.driverFeatures
		s.active.Store(s.ready)
		t.Kick(i)
	}
}

// storeQueue writes a register of the selected queue. Where a queue lies cannot be
// changed while it is ready.
func (t *Transport) storeQueue(s *queueSlot, off uint64, w uint32) {
	if off == RegQueueReady {
		t.setReady(s, w&1 != 0)
		return
	}
	if s.ready != nil {
		return
	}
	l := &s.layout
	switch off {
	case RegQueueSize:
		l.size = w
	case RegQueueDescLow:
		setLow(&l.desc, w)
	case RegQueueDescHigh:
		setHigh(&l.desc, w)
	case RegQueueDriverLow:
		setLow(&l.avail, w)
	case RegQueueDriverHigh:
		setHigh(&l.avail, w)
	case RegQueueDeviceLow:
		setLow(&l.usedAt, w)
	case RegQueueDeviceHigh:
		setHigh(&l.usedAt, w)
	}
}

func setLow(r *uint64, w uint32)  { *r = *r&^math.MaxUint32 | uint64(w) }
func setHigh(r *uint64, w uint32) { *r = *r&math.MaxUint32 | uint64(w)<<32 }

// setReady is the write of QueueReady.
func (t *Transport) setReady(s *queueSlot, ready bool) {
	switch {
	case !ready:
		t.stopQueue(s)
	case s.ready == nil:
		t.ready(s, s.layout)
	}
}

// ready makes the selected queue, s, ready where l says.
func (t *Transport) ready(s *queueSlot, l queueLayout) {
	if l.size > uint32(t.cfg.Queues[t.queueSel].MaxSize) {
		l.size = 0 // no queue that newQueue takes
	}
	q, err := newQueue(t.cfg.Memory, &t.events, l)
	if err != nil {
		t.events.fail(err)
		return
	}
	s.ready = q
	t.activate(int(t.queueSel))
}
