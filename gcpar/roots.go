package gcpar

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// maxRoots bounds the root ranges.
const maxRoots = 1 << 16

// Roots are memory outside of the heap that may hold references.
type Roots struct {
	Host         uintptr // address of the first byte on the host, a multiple of 8
	Len          uint64  // bytes, a multiple of 8
	Conservative bool    // words may point into objects
}

// AddRoots makes r part of the roots and returns its number.
func (c *Collector) AddRoots(r Roots) (id uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.heap.Load() == nil:
		return 0, ErrNoHeap
	case len(c.roots) >= maxRoots:
		return 0, fmt.Errorf("%w: there are %d", ErrRoots, maxRoots)
	case r.Host%8 != 0 || r.Len%8 != 0 || r.Len == 0:
		return 0, fmt.Errorf("%w: %d bytes", ErrRoots, r.Len)
	}
	c.nextRoot++
	c.roots[c.nextRoot] = r
	return c.nextRoot, nil
}

// RemoveRoots undoes AddRoots.
func (c *Collector) RemoveRoots(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.roots[id]; !ok {
		return fmt.Errorf("%w: number %d", ErrRoots, id)
	}
	delete(c.roots, id)
	return nil
}

// rootRanges returns the ranges that there are, without overlaps.
func (c *Collector) rootRanges() []Roots {
	c.mu.Lock()
	all := slices.Collect(maps.Values(c.roots))
	c.mu.Unlock()
	return union(all)
}

// union returns ranges with the words of all, which it uses up: each word once as one that
// may point into objects, if a range says so, and once as one that does not. So a cycle
// looks at twice the memory at most, however ranges overlap.
func union(all []Roots) []Roots {
	slices.SortFunc(all, func(a, b Roots) int {
		if a.Conservative != b.Conservative {
			if a.Conservative {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Host, b.Host)
	})
	merged := all[:0]
	for _, r := range all {
		if n := len(merged); n > 0 {
			last := &merged[n-1]
			if off := uint64(r.Host - last.Host); last.Conservative == r.Conservative && off <= last.Len {
				last.Len = max(last.Len, off+r.Len)
				continue
			}
		}
		merged = append(merged, r)
	}
	return merged
}

// scanRanges hands the root ranges to the markers. Stores to them are logged.
func (c *Collector) scanRanges() {
	for _, r := range c.rootRanges() {
		c.offer(piece{addr: r.Host, n: r.Len / 8, elem: 1, refs: 1, inside: r.Conservative})
	}
}
