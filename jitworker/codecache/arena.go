package codecache

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// Arena is one worker's way into the cache. It is not for concurrent use; arenas
// do not contend with each other while their chunks have room. There may be at
// most half as many arenas as the cache has entries.
type Arena struct {
	cache *Cache
	chunk *chunk // where code goes as long as it fits; nil before the first
	first int    // offset of chunk in the region, bytes
	// latest is the arena's latest code, which its worker may not have published yet
	// and whose entry is therefore not evicted. Written by the arena and by Retire, read
	// by eviction; who swaps a code out of it gives the entry's hold back.
	latest atomic.Pointer[Code]
	_      cpu.CacheLinePad // what follows in memory may be another arena's
}

// Arena returns a new arena. It lasts as long as the cache.
func (c *Cache) Arena() *Arena {
	return &Arena{cache: c}
}

// Place copies position-independent code to fresh executable memory and makes x,
// which must be zero and is typically a part of what owner is, stand for it. Codes
// placed under one key are one entry of the cache and leave it together. Make x
// reachable, pin it or retire it before the arena's next Place: until then it is not
// evicted, afterwards it may be at any time.
//
// When the cache is at a limit Place evicts a batch. The errors are ErrFull when
// that frees nothing at once, ErrTooLarge, wrapped, and ErrClosed; x is of no use then.
func (a *Arena) Place(x *Code, code []byte, owner any, key uint64) error {
	c := a.cache
	if x := a.latest.Swap(nil); x != nil {
		c.unhold(x.entry)
	}
	if c.closed.Load() {
		return ErrClosed
	}
	if len(code) == 0 || len(code) > c.size/2 {
		return fmt.Errorf("%w: %d bytes in a cache of %d", ErrTooLarge, len(code), c.size)
	}
	e, ok := c.reserve(key)
	if !ok {
		c.counters.full.Add(1)
		return ErrFull
	}
	x.cache, x.owner, x.size, x.arena, x.entry = c, owner, uint32(len(code)), a, e
	a.latest.Store(x) // before its memory can be found: from here on the hold is latest's
	if !a.room(x) {
		a.latest.Store(nil)
		c.unhold(e)
		c.counters.full.Add(1)
		return ErrFull
	}
	n := copy(x.memory(), code)
	c.fill(x.memory()[n:])
	a.enter(x)
	return nil
}

// enter makes x known to eviction and Find.
func (a *Arena) enter(x *Code) {
	c := a.cache
	x.seq = c.clock.Add(1)
	x.used.Store(x.seq)
	c.load.codes.Add(1)
	if c.load.bytes.Add(int64(x.span())) > c.bytes.high {
		c.nudge()
	}
	c.add(x)
	if x.span() <= chunkSize {
		x.slot().Store(x)
	}
}

// slot is where the index of its chunk has x. It is for codes within one chunk.
func (x *Code) slot() *atomic.Pointer[Code] {
	return &x.chunk().index.Load()[x.off%chunkSize/granule]
}

// reserve holds the entry of key, evicting if there are too many.
func (c *Cache) reserve(key uint64) (*entry, bool) {
	for range 3 { // others may take what was freed
		if e, ok := c.hold(key); ok {
			return e, true
		}
		c.makeRoom(toFree{entries: 1})
	}
	return c.hold(key)
}

// room finds memory for x and sets its offset.
func (a *Arena) room(x *Code) bool {
	if a.allocate(x) {
		return true
	}
	c := a.cache
	c.advance(true)
	if a.allocate(x) {
		return true
	}
	c.makeSpace(int64(x.span()))
	c.advance(true)
	return a.allocate(x)
}

// makeSpace evicts for a code of size bytes that found no hole. What already waits
// for a quiescent point counts: whoever asks again before it has come must not
// empty the cache meanwhile.
func (c *Cache) makeSpace(size int64) {
	batch := max(size, c.bytes.limit-c.bytes.high)
	coming := c.load.waitingBytes.Load() + c.load.chosenBytes.Load()
	switch {
	case coming >= batch:
	case c.load.bytes.Load()+size > c.bytes.high:
		c.makeRoom(toFree{bytes: batch - coming})
	default:
		c.makeRun(roundUp(int(size), chunkSize) / chunkSize)
	}
}

func (a *Arena) allocate(x *Code) bool {
	if x.span() > chunkSize {
		return a.cache.allocateSpan(x)
	}
	if a.chunk != nil {
		if off, ok := a.chunk.carve(x.span()); ok {
			x.off = uint32(a.first) + off
			return true
		}
	}
	return a.refill(x)
}
