package virtio

import (
	"errors"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const (
	testBase = 0x8000_0000
	testRAM  = 1 << 20
	// Where bare queues lie; their buffers begin at testData.
	testDesc  = testBase
	testAvail = testBase + 0x4002 // aligned to 2 only
	testUsed  = testBase + 0x8004 // aligned to 4 only
	testData  = testBase + 0x10000
)

// bare is a queue without transport, and its memory.
type bare struct {
	*Queue
	ev *events
	// notified and changed are the notifications since they were looked at last.
	notified, changed bool
}

// NotifyQueue and NotifyConfig make b its queue's Notifier.
func (b *bare) NotifyQueue(queue int) { b.notified = queue == bareQueue }
func (b *bare) NotifyConfig()         { b.changed = true }

// bareQueue is the number of bare queues.
const bareQueue = 3

func newBare(t testing.TB, mem *physmem.Memory, size uint32, features uint64) *bare {
	t.Helper()
	b := &bare{ev: &events{}}
	b.ev.connect(b)
	b.ev.setDriverOK()
	q, err := newQueue(mem, b.ev, bareQueue, Layout{Size: size, Desc: testDesc, Avail: testAvail, Used: testUsed})
	if err != nil {
		t.Fatal(err)
	}
	q.features = features
	b.Queue = q
	return b
}

func newMemory(t testing.TB) *physmem.Memory {
	t.Helper()
	mem, err := physmem.New(testBase, testRAM, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mem.Close() })
	return mem
}

func (b *bare) put(table []byte, i int, d descriptor) {
	for j, v := range []uint32{uint32(d.addr), uint32(d.addr >> 32), d.len, uint32(d.flags) | uint32(d.next)<<16} {
		ring.Store32(table, i*descSize+4*j, v)
	}
}

func (b *bare) post(heads ...uint16) {
	idx := ring.Load16(b.avail, availIdx)
	for _, h := range heads {
		ring.Store16(b.avail, availRing+2*int(idx%b.size), h)
		idx++
	}
	ring.Store16(b.avail, availIdx, idx)
}

func TestHostileChains(t *testing.T) {
	mem := newMemory(t)
	const (
		N, W, I = descNext, descWrite, descIndirect
		table   = testBase + 0xc000
	)
	type descs = map[int]descriptor
	for _, c := range []struct {
		name     string
		features uint64
		chain    descs // of the queue
		table    descs // of an indirect table
		heads    []uint16
		idx      uint16 // added to the available index
	}{
		{name: "head out of range", heads: []uint16{8}},
		{name: "next out of range", chain: descs{0: {testData, 1, N, 8}}, heads: []uint16{0}},
		{name: "itself", chain: descs{0: {testData, 1, N, 0}}, heads: []uint16{0}},
		{name: "cycle", chain: descs{0: {testData, 1, N, 1}, 1: {testData, 1, N, 2}, 2: {testData, 1, N, 1}}, heads: []uint16{0}},
		{name: "empty buffers in a cycle", chain: descs{0: {0, 0, N, 0}}, heads: []uint16{0}},
		{name: "outside RAM", chain: descs{0: {0x1000, 1, 0, 0}}, heads: []uint16{0}},
		{name: "past the end of RAM", chain: descs{0: {testBase + testRAM - 1, 2, W, 0}}, heads: []uint16{0}},
		{name: "address wraps", chain: descs{0: {^uint64(0), 2, W, 0}}, heads: []uint16{0}},
		{name: "huge length", chain: descs{0: {testData, 0xffffffff, W, 0}}, heads: []uint16{0}},
		{name: "readable after writable", chain: descs{0: {testData, 1, W | N, 1}, 1: {testData, 1, 0, 0}}, heads: []uint16{0}},
		{name: "readable after empty writable", chain: descs{0: {testData, 0, W | N, 1}, 1: {testData, 1, 0, 0}}, heads: []uint16{0}},
		{name: "index jumps", idx: 9},
		{name: "index goes back", idx: 0xffff},
		{name: "indirect not negotiated", chain: descs{0: {table, 16, I, 0}}, heads: []uint16{0}},
		{name: "indirect with next", features: FeatureIndirect, chain: descs{0: {table, 16, I | N, 1}}, heads: []uint16{0}},
		{name: "empty table", features: FeatureIndirect, chain: descs{0: {table, 0, I, 0}}, heads: []uint16{0}},
		{name: "ragged table", features: FeatureIndirect, chain: descs{0: {table, 24, I, 0}}, heads: []uint16{0}},
		{name: "huge table", features: FeatureIndirect, chain: descs{0: {table, 0xfffffff0, I, 0}}, heads: []uint16{0}},
		{name: "table outside RAM", features: FeatureIndirect, chain: descs{0: {0x1000, 16, I, 0}}, heads: []uint16{0}},
		{name: "nested table", features: FeatureIndirect, chain: descs{0: {table, 16, I, 0}}, table: descs{0: {table, 16, I, 0}}, heads: []uint16{0}},
		{name: "next outside the table", features: FeatureIndirect, chain: descs{0: {table, 32, I, 0}},
			table: descs{0: {testData, 1, N, 2}}, heads: []uint16{0}},
		{name: "cycle in the table", features: FeatureIndirect, chain: descs{0: {table, 32, I, 0}},
			table: descs{0: {testData, 1, N, 1}, 1: {testData, 1, N, 0}}, heads: []uint16{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ram, _ := mem.Slice(testBase, testRAM)
			clear(ram)
			b := newBare(t, mem, 8, c.features)
			for i, d := range c.chain {
				b.put(b.desc, i, d)
			}
			for i, d := range c.table {
				b.put(ram[table-testBase:], i, d)
			}
			b.post(c.heads...)
			if c.idx != 0 {
				ring.Store16(b.avail, availIdx, c.idx)
			}
			if r, ok := b.Pop(); ok {
				t.Fatalf("accepted: %+v", r)
			}
			if b.ev.status() != StatusNeedsReset || !b.changed || b.notified {
				t.Error("driver was not told")
			}
			if !errors.Is(b.ev.lastFault(), ErrProtocol) {
				t.Errorf("fault = %v", b.ev.lastFault())
			}
			b.post(1)
			if _, ok := b.Pop(); ok {
				t.Error("a broken queue is still served")
			}
		})
	}
}

// A chain may fill an indirect table of the largest size and no more.
func TestLongestRequest(t *testing.T) {
	mem := newMemory(t)
	b := newBare(t, mem, 8, FeatureIndirect)
	table, _ := mem.Slice(testData, (MaxSegments+1)*descSize)
	for i := range MaxSegments {
		b.put(table, i, descriptor{testData, 1, descNext, uint16(i + 1)})
	}
	b.put(table, MaxSegments-1, descriptor{testData, 1, descWrite, 0})
	b.put(b.desc, 0, descriptor{testData, MaxSegments * descSize, descIndirect, 0})
	b.put(b.desc, 1, descriptor{testData, 1, descNext, 0})
	b.post(0)
	r, ok := b.Pop()
	if !ok || r.ReadableLen() != MaxSegments-1 || r.WritableLen() != 1 {
		t.Fatalf("request of %d segments refused: %v", MaxSegments, b.ev.lastFault())
	}
	b.post(1) // one direct descriptor before the table: one segment too many
	if _, ok := b.Pop(); ok {
		t.Error("request of more segments accepted")
	}
}

// A driver that posts one chain over and over without waiting gets no more
// requests out than the queue has entries.
func TestRepostedChainIsBounded(t *testing.T) {
	b := newBare(t, newMemory(t), 4, 0)
	b.put(b.desc, 0, descriptor{testData, 1, 0, 0})
	n := 0
	for range 10 {
		b.post(0)
		if _, ok := b.Pop(); ok {
			n++
		}
	}
	if n != 4 || b.ev.status() != StatusNeedsReset {
		t.Errorf("%d requests out, status %#x", n, b.ev.status())
	}
}

func TestIndexWrap(t *testing.T) {
	for _, features := range []uint64{0, FeatureEventIdx} {
		b := newBare(t, newMemory(t), 4, features)
		b.lastAvail, b.usedIdx = 0xfffe, 0xfffe
		ring.Store16(b.avail, availIdx, 0xfffe)
		for i := range uint16(8) {
			want := 0xfffe + i
			ring.Store16(b.avail, availRing+2*4, want) // used_event: this entry
			b.put(b.desc, int(i%4), descriptor{testData, 4, descWrite, 0})
			b.post(i % 4)
			r, ok := b.Pop()
			if !ok {
				t.Fatalf("request %d: %v", i, b.ev.lastFault())
			}
			if _, again := b.Pop(); again {
				t.Fatal("one entry popped twice")
			}
			if features != 0 && ring.Load16(b.used, usedRing+8*4) != want+1 {
				t.Errorf("avail_event = %#x, want %#x", ring.Load16(b.used, usedRing+8*4), want+1)
			}
			r.Complete(4)
			if got := ring.Load16(b.used, 2); got != want+1 {
				t.Errorf("used index = %#x, want %#x", got, want+1)
			}
			if ring.Load32(b.used, usedRing+8*int(want%4)) != uint32(i%4) {
				t.Error("wrong used entry")
			}
			if !b.notified {
				t.Errorf("no interrupt for entry %#x", want)
			}
			b.notified = false
		}
	}
}

func TestReject(t *testing.T) {
	b := newBare(t, newMemory(t), 4, 0)
	b.put(b.desc, 0, descriptor{testData, 1, 0, 0})
	b.post(0)
	r, _ := b.Pop()
	r.Reject(ErrProtocol)
	if b.ev.status() != StatusNeedsReset || ring.Load16(b.used, 2) != 0 {
		t.Error("rejected request was used, or the driver not told")
	}
}

// Harts that scribble over everything while the device works.
func TestScribblingGuest(t *testing.T) {
	mem := newMemory(t)
	ram, _ := mem.Slice(testBase, testRAM)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		x := uint32(1)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for range 1000 {
				x = x*1664525 + 1013904223
				at := int(x>>8) % (0xd000 / 4) * 4
				ring.Store32(ram, at, ring.Load32(ram, at)^x>>(x%29))
			}
		}
	})
	for range 3000 {
		b := newBare(t, mem, 64, FeatureIndirect|FeatureEventIdx)
		b.lastAvail = ring.Load16(b.avail, availIdx) - 8
		for range 64 {
			r, ok := b.Pop()
			if !ok {
				break
			}
			answerAll(t, r)
		}
		b.retire()
	}
	close(stop)
	wg.Wait()
}

// answerAll touches every byte of a request once, and checks that it stays in
// bounds.
func answerAll(t testing.TB, r *Request) {
	var in, out uint64
	r.Readable(0, r.ReadableLen(), func(p []byte) error { in += uint64(len(p)); return nil })
	r.Writable(0, min(r.WritableLen(), 1<<16), func(p []byte) error {
		out += uint64(len(p))
		clear(p)
		return nil
	})
	if in != r.ReadableLen() || out != min(r.WritableLen(), 1<<16) {
		t.Errorf("saw %d and %d bytes of %d and %d", in, out, r.ReadableLen(), r.WritableLen())
	}
	if len(r.readable)+len(r.writable) > MaxSegments {
		t.Errorf("%d segments", len(r.readable)+len(r.writable))
	}
	r.Complete(out)
}
