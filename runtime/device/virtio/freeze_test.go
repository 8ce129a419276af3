package virtio

import "testing"

// A frozen queue gives what was available then, and nothing that came later, whatever
// becomes of the index.
func TestFreeze(t *testing.T) {
	for _, start := range []uint16{0, 0xfffe} {
		b := newBare(t, newMemory(t), 8, 0)
		b.lastAvail, b.usedIdx = start, start
		b.setAvail(start)
		tr := &Core{queues: make([]queueSlot, 2)}
		tr.queues[0].active.Store(b.Queue)
		for i := range uint16(8) {
			b.put(b.desc, int(i), descriptor{testData, 1, 0, 0})
		}
		b.post(0, 1, 2)
		if _, ok := b.Pop(); !ok {
			t.Fatal("nothing to pop")
		}
		tr.Freeze()
		b.post(3, 4)
		tr.Freeze() // the first time counts
		n := 0
		for _, ok := b.Pop(); ok; _, ok = b.Pop() {
			n++
		}
		if n != 2 {
			t.Errorf("%d requests of the 2 that were there", n)
		}
		b.setAvail(start + 1)
		if _, ok := b.Pop(); ok {
			t.Error("a request out of nothing")
		}
	}
}

func (b *bare) setAvail(idx uint16) { b.avail[availIdx], b.avail[availIdx+1] = byte(idx), byte(idx>>8) }
