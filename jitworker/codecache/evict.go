package codecache

import "slices"

// demand is what eviction has to free.
type demand struct {
	entries, bytes int64
}

// excess is what is above the given marks, victims on their way out not counted.
func (c *Cache) excess(entries, bytes int64) demand {
	return demand{
		entries: c.load.live.Load() - c.load.condemned.Load() - entries,
		bytes:   c.load.liveBytes.Load() - c.load.condemnedBytes.Load() - bytes,
	}
}

func (d demand) met() bool { return d.entries <= 0 && d.bytes <= 0 }

// victim is a code that eviction may choose. The values are a snapshot: harts go
// on counting while victims are sorted.
type victim struct {
	code  *Code
	warm  bool
	worth float64
	seq   uint64
}

// makeRoom evicts at least what least says, and down to the high marks. Warm-up
// yields to it.
func (c *Cache) makeRoom(least demand) {
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
	var chosen []*Code
	if !c.excess(c.entries.high, c.bytes.high).met() {
		chosen = c.choose(c.excess(c.entries.low, c.bytes.low), c.candidates(false), false)
	}
	c.choosing.Unlock()
	c.send(chosen)
}

// cleanUp lets all hotness decay and evicts cold code above the rest marks.
func (c *Cache) cleanUp() {
	c.decay()
	c.choosing.Lock()
	var chosen []*Code
	if need := c.excess(c.entries.rest, c.bytes.rest); !need.met() {
		chosen = c.choose(need, c.candidates(true), false)
	}
	c.choosing.Unlock()
	c.send(chosen)
	c.counters.cleanUps.Add(1)
}

func (c *Cache) decay() {
	for _, b := range c.allBooks() {
		b.mu.Lock()
		for _, x := range b.codes {
			x.heat = (x.heat + float64(x.hits.Swap(0))) * c.cfg.Decay
		}
		b.mu.Unlock()
	}
}

func (c *Cache) allBooks() []*book {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.books)
}

// candidates lists the codes that may be evicted, or only the cold ones: less than
// one execution left after decay.
func (c *Cache) candidates(cold bool) []victim {
	now := c.clock.Load()
	turnover := uint64(c.cfg.Entries)
	warm := uint64(min(c.cfg.WarmUp, c.cfg.Entries/2))
	list := make([]victim, 0, c.load.live.Load())
	for _, b := range c.allBooks() {
		b.mu.Lock()
		for _, x := range b.codes {
			if !x.Live() || x.pinned.Load() || b.last.Load() == x {
				continue
			}
			heat := x.heat + float64(x.hits.Load())
			if cold && heat >= 1 {
				continue
			}
			// A code placed or used after the clock was read is of age 0.
			age := now - min(now, x.used.Load())
			list = append(list, victim{
				code:  x,
				warm:  x.seq+warm > now,
				worth: c.cfg.Policy.worth(heat, age, turnover),
				seq:   x.seq,
			})
		}
		b.mu.Unlock()
	}
	return list
}

// choose condemns the least worthy candidates until need is met; warm ones only if
// it must, and after all others. The caller holds choosing.
func (c *Cache) choose(need demand, from []victim, must bool) []*Code {
	if need.met() {
		return nil
	}
	slices.SortFunc(from, order)
	var chosen []*Code
	for _, v := range from {
		if need.met() || v.warm && !must {
			break
		}
		if !c.condemn(v.code) {
			continue // its owner was faster
		}
		need.entries--
		need.bytes -= int64(v.code.span())
		chosen = append(chosen, v.code)
	}
	return chosen
}

// order puts first what leaves first. Sorting is most of what eviction costs, hence
// no general comparisons.
func order(a, b victim) int {
	switch {
	case a.warm != b.warm:
		if b.warm {
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

func (c *Cache) condemn(x *Code) bool {
	// Counted before the change of state, since Retire takes it back after.
	c.load.condemned.Add(1)
	c.load.condemnedBytes.Add(int64(x.span()))
	if x.state.CompareAndSwap(stateLive, stateCondemned) {
		return true
	}
	c.pardon(x)
	return false
}

func (c *Cache) pardon(x *Code) {
	c.load.condemned.Add(-1)
	c.load.condemnedBytes.Add(-int64(x.span()))
}

// send hands the chosen codes to their owner.
func (c *Cache) send(chosen []*Code) {
	c.counters.evicted.Add(uint64(len(chosen)))
	for _, x := range chosen {
		c.evict(x)
	}
}
