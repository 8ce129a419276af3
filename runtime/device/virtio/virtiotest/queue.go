package virtiotest

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
)

// Queue is the driver's side of a split virtqueue.
type Queue struct {
	d     *Driver
	Index uint32
	Size  uint16
	// Indirect makes Add use a table a chain, where that was negotiated.
	Indirect bool

	Desc, Avail, UsedRing uint64 // addresses
	desc, avail, used     []byte

	free     []uint16
	chains   map[uint16][]uint16 // descriptors of each chain out
	availIdx uint16
	kicked   uint16 // availIdx at the last Kick
	lastUsed uint16
}

// Setup lays a queue out in RAM and makes it ready.
func (d *Driver) Setup(index uint32, size uint16) *Queue {
	n := uint64(size)
	q := d.newQueue(index, size, d.Alloc(16*n), d.Alloc(6+2*n), d.Alloc(6+8*n))
	d.SetReg(mmio.RegQueueSel, index)
	if !d.LeaveSize {
		d.SetReg(mmio.RegQueueSize, uint32(size))
	}
	for _, r := range []struct{ off, v uint64 }{
		{mmio.RegQueueDescLow, q.Desc}, {mmio.RegQueueDriverLow, q.Avail}, {mmio.RegQueueDeviceLow, q.UsedRing},
	} {
		d.SetReg(r.off, uint32(r.v))
		d.SetReg(r.off+4, uint32(r.v>>32))
	}
	d.SetReg(mmio.RegQueueReady, 1)
	return q
}

// newQueue is an empty queue whose parts lie at the given addresses.
func (d *Driver) newQueue(index uint32, size uint16, desc, avail, used uint64) *Queue {
	n := uint64(size)
	q := &Queue{
		d: d, Index: index, Size: size, Indirect: d.Features&virtio.FeatureIndirect != 0,
		Desc: desc, Avail: avail, UsedRing: used,
		chains: map[uint16][]uint16{},
	}
	q.desc, q.avail, q.used = q.slice(q.Desc, 16*n), q.slice(q.Avail, 6+2*n), q.slice(q.UsedRing, 6+8*n)
	clear(q.avail)
	clear(q.used)
	for i := range size {
		q.free = append(q.free, size-1-i)
	}
	return q
}

func (q *Queue) slice(pa, n uint64) []byte {
	s, err := q.d.Mem.Slice(pa, n)
	if err != nil {
		q.d.T.Fatal(err)
	}
	return s
}

func putDesc(table []byte, i uint16, addr uint64, n uint32, flags, next uint16) {
	b := table[16*int(i):]
	binary.LittleEndian.PutUint64(b, addr)
	binary.LittleEndian.PutUint32(b[8:], n)
	binary.LittleEndian.PutUint16(b[12:], flags)
	binary.LittleEndian.PutUint16(b[14:], next)
}

func bufFlags(b Buf, last bool) (f uint16) {
	if b.Write {
		f |= 2
	}
	if !last {
		f |= 1
	}
	return f
}

// Add posts a chain of buffers and returns its token; false: no descriptors are
// free. The device is not notified: see Kick.
func (q *Queue) Add(bufs ...Buf) (token uint16, ok bool) {
	if q.Indirect {
		return q.addIndirect(bufs)
	}
	if len(bufs) > len(q.free) {
		return 0, false
	}
	ids := make([]uint16, len(bufs))
	for i := range ids {
		ids[i] = q.free[len(q.free)-1-i]
	}
	q.free = q.free[:len(q.free)-len(ids)]
	for i, b := range bufs {
		next := uint16(0)
		if i+1 < len(ids) {
			next = ids[i+1]
		}
		putDesc(q.desc, ids[i], b.Addr, b.Len, bufFlags(b, i+1 == len(bufs)), next)
	}
	q.chains[ids[0]] = ids
	q.Post(ids[0])
	return ids[0], true
}

func (q *Queue) addIndirect(bufs []Buf) (token uint16, ok bool) {
	if len(q.free) == 0 {
		return 0, false
	}
	id := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	n := uint64(16 * len(bufs))
	pa := q.d.Alloc(n)
	table := q.slice(pa, n)
	for i, b := range bufs {
		putDesc(table, uint16(i), b.Addr, b.Len, bufFlags(b, i+1 == len(bufs)), uint16(i+1))
	}
	putDesc(q.desc, id, pa, uint32(n), 4, 0)
	q.chains[id] = []uint16{id}
	q.Post(id)
	return id, true
}

// RawDesc writes descriptor i as it is told to, right or wrong.
func (q *Queue) RawDesc(i uint16, addr uint64, n uint32, flags, next uint16) {
	putDesc(q.desc, i, addr, n, flags, next)
}

// Post makes the chain at head available, whatever it is.
func (q *Queue) Post(head uint16) {
	// The word's other half may hold a neighbour: ring stores leave it alone.
	ring.Store16(q.avail, 4+2*int(q.availIdx%q.Size), head)
	q.availIdx++
	q.SetAvailIdx(q.availIdx)
}

// SetAvailIdx writes the available index, right or wrong.
func (q *Queue) SetAvailIdx(v uint16) {
	// Flags and index are the driver's: one store, so that the device never
	// sees the index halfway.
	ring.Store32(q.avail, 0, ring.Load32(q.avail, 0)&0xffff|uint32(v)<<16)
}

// SuppressInterrupts sets or clears the flag by which a driver without event
// indices asks for no interrupts.
func (q *Queue) SuppressInterrupts(on bool) {
	v := ring.Load32(q.avail, 0) &^ 0xffff
	if on {
		v |= 1
	}
	ring.Store32(q.avail, 0, v)
}

// Kick notifies the device of what was added since the last Kick, if it wants to
// know, and reports whether it did.
func (q *Queue) Kick() bool {
	old := q.kicked
	q.kicked = q.availIdx
	if q.d.Features&virtio.FeatureEventIdx != 0 {
		event := ring.Load16(q.used, 4+8*int(q.Size))
		if q.availIdx-event-1 >= q.availIdx-old {
			return false
		}
	} else if ring.Load16(q.used, 0)&1 != 0 {
		return false
	}
	q.Notify()
	return true
}

// Notify notifies the device in any case.
func (q *Queue) Notify() { q.d.SetReg(mmio.RegQueueNotify, q.Index) }

// Used takes a finished chain; false: there is none. n is the bytes written.
func (q *Queue) Used() (token uint16, n uint32, ok bool) {
	if ring.Load16(q.used, 2) == q.lastUsed {
		return 0, 0, false
	}
	at := 4 + 8*int(q.lastUsed%q.Size)
	token, n = uint16(ring.Load32(q.used, at)), ring.Load32(q.used, at+4)
	q.lastUsed++
	ids, known := q.chains[token]
	if !known {
		q.d.T.Errorf("queue %d: device returned chain %d, which is not out", q.Index, token)
		return token, n, true
	}
	delete(q.chains, token)
	q.free = append(q.free, ids...)
	return token, n, true
}

// Wait waits for a finished chain as an interrupt-driven driver does: it asks for
// an interrupt, looks once more and sleeps.
func (q *Queue) Wait() (token uint16, n uint32) {
	for {
		seq := q.d.IRQ.Count()
		if q.d.Features&virtio.FeatureEventIdx != 0 {
			ring.Store16(q.avail, 4+2*int(q.Size), q.lastUsed)
		}
		if token, n, ok := q.Used(); ok {
			return token, n
		}
		q.d.IRQ.WaitUp(seq)
		q.d.SetReg(mmio.RegInterruptACK, q.d.Reg(mmio.RegInterruptStatus))
	}
}

// Do posts a chain, notifies the device and waits for it.
func (q *Queue) Do(bufs ...Buf) (n uint32) {
	q.d.T.Helper()
	token, ok := q.Add(bufs...)
	if !ok {
		q.d.T.Fatal("no free descriptors")
	}
	q.Kick()
	got, n := q.Wait()
	if got != token {
		q.d.T.Errorf("chain %d finished, want %d", got, token)
	}
	return n
}
