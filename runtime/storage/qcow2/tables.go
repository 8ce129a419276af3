package qcow2

import "sync/atomic"

// cacheBytes is the memory for L2 tables, of which half may wait for being written. At clusters of 64 KiB it covers 256
// GiB of disk.
const cacheBytes = 32 << 20

// table is an L2 table in memory. Guarded by Image.mu but for used.
type table struct {
	index   int // in the L1 table
	off     int64
	entries []uint64
	lo, hi  int  // entries in between have changed since they were last handed to be written
	writing bool // a flush writes an older state
	// used is written and read by whoever looks something up (true) and by who looks for a table to let go (false).
	used atomic.Bool
}

func (t *table) dirty() bool { return t.lo < t.hi }

// tables are the L2 tables in memory: a clock. Guarded by Image.mu.
type tables struct {
	limit   int // tables
	byIndex map[int]*table
	ring    []*table
	hand    int
	changed int // tables that are dirty
}

func (c *tables) init(cluster int64) {
	c.limit = max(int(cacheBytes/cluster), 8)
	c.byIndex = map[int]*table{}
}

// full says that a flush should come before more tables are changed.
func (c *tables) full() bool { return c.changed >= c.limit/2 }

// set changes an entry.
func (c *tables) set(t *table, slot int, e uint64) {
	if !t.dirty() {
		t.lo, t.hi = slot, slot
		c.changed++
	}
	t.entries[slot] = e
	t.lo, t.hi = min(t.lo, slot), max(t.hi, slot+1)
}

// add takes a table in, for which another may go that is not about to be written.
func (c *tables) add(t *table) {
	t.used.Store(true)
	c.byIndex[t.index] = t
	if len(c.ring) < c.limit {
		c.ring = append(c.ring, t)
		return
	}
	for range 2 * len(c.ring) {
		c.hand = (c.hand + 1) % len(c.ring)
		old := c.ring[c.hand]
		if old.dirty() || old.writing || old.used.Swap(false) {
			continue
		}
		delete(c.byIndex, old.index)
		c.ring[c.hand] = t
		return
	}
	c.ring = append(c.ring, t) // all wait to be written: full has said so, and a flush is near
}

// l2 returns the table with the given place in L1, or nil if there is none. ok is false if it is not in memory. Caller
// holds mu, for reading at least.
func (im *Image) l2(index int) (t *table, ok bool) {
	if im.l1[index] == 0 {
		return nil, true
	}
	if t = im.cache.byIndex[index]; t == nil {
		return nil, false
	}
	if !t.used.Load() {
		t.used.Store(true)
	}
	return t, true
}

// loadL2 is l2 that reads the table from the file. Caller holds mu exclusively.
func (im *Image) loadL2(index int) (*table, error) {
	if t, ok := im.l2(index); ok {
		return t, nil
	}
	off, _, err := im.decodeL1(im.l1[index])
	if err != nil {
		return nil, err
	}
	entries, err := im.readTable(off, int(im.cluster/8))
	if err != nil {
		return nil, err
	}
	t := &table{index: index, off: off, entries: entries}
	im.cache.add(t)
	return t, nil
}

// ownL2 is loadL2 for a table that is about to be changed: it makes one where there is none, and copies one that a
// snapshot refers to. Caller holds mu exclusively.
func (im *Image) ownL2(index int) (*table, error) {
	t, err := im.loadL2(index)
	if err != nil || t != nil && im.l1[index]&flagCopied != 0 {
		return t, err
	}
	entries := make([]uint64, im.cluster/8)
	if t != nil {
		copy(entries, t.entries)
	}
	first, _, err := im.alloc(1)
	if err != nil {
		return nil, err
	}
	off := first << im.bits
	if _, err := im.file.WriteAt(appendEntries(nil, entries), off); err != nil { // takes the room, so that a flush finds it
		im.unalloc(first, 1)
		return nil, err
	}
	if t != nil {
		im.free(t.off>>im.bits, 1)
		t.off, t.entries = off, entries
	} else {
		t = &table{index: index, off: off, entries: entries}
		im.cache.add(t)
	}
	im.l1[index] = uint64(off) | flagCopied
	im.l1Changed[index] = struct{}{}
	return t, nil
}
