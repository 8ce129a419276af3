package codecache

import "slices"

// toFree is what eviction has to free.
type toFree struct {
	entries, bytes int64
}

// excess is what is above the given marks, victims on their way out not counted.
func (c *Cache) excess(entries, bytes int64) toFree {
	return toFree{
		entries: c.load.entries.Load() - c.load.chosenEntries.Load() - entries,
		bytes:   c.load.bytes.Load() - c.load.chosenBytes.Load() - bytes,
	}
}

func (d toFree) met() bool { return d.entries <= 0 && d.bytes <= 0 }

// victim is an entry that eviction may choose. The values are a snapshot: harts go
// on counting while victims are sorted.
type victim struct {
	entry *entry
	fresh bool // placed within the warm-up
	worth float64
	seq   uint64 // of its latest code
}

// makeRoom evicts at least what least says, and down to the high marks. Warm-up
// yields to it.
func (c *Cache) makeRoom(least toFree) {
	c.choosing.Lock()
	need := c.excess(c.entries.high, c.bytes.high)
	need.entries = max(need.entries, least.entries)
	need.bytes = max(need.bytes, least.bytes)
	chosen := c.choose(need, c.candidates(false), true)
	c.choosing.Unlock()
	c.send(chosen)
}

// makeAhead evicts down to the low marks if the cache is above its high ones.
func (c *Cache) makeAhead() {
	c.choosing.Lock()
	var chosen [][]*Code
	if !c.excess(c.entries.high, c.bytes.high).met() {
		chosen = c.choose(c.excess(c.entries.low, c.bytes.low), c.candidates(false), false)
	}
	c.choosing.Unlock()
	c.send(chosen)
}

// cleanUp lets all hotness decay and evicts cold entries above the rest marks.
func (c *Cache) cleanUp() {
	c.decay()
	c.choosing.Lock()
	var chosen [][]*Code
	if need := c.excess(c.entries.rest, c.bytes.rest); !need.met() {
		chosen = c.choose(need, c.candidates(true), false)
	}
	c.choosing.Unlock()
	c.send(chosen)
	c.counters.cleanUps.Add(1)
}

func (c *Cache) decay() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for _, e := range s.entries {
			for _, x := range e.codes {
				e.heat += float64(x.hits.Swap(0))
			}
			e.heat *= c.cfg.Decay
		}
		s.mu.Unlock()
	}
}

// candidates lists the entries that may be evicted, or only the cold ones: less than
// one execution left after decay.
func (c *Cache) candidates(cold bool) []victim {
	now := c.clock.Load()
	turnover := uint64(max(c.cfg.Entries, int(c.load.codes.Load())))
	warmUp := uint64(min(c.cfg.WarmUp, c.cfg.Entries/2))
	list := make([]victim, 0, c.load.entries.Load())
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for _, e := range s.entries {
			heat, used, seq, ok := e.evictable()
			if !ok || cold && heat >= 1 {
				continue
			}
			// An entry added to or used after the clock was read is of age 0.
			age := now - min(now, used)
			list = append(list, victim{
				entry: e,
				fresh: seq+warmUp > now,
				worth: c.cfg.Policy.worth(heat, age, turnover),
				seq:   seq,
			})
		}
		s.mu.Unlock()
	}
	return list
}

// evictable reports whether eviction may choose e, and what speaks for and against it:
// its heat, the clock's readings at the latest execution and at the latest placement. The
// caller holds the shard's mu.
func (e *entry) evictable() (heat float64, used, seq uint64, ok bool) {
	if e.chosen || e.holds > 0 {
		return
	}
	heat = e.heat
	for _, x := range e.codes {
		if x.pinned.Load() {
			return 0, 0, 0, false
		}
		heat += float64(x.hits.Load())
		used = max(used, x.used.Load())
		seq = max(seq, x.seq)
	}
	return heat, used, seq, true
}

// choose takes the least worthy candidates until need is met; fresh ones only if
// it must, and after all others. Each element is the codes of one. The caller holds choosing.
func (c *Cache) choose(need toFree, from []victim, must bool) (chosen [][]*Code) {
	if need.met() {
		return nil
	}
	slices.SortFunc(from, order)
	for _, v := range from {
		if need.met() || v.fresh && !must {
			break
		}
		codes, bytes := c.chooseEntry(v.entry)
		if len(codes) == 0 {
			continue // its owner was faster, or a worker
		}
		need.entries--
		need.bytes -= bytes
		chosen = append(chosen, codes)
	}
	return chosen
}

// order puts first what leaves first. Sorting is most of what eviction costs, hence
// no general comparisons.
func order(a, b victim) int {
	switch {
	case a.fresh != b.fresh:
		if b.fresh {
			return -1
		}
		return 1
	case a.worth < b.worth:
		return -1
	case a.worth > b.worth:
		return 1
	case a.seq < b.seq:
		return -1
	}
	return 1 // no two codes have one seq
}

// chooseEntry chooses all codes of e, unless that has become something else since e was a
// candidate, and returns them with the sum of their bytes.
func (c *Cache) chooseEntry(e *entry) (codes []*Code, bytes int64) {
	s := c.shardOf(e.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, _, _, ok := e.evictable(); !ok || s.entries[e.key] != e {
		return nil, 0
	}
	for _, x := range e.codes {
		if c.chooseCode(x) {
			codes = append(codes, x)
			bytes += int64(x.span())
		}
	}
	e.chosen = true
	c.load.chosenEntries.Add(1)
	return codes, bytes
}

func (c *Cache) chooseCode(x *Code) bool {
	// Counted before the change of state, since Retire takes it back after.
	n := int64(x.span())
	c.load.chosenBytes.Add(n)
	if x.state.CompareAndSwap(stateLive, stateChosen) {
		return true
	}
	c.load.chosenBytes.Add(-n)
	return false
}

// send hands the chosen codes to their owner, entry by entry.
func (c *Cache) send(chosen [][]*Code) {
	for _, codes := range chosen {
		c.counters.evicted.Add(uint64(len(codes)))
		c.evict(codes)
	}
}
