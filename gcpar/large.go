package gcpar

import "sync/atomic"

// largeBlocks are free blocks that become a large object, zeroed meanwhile.
type largeBlocks struct {
	h     *heap
	first int
	n     int
	// state is what has become of them; written and read by the mutator and by who zeroes
	// them, the last of whom gives them back if nobody wants them.
	state atomic.Int32
}

// States of largeBlocks.
const (
	zeroing   = iota
	zeroed    // an object can be made
	abandoned // nobody wants them any more, and somebody is zeroing them
	given     // back to the heap
)

const (
	// zeroAtOnce is the size in bytes up to which a large object is zeroed by its mutator,
	// in some 30 µs.
	zeroAtOnce = 256 << 10
	// zeroPiece is zeroed in one call, in which Go's own collector cannot stop a goroutine.
	zeroPiece = 256 << 10
)

// allocLarge returns a reference to an object of n bytes, more than a small one has.
func (m *Mutator) allocLarge(h *heap, typ, length, n uint64) (ref uint64, ok bool) {
	blocks := int((n + blockSize - 1) >> blockBits)
	l := m.large
	// If an interrupt came between, or the guest has changed its mind, the mutator waits
	// until nobody zeroes the old blocks: each has one task in the background at most.
	if l != nil && (l.n != blocks || l.state.Load() >= abandoned) {
		if !l.abandon() {
			return 0, false
		}
		l, m.large = nil, nil
	}
	if l == nil {
		first, ok := h.takeBlocks(blocks)
		if !ok {
			return 0, false
		}
		l = &largeBlocks{h: h, first: first, n: blocks}
		h.used.Add(int64(blocks) << blockBits)
		if n > zeroAtOnce {
			m.large = l
			m.c.zeroInBackground(l)
			return 0, false
		}
		h.clear(uint64(first)<<blockBits, uint64(blocks)<<blockBits)
		l.state.Store(zeroed)
	}
	if l.state.Load() != zeroed {
		return 0, false
	}
	m.large = nil
	m.c.counters.allocated.Add(uint64(blocks) << blockBits)
	h.makeLarge(l.first, blocks, m.black)
	m.c.occupied(h, 0)
	off := uint64(l.first) << blockBits
	wordAt(h.Host + uintptr(off)).Store(typ | length<<32)
	return h.Base + off, true
}

// makeLarge makes n blocks an object.
func (h *heap) makeLarge(first, n int, marked bool) {
	h.blocks[first].gen.Store(h.gen.Load())
	w := &h.bits[first*blockWords]
	w.mark.And(^uint64(1))
	if marked {
		w.mark.Or(1)
	}
	for i := 1; i < n; i++ {
		h.blocks[first+i].shape.Store(rest | uint32(i))
	}
	w.alloc.Store(1)
	h.blocks[first].shape.Store(head | uint32(n))
}

// abandon says that the mutator does not want the blocks, and reports whether they are the
// heap's again. Those that are being zeroed will be soon; mutators are to try again then.
func (l *largeBlocks) abandon() bool {
	if l.state.CompareAndSwap(zeroing, abandoned) {
		return false
	}
	if l.state.CompareAndSwap(zeroed, given) {
		l.giveBack()
	}
	return l.state.Load() == given
}

func (l *largeBlocks) giveBack() {
	l.h.used.Add(-int64(l.n) << blockBits)
	l.h.giveBlocks(l.first, l.n)
}

// zero zeroes blocks piece by piece, as long as somebody wants them. It leaves them as they
// are when the heap goes away: the memory is the guest's again then.
func (c *Collector) zero(l *largeBlocks) {
	end := uint64(l.first+l.n) << blockBits
	for off := uint64(l.first) << blockBits; off < end; off += zeroPiece {
		c.at("zero")
		if c.aborted.Load() || c.heap.Load() != l.h {
			return
		}
		if l.state.Load() == abandoned {
			break
		}
		l.h.clear(off, min(zeroPiece, end-off))
	}
	if !l.state.CompareAndSwap(zeroing, zeroed) {
		l.giveBack()
		l.state.Store(given)
	}
}

// zeroInBackground zeroes l on a worker and has mutators try again then.
func (c *Collector) zeroInBackground(l *largeBlocks) {
	c.mu.Lock()
	c.zeroing++
	c.mu.Unlock()
	c.tasks.Add(1)
	task := func() {
		defer c.tasks.Done()
		c.zero(l)
		c.zeroed()
		c.host.Room()
	}
	if c.pool.Submit(task) != nil {
		go task()
	}
}

// zeroed notes that a task which zeroed blocks has ended.
func (c *Collector) zeroed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zeroing--; c.zeroing > 0 {
		return
	}
	c.idle.Broadcast()
	if f := c.quiet; f != nil {
		c.quiet = nil
		f()
	}
}

// WhenQuiet calls f, at once or later, when the memory of a heap that Release has taken
// away, and that all mutators have forgotten, is not being zeroed any more. f must not call
// the collector; there may be one at a time.
func (c *Collector) WhenQuiet(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zeroing == 0 {
		f()
		return
	}
	c.quiet = f
}
