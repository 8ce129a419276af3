package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// The levels of code that there are.
const (
	levelDense = blocks.LowestLevel + iota
	levelFast
	levelRegion
	levelRemade  // a region that was left too often, with what has been learned since
	levelRetired // fast code again, in place of a region that was not worth it
)

// needsFast is how urgent fast code must be for a block with dense code.
const needsFast = 2 * blocks.UrgentSample

// tiers returns a worker's compilers, by level.
func tiers(h host.Host, o tier.Options) []tier.Tier {
	l, r := h.Quick(o), region.New(h.Region(o))
	return []tier.Tier{quick.New(l, quick.Dense), quick.New(l, quick.Fast), r, r, quick.New(l, quick.Fast)}
}

// levelFor returns the level of the code that u is to get, and the one to ask for when that
// turns out to be hot, or 0, and how urgent that must be.
func (e *Engine) levelFor(u unit) (level, next uint8, needs uint32) {
	switch {
	case e.cfg.Forms == DenseOnly:
		return levelDense, 0, 0
	case e.cfg.Forms == RegionOnly:
		return levelRegion, 0, 0
	case u.level >= levelRegion:
		next, needs = e.better(u.level)
		return u.level, next, needs
	case u.level == levelDense && e.cfg.Forms == DenseFirst,
		u.level == levelDense && e.cfg.Forms == DenseAhead && u.b.Executions() < uint64(e.Threshold()/2):
		level = levelDense
	default:
		level = levelFast
	}
	next, needs = e.better(level)
	return level, next, needs
}

// better returns the level to ask for when code of a level turns out to be hot, or 0, and how urgent that must be.
func (e *Engine) better(than uint8) (next uint8, needs uint32) {
	switch {
	case than == levelDense && e.cfg.Forms != DenseOnly:
		return levelFast, needsFast
	case than == levelFast && e.cfg.Regions > 0:
		return levelRegion, uint32(e.cfg.Regions) * blocks.UrgentSample
	case than == levelRegion, than == levelRemade:
		return than + 1, reviewAfter * blocks.UrgentSample
	}
	return 0, 0
}

// Forms says in which form blocks are compiled: small, or fast and two to three times as large.
type Forms uint8

const (
	// DenseAhead: what is compiled ahead, since its page is hot and not yet by itself, is small,
	// and fast when samples find that it is hot. With Profile and Wait, which take no samples,
	// it means FastOnly.
	DenseAhead Forms = iota
	// FastOnly: fast at once.
	FastOnly
	// DenseFirst: as DenseAhead, but small at first whatever is hot.
	DenseFirst
	// DenseOnly: small for ever.
	DenseOnly
	// RegionOnly: a region of all that a block leads to in its page, from its first compilation on.
	RegionOnly
)
