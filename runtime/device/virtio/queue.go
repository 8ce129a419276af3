package virtio

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/internal/ring"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

var (
	// ErrReset ends requests whose queue the driver has taken back.
	ErrReset = errors.New("virtio: queue was reset")
	// ErrProtocol reports a driver that broke the specification.
	ErrProtocol = errors.New("virtio: driver error")
)

// Layout of the rings, chapter 2.7.6 and 2.7.8.
const (
	availFlags   = 0
	availIdx     = 2
	availRing    = 4 // 2 bytes an entry, then used_event
	usedHeader   = 0 // flags and idx, 2 bytes each
	usedRing     = 4 // 8 bytes an entry, then avail_event
	usedElemSize = 8
)

// Layout is where a driver has put a queue.
type Layout struct {
	Size              uint32 // entries
	Desc, Avail, Used uint64 // physical addresses of descriptors and rings
}

// LegacyLayout is where the parts of a queue of size entries lie that is one piece of memory from base on, the used
// ring at a multiple of align (chapter 2.7.2). Sizes that make no sense give a layout that is no queue's.
func LegacyLayout(base uint64, size uint32, align uint64) Layout {
	if align == 0 || align&(align-1) != 0 {
		return Layout{}
	}
	n := min(uint64(size), MaxQueueSize)
	l := Layout{Size: size, Desc: base, Avail: base + n*descSize}
	l.Used = (l.Avail + availRing + 2*n + 2 + align - 1) &^ (align - 1)
	return l
}

// Queue is the device's side of one split virtqueue from the moment the driver
// made it ready until it takes it back.
type Queue struct {
	mem      *physmem.Memory
	events   *events
	index    int    // the queue's number
	features uint64 // what driver and device have agreed on; set before the queue is served
	size     uint16

	layout            Layout
	desc, avail, used []byte // guest memory
	usedPA            uint64

	// frozen is 1<<16 + the available index at which the queue ends, 0: it does not. Set by
	// Core.Freeze, read by Pop.
	frozen atomic.Uint32

	// life is held for reading while guest memory is touched and for writing to
	// end that for good.
	life sync.RWMutex
	dead bool

	mu        sync.Mutex
	lastAvail uint16 // index of the next available entry to take
	usedIdx   uint16 // index of the next used entry to write
	out       int    // requests popped and not completed
	broken    bool   // the driver erred: nothing more is taken
	draining  bool   // the device closes: only budget more requests are taken
	budget    int
	paused    bool       // the device is at rest: nothing is taken for now
	idle      *sync.Cond // on mu: no request is out
}

// newQueue checks the layout and returns the queue, without features.
func newQueue(mem *physmem.Memory, ev *events, index int, l Layout) (*Queue, error) {
	if l.Size == 0 || l.Size > MaxQueueSize || l.Size&(l.Size-1) != 0 {
		return nil, fmt.Errorf("%w: queue size %d is no power of two up to %d", ErrProtocol, l.Size, MaxQueueSize)
	}
	if l.Desc%descSize != 0 || l.Avail%2 != 0 || l.Used%4 != 0 {
		return nil, fmt.Errorf("%w: misaligned queue at %#x, %#x, %#x", ErrProtocol, l.Desc, l.Avail, l.Used)
	}
	q := &Queue{mem: mem, events: ev, index: index, size: uint16(l.Size), usedPA: l.Used}
	q.layout, q.idle = l, sync.NewCond(&q.mu)
	n := uint64(l.Size)
	for _, a := range []struct {
		s     *[]byte
		pa, n uint64
	}{
		{&q.desc, l.Desc, n * descSize},
		{&q.avail, l.Avail, availRing + 2*n + 2},
		{&q.used, l.Used, usedRing + usedElemSize*n + 2},
	} {
		s, err := mem.Slice(a.pa, a.n)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		*a.s = s
	}
	return q, nil
}

// Features returns what driver and device have agreed on.
func (q *Queue) Features() uint64 { return q.features }

// retire ends all access to guest memory: when it returns none is going on and
// none will follow.
func (q *Queue) retire() {
	q.life.Lock()
	defer q.life.Unlock()
	q.dead = true
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out = 0 // what they answer is thrown away
	q.idle.Broadcast()
}

// drain limits what Pop still gives to the size of the queue.
func (q *Queue) drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.draining, q.budget = true, int(q.size)
}

// Pop returns the next request the driver has made available; false: there is
// none now. Whoever gets false is notified of the next one.
func (q *Queue) Pop() (*Request, bool) {
	q.life.RLock()
	defer q.life.RUnlock()
	if q.dead {
		return nil, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.takes() {
		return nil, false
	}
	head := ring.Load16(q.avail, availRing+2*int(q.lastAvail%q.size))
	r := &Request{q: q, head: head}
	if err := q.walk(r); err != nil {
		q.fail(err)
		return nil, false
	}
	q.lastAvail++
	q.out++
	q.budget--
	return r, true
}

// more reports whether Pop has another request. If it has none the driver notifies of the next one.
func (q *Queue) more() bool {
	q.life.RLock()
	defer q.life.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.dead && q.takes()
}

// takes reports whether there is an entry that may be taken. Caller holds life and mu.
func (q *Queue) takes() bool {
	return !q.broken && !q.paused && !(q.draining && q.budget == 0) && q.available()
}

// available reports whether there is an entry to take. Caller holds life and mu.
func (q *Queue) available() bool {
	n := ring.Load16(q.avail, availIdx) - q.lastAvail
	if n == 0 && q.features&FeatureEventIdx != 0 {
		// Ask for a notification, then look again: an entry that came in
		// between may have gone without one.
		at := usedRing + usedElemSize*int(q.size)
		ring.Store16(q.used, at, q.lastAvail)
		q.mem.NoteWrite(q.usedPA+uint64(at), 2)
		n = ring.Load16(q.avail, availIdx) - q.lastAvail
	}
	if f := q.frozen.Load(); f != 0 && n <= q.size {
		n = min(n, uint16(f)-q.lastAvail)
	}
	switch {
	case n == 0:
		return false
	case n > q.size:
		q.fail(fmt.Errorf("%w: %d entries available in a queue of %d", ErrProtocol, n, q.size))
		return false
	case q.out >= int(q.size):
		q.fail(fmt.Errorf("%w: more requests than the queue of %d has entries", ErrProtocol, q.size))
		return false
	}
	return true
}

// fail stops the queue and tells the driver. Caller holds life and mu.
func (q *Queue) fail(err error) {
	q.broken = true
	q.events.fail(err)
}

// complete gives chains back, all at once: the driver sees all of them used or none. Caller holds life for reading.
func (q *Queue) complete(done ...used) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range done {
		q.finished()
	}
	if q.broken || len(done) == 0 {
		return
	}
	for i, u := range done {
		at := usedRing + usedElemSize*int((q.usedIdx+uint16(i))%q.size)
		ring.Store32(q.used, at, uint32(u.head))
		ring.Store32(q.used, at+4, u.written)
		q.mem.NoteWrite(q.usedPA+uint64(at), usedElemSize)
	}
	q.usedIdx += uint16(len(done))
	ring.Store32(q.used, usedHeader, uint32(q.usedIdx)<<16) // the flags stay zero
	q.mem.NoteWrite(q.usedPA, usedRing)
	if q.interruptWanted(uint16(len(done))) {
		q.events.used(q.index)
	}
}

// interruptWanted asks the driver's side of the queue about the latest n used entries
// (chapter 2.7.7). The store of the used index is ordered before these loads.
func (q *Queue) interruptWanted(n uint16) bool {
	if q.features&FeatureEventIdx != 0 {
		event := ring.Load16(q.avail, availRing+2*int(q.size))
		return q.usedIdx-1-event < n
	}
	return ring.Load16(q.avail, availFlags)&availNoInterrupt == 0
}
