package codecache

import (
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// Quiesce is how the cache learns that no hart can be in retired code any more.
// It returns at once and has done called, once and from any goroutine, when every
// hart has passed a quiescent point since the call. It may call done itself only
// if no hart runs. The cache calls it with no lock held.
type Quiesce func(done func())

// Cache holds native code. All methods may be called from any goroutine.
type Cache struct {
	cfg     Config
	fill    func([]byte)
	quiesce Quiesce
	evict   func([]*Code)
	mem     *region
	base    uintptr // first address of the executable mapping
	size    int     // bytes mapped
	entries marks
	bytes   marks

	// mu guards the use of chunks.
	mu     sync.Mutex
	chunks []chunk

	shards [entryShards]entryShard

	// choosing is held while victims are chosen, so that two who find the cache
	// full do not both make room for the same need.
	choosing sync.Mutex

	reclaim reclaimer

	// Arenas write to clock and load with every placement.
	_ cpu.CacheLinePad

	// clock counts placements: the cache's idea of time. Written by arenas, read
	// by Touch and eviction.
	clock atomic.Uint64

	// load counts what is in the cache. Written by arenas, eviction, Retire and
	// reclamation; read by all of them.
	load struct {
		entries, chosenEntries atomic.Int64 // entries; those among them that eviction has chosen
		codes                  atomic.Int64 // not retired
		bytes, chosenBytes     atomic.Int64 // of these codes, with padding; of those that eviction has chosen
		waitingBytes           atomic.Int64 // retired, not yet given back
	}

	_ cpu.CacheLinePad

	counters counters

	wake   chan struct{} // capacity 1: a full channel means that the janitor will look
	stop   chan struct{}
	idle   sync.WaitGroup // the janitor
	closed atomic.Bool    // written by Close, read by Place
}

// New maps the code memory and starts the janitor, a goroutine that evicts ahead
// of the limits, cleans up and drives reclamation. fill fills memory without code with
// instructions that stop whoever comes there. evict must make the codes that
// it is given, which were placed under one key, unreachable (unpublish them, undo the
// links to them) and then call Retire for each, at once or soon. It is called from the
// janitor or from Place, with no lock of the cache held, and may find that their owner
// has retired some already.
//
// Errors wrap ErrConfig, ErrUnsupported or the system's error.
func New(cfg Config, fill func([]byte), quiesce Quiesce, evict func([]*Code)) (*Cache, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if fill == nil || quiesce == nil || evict == nil {
		return nil, fmt.Errorf("%w: fill, quiesce and evict must be given", ErrConfig)
	}
	n := int(cfg.Bytes / chunkSize)
	mem, err := mapRegion(n * chunkSize)
	if err != nil {
		return nil, err
	}
	c := &Cache{
		cfg:     cfg,
		fill:    fill,
		quiesce: quiesce,
		evict:   evict,
		mem:     mem,
		base:    mem.base(),
		size:    n * chunkSize,
		entries: marksOf(int64(cfg.Entries)),
		bytes:   marksOf(int64(n * chunkSize)),
		chunks:  make([]chunk, n),
		wake:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
	}
	c.reclaim.least = int64(c.size) / 64
	for i := range c.shards {
		c.shards[i].entries = make(map[uint64]*entry)
	}
	c.idle.Add(1)
	go c.janitor()
	return c, nil
}

// Base returns the first address of the executable mapping.
func (c *Cache) Base() uintptr { return c.base }

// contains reports whether pc lies in the executable mapping.
func (c *Cache) contains(pc uintptr) bool { return pc-c.base < uintptr(c.size) }

// Find returns the code that pc lies in, live or retired and not yet given back,
// or nil. It takes no lock.
func (c *Cache) Find(pc uintptr) *Code {
	if !c.contains(pc) {
		return nil
	}
	off := int(pc - c.base)
	ch := &c.chunks[off/chunkSize]
	if x := ch.span.Load(); x != nil {
		return x.ifHolds(pc)
	}
	starts := ch.index.Load()
	if starts == nil {
		return nil
	}
	for g := off % chunkSize / granule; g >= 0; g-- {
		if x := starts[g].Load(); x != nil {
			return x.ifHolds(pc)
		}
	}
	return nil
}

func (x *Code) ifHolds(pc uintptr) *Code {
	if pc-x.Entry() < uintptr(x.size) {
		return x
	}
	return nil
}

// Close stops the janitor and unmaps the code. No hart may be in native code, no
// arena in use, and evict must not be the caller. Words of code can still be
// patched afterwards, to no effect.
func (c *Cache) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	close(c.stop)
	c.idle.Wait()
	c.abandon()
	return c.mem.unmap()
}

// abandon marks every code that still has memory as gone.
func (c *Cache) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.chunks {
		ch := &c.chunks[i]
		if x := ch.span.Load(); x != nil {
			x.endUse()
		}
		if starts := ch.index.Load(); starts != nil {
			for g := range starts {
				if x := starts[g].Load(); x != nil {
					x.endUse()
				}
			}
		}
	}
}

// endUse ends the code's use of its memory and returns the state before.
func (x *Code) endUse() state {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state.Swap(stateGone)
}
