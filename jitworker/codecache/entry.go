package codecache

import (
	"sync"

	"golang.org/x/sys/cpu"
)

// entryShards is the number of independently locked parts of the table of entries.
const entryShards = 64

// entryShard is a part of the table of entries.
type entryShard struct {
	mu      sync.Mutex
	entries map[uint64]*entry // guarded by mu, as the entries' fields are
	_       cpu.CacheLinePad  // the next shard is another worker's
}

// entry is what the cache counts and evicts: all codes that were placed under one key,
// which stands for the guest page that they were made from. Its shard's mu guards it.
type entry struct {
	key    uint64
	codes  []*Code // not retired
	holds  int     // arenas whose latest code is or will be one of these: no eviction, no removal
	heat   float64 // decayed executions up to the last clean-up
	chosen bool    // eviction has chosen all codes; counted in load.chosenEntries
}

// shardOf is the part of the table that has key's entry. Keys are page numbers: neighbours
// go to different shards.
func (c *Cache) shardOf(key uint64) *entryShard { return &c.shards[key%entryShards] }

// hold finds or makes the entry of key and keeps it until unhold. False: there are as many
// entries as there may be.
func (c *Cache) hold(key uint64) (*entry, bool) {
	s := c.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		if !c.countEntry() {
			return nil, false
		}
		e = &entry{key: key}
		s.entries[key] = e
	}
	e.holds++
	return e, true
}

// unhold ends what hold began.
func (c *Cache) unhold(e *entry) {
	s := c.shardOf(e.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e.holds--
	c.removeIfEmpty(s, e)
}

// removeIfEmpty forgets an entry without codes. The caller holds the shard's mu.
func (c *Cache) removeIfEmpty(s *entryShard, e *entry) {
	if len(e.codes) > 0 || e.holds > 0 {
		return
	}
	delete(s.entries, e.key)
	c.stays(e)
	c.load.entries.Add(-1)
}

// stays takes back that the entry is chosen. The caller holds the shard's mu.
func (c *Cache) stays(e *entry) {
	if e.chosen {
		e.chosen = false
		c.load.chosenEntries.Add(-1)
	}
}

// add makes x one of its entry's codes.
func (c *Cache) add(x *Code) {
	e := x.entry
	s := c.shardOf(e.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.stays(e)
	x.pos = len(e.codes)
	e.codes = append(e.codes, x)
}

// remove takes x, which is retired, out of its entry. An arena's latest code that has
// been retired holds its entry no longer.
func (c *Cache) remove(x *Code) {
	e := x.entry
	s := c.shardOf(e.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	end := len(e.codes) - 1
	moved := e.codes[end]
	e.codes[x.pos] = moved
	moved.pos = x.pos
	e.codes[end] = nil
	e.codes = e.codes[:end]
	if x.arena.latest.CompareAndSwap(x, nil) {
		e.holds--
	}
	c.removeIfEmpty(s, e)
}

// countEntry counts one more entry unless that exceeds the limit.
func (c *Cache) countEntry() bool {
	for {
		n := c.load.entries.Load()
		if n >= c.entries.limit {
			return false
		}
		if !c.load.entries.CompareAndSwap(n, n+1) {
			continue
		}
		if n >= c.entries.high {
			c.nudge()
		}
		return true
	}
}
