package mmio

import "github.com/hartwood-vm/hartwood/runtime/device/virtio"

// legacyAlign is what QueueAlign holds before a driver has written it, in bytes.
const legacyAlign = 4096

// storeLegacy writes a register of the selected queue of a version 1 device (chapter
// 4.2.4): a queue is one piece of memory from page QueuePFN on, and there while that is
// not zero.
func (t *Transport) storeLegacy(q *queue, i int, off uint64, w uint32) {
	switch {
	case off == RegQueuePFN && w == 0:
		t.core.StopQueue(i)
		q.pfn = 0
	case t.core.Ready(i):
	case off == RegQueuePFN:
		t.core.Setup(i, virtio.LegacyLayout(uint64(w)*uint64(t.pageSize), q.layout.Size, uint64(q.align)))
		if t.core.Ready(i) {
			q.pfn = w
		}
	case off == RegQueueSize:
		q.layout.Size = w
	case off == RegQueueAlign:
		q.align = w
	}
}
