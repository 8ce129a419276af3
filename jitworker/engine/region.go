package engine

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// source is the blocks that regions are made of (region.Source), for one compilation.
type source struct {
	cache *blocks.Cache
	mode  code.Mode
	build bool // blocks that are not there
	found map[uint64]*blocks.Block
}

// Block returns the block at pa.
func (s *source) Block(pa uint64) (code.Part, bool) {
	key := blocks.Key{PA: pa, Mode: s.mode}
	b := s.cache.Find(key)
	if b == nil && s.build {
		b = s.cache.Get(key, func() (uint64, bool) { return 0, false })
	}
	if b == nil {
		return code.Part{}, false
	}
	s.found[pa] = b
	return b.Part(), true
}

// Leads returns where a checked link of the block at pa has led to.
func (s *source) Leads(pa uint64, link uint8) uint64 {
	n := s.found[pa].Native()
	if n == nil {
		return 0
	}
	return n.Leads(link)
}

// single makes b the unit to compile.
func (w *worker) single(b *blocks.Block) {
	w.unit.Parts = append(w.unit.Parts[:0], b.Part())
	w.blocks = append(w.blocks[:0], b)
}

// look readies w to pick a region for which b is the reason, of all blocks that there could be if all.
func (w *worker) look(e *Engine, b *blocks.Block, all bool) {
	if w.source.found == nil {
		w.source.found = map[uint64]*blocks.Block{}
	}
	clear(w.source.found)
	w.source.found[b.PA()] = b
	w.source = source{cache: e.blocks, mode: b.Key().Mode, build: all, found: w.source.found}
	w.picker.Source, w.picker.All = &w.source, all
}

// pickRegion makes the region for which b is the reason the unit to compile, and returns its level; 0
// if there is none to be made. Where all is to be a region what cannot be one is fast.
func (e *Engine) pickRegion(w *worker, b *blocks.Block) (level uint8) {
	all := e.cfg.Forms == RegionOnly
	w.look(e, b, all)
	if !w.picker.Pick(&w.unit, b.PA()) {
		if all {
			w.single(b)
			return levelFast
		}
		e.regions.declined.Add(1)
		return 0
	}
	w.takeParts()
	if n := w.blocks[0].Native(); n != nil && n.Level >= levelRegion || !all && e.covered(w, b) {
		e.regions.declined.Add(1)
		return 0
	}
	return levelRegion
}

// takeParts notes the blocks of the unit that has been picked.
func (w *worker) takeParts() {
	w.blocks = w.blocks[:0]
	for i := range w.unit.Parts {
		w.blocks = append(w.blocks, w.source.found[w.unit.Parts[i].PA])
	}
}

// covered reports whether a region that there is, of which b is a part, is about the one that has been picked for b: samples find
// all of a region's blocks, wherever it is entered.
func (e *Engine) covered(w *worker, b *blocks.Block) bool {
	for _, n := range e.blocks.Within(b) {
		common := 0
		for _, p := range w.blocks {
			if n.Has(p) {
				common++
			}
		}
		if parts := 1 + len(n.Others); common*4 >= parts*3 && common*4 >= len(w.blocks)*3 {
			return true
		}
	}
	return false
}

// regionCounts count regions: written by workers, read by Stats.
type regionCounts struct {
	regions, parts, crossing, declined, reviewed, remade, retired atomic.Uint64
	work, left                                                    atomic.Uint64 // instructions executed in reviewed regions, and ways out of them taken
}

// RegionStats say what the optimising tier has made.
type RegionStats struct {
	Made     uint64 // regions
	Blocks   uint64 // that they were made of
	Crossing uint64 // regions of several pages
	Declined uint64 // blocks that had been found hot, in no loop, or in one that is a region already, or nearly
	Reviewed uint64 // how often a region was looked at again
	Remade   uint64 // regions that were left too often, and were compiled anew with what had been learned
	Retired  uint64 // regions that were left too often, and are compiled block by block again
	Work     uint64 // instructions executed in reviewed regions
	Left     uint64 // ways out of reviewed regions that were taken meanwhile
}

func (c *regionCounts) made(n *blocks.Native) {
	c.regions.Add(1)
	c.parts.Add(uint64(1 + len(n.Others)))
	for i := range n.Others {
		if n.Others[i].Block.PA()>>12 != n.Block.PA()>>12 {
			c.crossing.Add(1)
			return
		}
	}
}

func (c *regionCounts) stats() RegionStats {
	return RegionStats{c.regions.Load(), c.parts.Load(), c.crossing.Load(), c.declined.Load(), c.reviewed.Load(), c.remade.Load(), c.retired.Load(), c.work.Load(), c.left.Load()}
}
