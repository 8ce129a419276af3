package blocks

import "sync/atomic"

// Samples say not only how often a block is executed but where its loads and stores lie. Whether an access
// mostly lies in the page that it lay in before decides whether code remembers that page.

// maxSeen bounds the accesses of a block that samples look at: the first ones.
const maxSeen = 32

// pages are what samples have seen of a block's accesses, by their order in it. They are changed by harts and read by
// compilers, both without order: whoever relies on them does what is right wherever an access lies.
type pages [maxSeen]seen

// seen is what samples have seen of one access.
type seen struct {
	page        uint32 // the lower bits of its number, as of the last sample
	same, other uint8  // how often it was the one before, and how often another
}

const (
	// minSeen is how often an access must have been seen for that to say anything, the first time not counted, and
	// maxCounted how often it is counted before all counts for half.
	minSeen    = 4
	maxCounted = 64
	// maxOther: an access stays in its page if it was in another one once in so many times at most; it strays if once in two.
	maxOther = 8
)

// Saw counts that access n of b was found in a page.
//
//go:norace
func (b *Block) Saw(n int, page uint64) {
	if n >= maxSeen {
		return
	}
	p := loadOrNew(&b.heat.pages)
	x := &p[n]
	if x.page == uint32(page) {
		x.same++
	} else {
		x.page = uint32(page)
		x.other++
	}
	if x.same+x.other >= maxCounted {
		x.same, x.other = x.same/2, x.other/2
	}
}

// Pages returns, a bit for each of b's accesses, which stay in the page that they were in before, and which mostly do not. Of
// accesses with neither bit nothing is known.
//
//go:norace
func (b *Block) Pages() (stay, stray uint64) {
	p := b.heat.pages.Load()
	if p == nil {
		return 0, 0
	}
	for n := range p {
		same, other := uint(p[n].same), uint(p[n].other)
		switch other -= min(other, 1); { // the first page is another than none
		case same+other < minSeen:
		case other*maxOther <= same+other:
			stay |= 1 << n
		case other >= same:
			stray |= 1 << n
		}
	}
	return stay, stray
}

// loadOrNew returns what p points to, which is made if there is nothing yet.
func loadOrNew[T any](p *atomic.Pointer[T]) *T {
	if x := p.Load(); x != nil {
		return x
	}
	p.CompareAndSwap(nil, new(T))
	return p.Load()
}
