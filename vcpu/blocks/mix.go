package blocks

import "github.com/hartwood-vm/hartwood/vcpu/code"

// Mix says what has been executed in the blocks that there are, as far as their counts tell (heat.go): exact for what was
// interpreted, estimated from samples for native code. Blocks that were dropped are not in it, and without an Engine nothing is
// counted.
type Mix struct {
	Instructions, Loads, Stores uint64
	// Missed are the instructions interpreted because the code made from them had been evicted: Cache.Missed, with those of
	// blocks that still wait for code.
	Missed uint64
}

// Mix adds up the counts of all blocks. It looks at each of them, so it takes some milliseconds for a large guest.
func (k *Cache) Mix() Mix {
	m := Mix{Missed: k.Missed.Load()}
	for _, p := range k.filed() {
		p.mu.Lock()
		for _, b := range p.blocks.all() {
			b.addTo(&m)
			m.Missed += b.missedInsns()
		}
		p.mu.Unlock()
	}
	return m
}

// Bytes is the memory that the blocks take, about.
func (k *Cache) Bytes() uint64 { return uint64(max(k.used.Load(), 0)) }

// filed lists the pages that have blocks.
func (k *Cache) filed() []*Page {
	k.mu.Lock()
	defer k.mu.Unlock()
	pages := make([]*Page, 0, k.order.Len())
	for e := k.order.Front(); e != nil; e = e.Next() {
		pages = append(pages, e.Value.(*Page))
	}
	return pages
}

// addTo adds what the block has executed. Each exit that was taken leaves so many executions fewer for what is behind it.
func (b *Block) addTo(m *Mix) {
	n := b.Counts()
	left, before := n.Executions, uint8(0)
	if left == 0 {
		return
	}
	for i := range b.Uops() {
		u := &b.Uops()[i]
		op := code.Of(u.Op)
		if op.Reads {
			m.Loads += left
		}
		if op.Writes {
			m.Stores += left
		}
		if op.Exits || op.Leaves {
			m.Instructions += left * uint64(u.N-before)
			before = u.N
		}
		if op.Exits {
			left -= min(left, n.Taken[u.Link()])
		}
	}
}

// Without code. Code that the engine evicts to make room is missed from then on: the block is interpreted until it is
// compiled again. How many instructions that was is counted when the wait is over.

// miss begins the wait of a block whose code has gone, or could not be placed, for want of room. The caller holds the
// page's mu.
//
//go:norace
func (b *Block) miss() {
	if b.heat.missed == 0 {
		b.heat.missed = b.heat.executions + 1
	}
}

// missedInsns are the instructions interpreted since the wait began.
//
//go:norace
func (b *Block) missedInsns() uint64 {
	if b.heat.missed == 0 {
		return 0
	}
	return uint64(float64(b.heat.executions-(b.heat.missed-1)) * b.MeanInsns())
}

// missedNoMore ends the wait, if there was one, and counts it. The caller holds the page's mu.
func (k *Cache) missedNoMore(b *Block) {
	if n := b.missedInsns(); n > 0 {
		k.Missed.Add(n)
	}
	b.heat.missed = 0
}

// NoRoom says that there was no room for code of b.
func (k *Cache) NoRoom(b *Block) {
	if p := k.pages.at(b.key.PA); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !b.dead.Load() {
			b.miss()
		}
	}
}
