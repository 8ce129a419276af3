package gcpar

import (
	"time"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// Mutator is who allocates objects and stores references: a hart. Its methods are
// called by the hart's owner, one at a time.
type Mutator struct {
	c  *Collector
	id int
	s  *mutator.State
	// roots calls visit with all words that the mutator holds: its registers, then the
	// pages of its stack.
	roots func(visit mutator.Visit)
	// thread does with the words of the thread that is with the mutator.
	thread func(visit mutator.Visit)

	heap  *heap                  // that s has been set up for; nil: none
	block [len(slotSizes)]int32  // the block of each Buffer, -1: none
	next  [len(slotSizes)]uint32 // the slot in it where the search for free ones goes on
	black bool                   // new objects are marked
	// want is the cycle that must have ended before the heap may count as full, 0 if the
	// last allocation has succeeded.
	want  uint64
	tries int // cycles waited for in vain
	// large are the blocks being zeroed, or zeroed, for an object of the mutator.
	large *largeBlocks
	grey  []uint32 // scratch: a few pages of a stack fill a chunk, which is handed on then
}

// NewMutator returns a mutator whose part of the heap is s. roots calls its argument
// with the words that the mutator holds and that may be references, thread with those
// of the thread that is with it; both are called at safe points.
func (c *Collector) NewMutator(s *mutator.State, roots, thread func(visit mutator.Visit)) *Mutator {
	m := &Mutator{c: c, id: int(c.mutators.Add(1)), s: s, roots: roots, thread: thread}
	for i := range m.block {
		m.block[i] = -1
	}
	return m
}

// sync fits m to the heap that there is.
func (m *Mutator) sync() *heap {
	h := m.c.heap.Load()
	if h == m.heap {
		return h
	}
	log := m.s.Log
	*m.s = mutator.State{Log: log}
	m.heap, m.black, m.want, m.large = h, false, 0, nil
	for i := range m.block {
		m.block[i] = -1
	}
	if h == nil {
		return nil
	}
	s := m.s
	s.Base, s.Size, s.Addend = h.Base, h.Size, uint64(h.Host)-h.Base
	s.Types, s.NumTypes = uintptr(unsafe.Pointer(&h.tables.shapes)), NumTypes
	s.Class = uintptr(unsafe.Pointer(&h.tables.class))
	for c, size := range slotSizes {
		s.Buffers[c].Size = uint64(size)
	}
	return h
}

// Forget takes the heap away from m. The mutator must not run, and the Collector must
// have forgotten the heap.
func (m *Mutator) Forget() { m.sync() }

// Alloc returns a reference to a new object with the State's fast path used up; 0 if
// there cannot be one. False: there may be memory when Host.Room is called, and the
// mutator is to try again then.
func (m *Mutator) Alloc(typ, length uint64) (ref uint64, ok bool) {
	h := m.sync()
	if h == nil {
		return 0, true
	}
	n, ok := m.s.Bytes(typ, length)
	if !ok || n > h.Size {
		return 0, true
	}
	if n > mutator.MaxSmall {
		ref, ok = m.allocLarge(h, typ, length, n)
	} else {
		class := int(h.tables.class[n/mutator.Granule])
		for ref, ok = m.s.Alloc(typ, length); !ok && m.refill(h, class); {
			ref, ok = m.s.Alloc(typ, length)
		}
	}
	switch {
	case ok:
	case m.large != nil:
		return 0, false // memory is there, and being zeroed
	default:
		return m.starve(h)
	}
	m.want = 0
	return ref, true
}

// maxTries is the number of cycles that an allocation waits for while others take what
// each of them frees.
const maxTries = 16

// starve is called when there is no memory. The heap counts as full if a cycle that has
// begun since leaves hardly anything of what was there before it, or if many leave nothing
// for m.
func (m *Mutator) starve(h *heap) (ref uint64, ok bool) {
	c := m.c
	if m.want == 0 {
		c.counters.stalls.Add(1)
		m.tries = 0
	} else if c.ended.Load() < m.want {
		c.request()
		return 0, false
	} else if m.tries++; m.tries == maxTries || c.survived.Load() > h.Size-h.Size/16 {
		m.want = 0
		c.counters.outOfMemory.Add(1)
		return 0, true
	}
	// What the cycle that runs keeps alive may be dead by now: the next one counts.
	m.want = c.started.Load() + 1
	c.starving.Store(true)
	c.request()
	return 0, false
}

// refill gets free slots of a class into the empty Buffer.
func (m *Mutator) refill(h *heap, class int) bool {
	for {
		if b := m.block[class]; b >= 0 {
			if first, end, ok := h.nextRun(b, m.next[class]); ok {
				m.next[class] = end
				m.fill(h, class, b, uint64(first), uint64(end-first))
				return true
			}
			m.block[class] = -1
			h.settle(b, h.place(b))
		}
		b, ok := h.take(class)
		if !ok {
			return false
		}
		m.block[class], m.next[class] = b, 0
	}
}

// fill makes n slots of block b, from number first, the Buffer of a class.
func (m *Mutator) fill(h *heap, class int, b int32, first, n uint64) {
	size := uint64(slotSizes[class])
	off := uint64(b)<<blockBits + first*size
	h.clear(off, n*size)
	if m.black {
		h.setMarks(off>>granuleBits, n*size>>granuleBits)
	}
	h.setAlloc(off>>granuleBits, size, n)
	buf := &m.s.Buffers[class]
	buf.Cur = h.Base + off
	buf.End = buf.Cur + n*size
	m.c.counters.allocated.Add(n * size)
	m.c.occupied(h, int64(n*size))
}

// remaining calls f with the slots that wait in m's Buffers, as granules.
func (m *Mutator) remaining(h *heap, f func(g, n uint64)) {
	for i := range slotSizes {
		if buf := &m.s.Buffers[i]; buf.Cur != buf.End {
			f((buf.Cur-h.Base)>>granuleBits, (buf.End-buf.Cur)>>granuleBits)
		}
	}
}

// release gives back all Buffers and their blocks.
func (m *Mutator) release(h *heap) {
	m.remaining(h, func(g, n uint64) {
		h.clearAlloc(g, n)
		h.used.Add(-int64(n << granuleBits))
		m.c.counters.allocated.Add(-(n << granuleBits))
	})
	for i := range m.block {
		buf := &m.s.Buffers[i]
		buf.Cur, buf.End = 0, 0
		if b := m.block[i]; b >= 0 {
			m.block[i] = -1
			h.settle(b, h.place(b))
		}
	}
	if l := m.large; l != nil && l.abandon() {
		m.large = nil
	}
}

// Flush takes the values that the barrier has logged.
func (m *Mutator) Flush() {
	if h := m.sync(); h != nil {
		m.flush(h)
	}
}

func (m *Mutator) flush(h *heap) {
	s := m.s
	if n := s.LogLen; n > 0 {
		s.LogLen = 0
		if s.Marking == mutator.Off {
			return
		}
		m.c.counters.logged.Add(n)
		for _, v := range s.Log[:n] {
			if g, ok := h.object(v); ok && h.shade(g) {
				m.grey = append(m.grey, g)
			}
		}
	}
	m.publish()
}

// publish hands the grey objects that m has found to the markers.
func (m *Mutator) publish() {
	if len(m.grey) > 0 {
		m.c.shard(m).give(&m.c.available, m.grey)
		m.grey = m.grey[:0]
	}
}

// The steps of a cycle that a mutator takes, each at a safe point; package
// documentation.

func (m *Mutator) beginRooting(*heap) { m.s.Marking = mutator.Rooting }

func (m *Mutator) scanRoots(h *heap) {
	m.flush(h)
	m.roots(m.shadeWords)
	m.publish()
	m.black = true
	m.remaining(h, h.setMarks)
}

// scanThread marks what the thread that is with m refers to.
func (m *Mutator) scanThread(*heap) {
	m.thread(m.shadeWords)
	m.publish()
}

// shadeWords is a mutator.Visit that marks what words may point into. Stacks may be long:
// what it finds is handed on in between, and the scan ends early when the heap goes away.
func (m *Mutator) shadeWords(words []uint64, _ mutator.Source) bool {
	m.grey = m.heap.shadeWords(words, m.grey)
	if len(m.grey) >= chunkLen {
		m.publish()
	}
	return !m.c.aborted.Load()
}

// ThreadRuns has the thread that has come to m scanned; the Host calls it if that has
// not happened in this round.
func (m *Mutator) ThreadRuns() {
	began := time.Now()
	if h := m.sync(); h != nil && m.s.Marking != mutator.Off {
		m.scanThread(h)
		m.c.counters.pause.Observe(time.Since(began))
	}
}

func (m *Mutator) beginMarking(h *heap) {
	m.flush(h)
	m.s.Marking = mutator.Marking
}

func (m *Mutator) endMarking(h *heap) {
	m.flush(h)
	m.s.Marking = mutator.Off
	m.black = false
	m.release(h)
}

// timed executes step for m and notes how long the mutator stood still for it, and how
// long after asked it came.
func (m *Mutator) timed(asked time.Time, step func(*Mutator, *heap)) {
	began := time.Now()
	if h := m.sync(); h != nil {
		step(m, h)
	}
	m.c.counters.pause.Observe(time.Since(began))
	m.c.counters.toSafePoint.Observe(began.Sub(asked))
}
