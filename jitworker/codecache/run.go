package codecache

import (
	"maps"
	"slices"
)

// makeRun evicts every code of the n neighbouring chunks that hold the fewest
// bytes, so that fragments become one piece. Chunks with pinned code and, since
// their arenas go on carving them, chunks that have an owner are left alone.
func (c *Cache) makeRun(n int) {
	c.choosing.Lock()
	byEntry := make(map[*entry][]*Code)
	for _, x := range c.codesIn(c.emptiest(n), n) {
		if x.arena.latest.Load() != x && !x.pinned.Load() && c.chooseCode(x) {
			byEntry[x.entry] = append(byEntry[x.entry], x)
		}
	}
	c.choosing.Unlock()
	c.send(slices.Collect(maps.Values(byEntry)))
}

// emptiest returns the first chunk of the run, or -1.
func (c *Cache) emptiest(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	best, least := -1, n*chunkSize+1
	run, held := 0, 0 // chunks in the run that ends at i, bytes held in it
	for i := range c.chunks {
		if !c.chunks[i].clearable() {
			run, held = 0, 0
			continue
		}
		run++
		held += c.chunks[i].held()
		if run > n {
			run--
			held -= c.chunks[i-n].held()
		}
		if run == n && held < least {
			best, least = i+1-n, held
		}
	}
	return best
}

// clearable and held are called with Cache.mu held, without which nothing is carved
// from a clearable chunk or given back to it.

func (ch *chunk) clearable() bool {
	if x := ch.span.Load(); x != nil {
		return !x.pinned.Load()
	}
	return ch.owner == nil && ch.pins.Load() == 0
}

func (ch *chunk) held() int {
	switch ch.kind {
	case kindFree:
		return 0
	case kindCarved:
		return chunkSize - int(ch.free.Load())
	default:
		return chunkSize
	}
}

// codesIn lists the codes that begin in, or cover, the n chunks from first on.
func (c *Cache) codesIn(first, n int) (list []*Code) {
	if first < 0 {
		return nil
	}
	for i := range c.chunks[first : first+n] {
		ch := &c.chunks[first+i]
		if x := ch.span.Load(); x != nil {
			list = append(list, x)
		} else if starts := ch.index.Load(); starts != nil {
			for g := range starts {
				if x := starts[g].Load(); x != nil {
					list = append(list, x)
				}
			}
		}
	}
	return list
}
