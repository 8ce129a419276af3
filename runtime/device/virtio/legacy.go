package virtio

// legacyAlign is what QueueAlign holds before a driver has written it, in bytes.
const legacyAlign = 4096

// storeLegacy writes a register of the selected queue of a version 1 device (chapter
// 4.2.4): a queue is one piece of memory from page QueuePFN on, and there while that is
// not zero.
func (t *Transport) storeLegacy(s *queueSlot, off uint64, w uint32) {
	switch {
	case off == RegQueuePFN && w == 0:
		t.stopQueue(s)
	case s.ready != nil:
	case off == RegQueuePFN:
		if t.ready(s, t.legacyLayout(s, w)); s.ready != nil {
			s.pfn = w
		}
	case off == RegQueueSize:
		s.layout.size = w
	case off == RegQueueAlign:
		s.align = w
	}
}

// legacyLayout returns where the parts of a queue lie that begins at page pfn (chapter
// 2.7.2). Sizes that make no sense give a layout that newQueue refuses.
func (t *Transport) legacyLayout(s *queueSlot, pfn uint32) queueLayout {
	l := queueLayout{size: s.layout.size, desc: uint64(pfn) * uint64(t.pageSize)}
	align := uint64(s.align)
	if align == 0 || align&(align-1) != 0 {
		return queueLayout{}
	}
	n := min(uint64(l.size), MaxQueueSize)
	l.avail = l.desc + n*descSize
	l.usedAt = (l.avail + availRing + 2*n + 2 + align - 1) &^ (align - 1)
	return l
}
