package codecache

import (
	"fmt"
	"sync/atomic"
)

// Arena is one worker's way into the cache. It is not for concurrent use; arenas
// do not contend with each other while their chunks have room. There may be at
// most half as many arenas as the cache has entries.
type Arena struct {
	cache *Cache
	chunk *chunk // where code goes as long as it fits; nil before the first
	first int    // offset of chunk in the region, bytes
	book  *book
}

// Arena returns a new arena. It lasts as long as the cache.
func (c *Cache) Arena() *Arena {
	a := &Arena{cache: c, book: new(book)}
	c.mu.Lock()
	c.books = append(c.books, a.book)
	c.mu.Unlock()
	return a
}

// Place copies position-independent code to fresh executable memory and makes x,
// which must be zero and is typically a part of what owner is, stand for it. Make x
// reachable, pin it or retire it before the arena's next Place: until then it is not
// evicted, afterwards it may be at any time.
//
// When the cache is at a limit Place evicts a batch. The errors are ErrFull when
// that frees nothing at once, ErrTooLarge, wrapped, and ErrClosed; x is of no use then.
func (a *Arena) Place(x *Code, code []byte, owner any) error {
	c := a.cache
	a.book.last.Store(nil)
	if c.closed.Load() {
		return ErrClosed
	}
	if len(code) == 0 || len(code) > c.size/2 {
		return fmt.Errorf("%w: %d bytes in a cache of %d", ErrTooLarge, len(code), c.size)
	}
	if !c.reserve() {
		c.counters.full.Add(1)
		return ErrFull
	}
	x.cache, x.owner, x.size, x.book = c, owner, uint32(len(code)), a.book
	if !a.room(x) {
		c.load.live.Add(-1)
		c.counters.full.Add(1)
		return ErrFull
	}
	n := copy(x.memory(), code)
	fill(x.memory()[n:])
	a.enter(x)
	return nil
}

// enter makes x known to eviction and Find.
func (a *Arena) enter(x *Code) {
	c := a.cache
	x.seq = c.clock.Add(1)
	x.used.Store(x.seq)
	if c.load.liveBytes.Add(int64(x.span())) > c.bytes.high {
		c.nudge()
	}
	a.book.last.Store(x)
	a.book.mu.Lock()
	x.pos = len(a.book.codes)
	a.book.codes = append(a.book.codes, x)
	a.book.mu.Unlock()
	if x.span() <= chunkSize {
		x.slot().Store(x)
	}
}

// slot is where the index of its chunk has x. It is for codes within one chunk.
func (x *Code) slot() *atomic.Pointer[Code] {
	return &x.chunk().index.Load()[x.off%chunkSize/granule]
}

// reserve counts one more live code, evicting if there are too many.
func (c *Cache) reserve() bool {
	for range 3 { // others may take what was freed
		if c.countOne() {
			return true
		}
		c.makeRoom(demand{entries: 1})
	}
	return c.countOne()
}

// countOne counts one more live code unless that exceeds the limit.
func (c *Cache) countOne() bool {
	for {
		n := c.load.live.Load()
		if n >= c.entries.limit {
			return false
		}
		if !c.load.live.CompareAndSwap(n, n+1) {
			continue
		}
		if n >= c.entries.high {
			c.nudge()
		}
		return true
	}
}

// room finds memory for x and sets its offset.
func (a *Arena) room(x *Code) bool {
	if a.allocate(x) {
		return true
	}
	c := a.cache
	c.advance()
	if a.allocate(x) {
		return true
	}
	c.makeSpace(int64(x.span()))
	c.advance()
	return a.allocate(x)
}

// makeSpace evicts for a code of size bytes that found no hole. What already waits
// for a quiescent point counts: whoever asks again before it has come must not
// empty the cache meanwhile.
func (c *Cache) makeSpace(size int64) {
	batch := max(size, c.bytes.limit-c.bytes.high)
	coming := c.load.waitingBytes.Load() + c.load.condemnedBytes.Load()
	switch {
	case coming >= batch:
	case c.load.liveBytes.Load()+size > c.bytes.high:
		c.makeRoom(demand{bytes: batch - coming})
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
