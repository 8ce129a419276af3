package virtio

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
)

// popAll pops n requests of a byte each.
func (b *bare) popAll(t *testing.T, n int) (requests []Filled) {
	t.Helper()
	for i := range n {
		r, ok := b.Pop()
		if !ok {
			t.Fatalf("no request %d: %v", i, b.ev.lastFault())
		}
		requests = append(requests, Filled{r, uint64(10 + i)})
	}
	return requests
}

func newSeveral(t *testing.T, features uint64) *bare {
	b := newBare(t, newMemory(t), 8, features)
	for i := range 8 {
		b.put(b.desc, i, descriptor{testData + uint64(i), 1, descWrite, 0})
	}
	b.lastAvail, b.usedIdx = 0xfffe, 0xfffe // the indices wrap soon
	ring.Store16(b.avail, availIdx, 0xfffe)
	return b
}

// Requests completed together are used in their order, by one step of the index and with one notification, which comes
// if the driver has asked for it at any of them.
func TestCompleteAll(t *testing.T) {
	for event, want := range map[uint16]bool{0xfffd: false, 0xfffe: true, 0xffff: true, 0: true, 1: false, 2: false} {
		b := newSeveral(t, FeatureEventIdx)
		ring.Store16(b.avail, availRing+2*8, event)
		b.post(5, 3, 1)
		requests := b.popAll(t, 3)
		if got := ring.Load16(b.used, 2); got != 0 {
			t.Errorf("used index %#x before", got)
		}
		b.CompleteAll(requests)
		if got := ring.Load16(b.used, 2); got != 1 {
			t.Errorf("used index %#x", got)
		}
		for i, head := range []uint32{5, 3, 1} {
			at := usedRing + usedElemSize*((6+i)%8)
			if ring.Load32(b.used, at) != head || ring.Load32(b.used, at+4) != uint32(10+i) {
				t.Errorf("entry %d: chain %d of %d bytes", i, ring.Load32(b.used, at), ring.Load32(b.used, at+4))
			}
		}
		if b.notified != want || b.out != 0 {
			t.Errorf("event %#x: notified %v, %d out", event, b.notified, b.out)
		}
	}
	b := newSeveral(t, 0)
	b.post(0, 1)
	requests := b.popAll(t, 2)
	b.retire()
	b.CompleteAll(requests)
	if got := ring.Load16(b.used, 2); got != 0 || b.notified {
		t.Errorf("used index %#x after a reset", got)
	}
	b.CompleteAll(nil)
}

// Requests that were returned are popped again; the driver notifies of those behind them.
func TestReturn(t *testing.T) {
	b := newSeveral(t, FeatureEventIdx)
	b.post(5, 3)
	b.popAll(t, 2)
	if _, ok := b.Pop(); ok {
		t.Fatal("a third request")
	}
	b.Return(2)
	if b.out != 0 {
		t.Errorf("%d requests out", b.out)
	}
	if got := ring.Load16(b.used, usedRing+usedElemSize*8); got != 0 {
		t.Errorf("avail_event %#x, want that of the next entry", got)
	}
	b.post(1)
	for i, r := range b.popAll(t, 3) {
		if want := []uint16{5, 3, 1}[i]; r.head != want {
			t.Errorf("chain %d, want %d", r.head, want)
		}
	}
	b.retire()
	b.Return(3)
}
