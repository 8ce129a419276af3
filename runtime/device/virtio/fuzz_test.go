package virtio

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
)

// fuzzQueue lays a queue of 2^(head[0]%5) entries at the beginning of RAM, with
// the features that head[1] names and body as the memory: descriptors, available
// ring, used ring, and after them whatever else the guest likes to point to.
func fuzzQueue(t *testing.T, head [2]byte, body []byte) *bare {
	mem := newMemory(t)
	ram, _ := mem.Slice(testBase, testRAM)
	copy(ram, body)
	size := uint64(1) << (head[0] % 5)
	features := uint64(FeatureVersion1)
	if head[1]&1 != 0 {
		features |= FeatureIndirect
	}
	if head[1]&2 != 0 {
		features |= FeatureEventIdx
	}
	b := &bare{ev: &events{}}
	b.ev.connect(b)
	avail := testBase + size*descSize
	used := (avail + 6 + 2*size + 3) &^ 3
	q, err := newQueue(mem, b.ev, bareQueue, Layout{Size: uint32(size), Desc: testBase, Avail: avail, Used: used})
	if err != nil {
		t.Fatal(err)
	}
	q.features = features
	b.Queue = q
	return b
}

// FuzzQueue gives the device a queue of arbitrary bytes: it must not panic, every
// request must lie in RAM and within bounds, and what is popped can be completed.
func FuzzQueue(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 || len(data) > 1<<16 {
			return
		}
		b := fuzzQueue(t, [2]byte(data), data[2:])
		start := ring.Load16(b.used, 2)
		b.usedIdx = start
		popped := uint16(0)
		for range 4 * int(b.size) {
			r, ok := b.Pop()
			if !ok {
				break
			}
			popped++
			checkSegments(t, b, r)
			answerAll(t, r) // may write into the queue itself
		}
		if b.ev.status() == 0 && b.usedIdx-start != popped {
			t.Errorf("popped %d requests, completed %d", popped, b.usedIdx-start)
		}
		if b.out != 0 {
			t.Errorf("%d requests still out", b.out)
		}
		b.retire()
		if _, ok := b.Pop(); ok {
			t.Error("popped from a retired queue")
		}
	})
}

func checkSegments(t *testing.T, b *bare, r *Request) {
	var in, out uint64
	for _, s := range r.readable {
		in += uint64(s.Len)
	}
	for _, s := range r.writable {
		out += uint64(s.Len)
	}
	for _, s := range append(append([]Segment(nil), r.readable...), r.writable...) {
		if s.Len == 0 || !b.mem.IsRAM(s.Addr, uint64(s.Len)) {
			t.Errorf("segment %+v", s)
		}
	}
	if in != r.ReadableLen() || out != r.WritableLen() {
		t.Errorf("lengths %d, %d; segments hold %d, %d", r.ReadableLen(), r.WritableLen(), in, out)
	}
}
