package blocks

import (
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// A guest may jump to every second byte of its RAM, and a block is far larger than
// the two bytes that it takes to begin one. So the cache is bounded: when its
// blocks take more than limit, the pages that have had no new block for the
// longest time lose theirs, all at once.

const (
	// liveBytes is the limit: room for the blocks of some 14 MiB of code. deadBytes more
	// may be taken by dead blocks that harts still know (forget.go).
	liveBytes = 112 << 20
	deadBytes = 16 << 20
	// blockBytes and pageBytes are what a block takes beside its micro-operations and bytes, and
	// a page beside its blocks.
	blockBytes = int64(unsafe.Sizeof(Block{}))
	pageBytes  = int64(unsafe.Sizeof(Page{})) + 192
)

// cost is the memory that b takes, about.
func cost(b *Block) int64 {
	return blockBytes + int64(cap(b.Uops()))*int64(code.UopSize) + int64(cap(b.Source()))
}

// file enters b in p in the place of what was there. The caller holds p.mu.
func (k *Cache) file(p *Page, at place, b *Block) {
	if old := p.blocks.at(at); old != nil {
		k.remove(p, at)
		if old.pa2 == 0 || len(p.stale) != 0 { // nothing links to page-crossing blocks
			k.unlink(p)
		}
		k.count(p)
	}
	before := p.blocks.bytes
	p.blocks.put(at, b)
	b.heat.goAhead(p.heat.ahead)
	k.used.Add(cost(b) + p.blocks.bytes - before)
	k.forget.built(cost(b), k.slack)
	k.mu.Lock()
	defer k.mu.Unlock()
	if p.place == nil {
		p.place = k.order.PushBack(p)
		k.used.Add(pageBytes)
	} else {
		k.order.MoveToBack(p.place)
	}
}

// remove kills the block that p has at a place. The caller holds p.mu and unlinks.
func (k *Cache) remove(p *Page, at place) {
	b := p.blocks.at(at)
	k.end(p, b)
	p.blocks.remove(at)
	k.used.Add(-cost(b))
}

// giveUp gives p back to fast stores and takes it out of the cache if it has no
// block left. The caller holds p.mu.
//
// A writer that finds p in the cache and sees no line marked relies on this: a
// page that takes p's place reads its bytes after p has gone, thus after that
// writer has written.
func (k *Cache) giveUp(p *Page) {
	if p.blocks.n != 0 || p.gone || len(p.orphans) != 0 {
		return
	}
	p.gone = true
	p.lines.Store(0)
	k.mem.ClearCode(p.pa)
	k.mu.Lock()
	k.stopWaiting(p)
	if p.place != nil {
		k.order.Remove(p.place)
		p.place = nil
		k.used.Add(-pageBytes - p.blocks.bytes)
	}
	k.mu.Unlock()
	k.pages.remove(p)
}

// trim drops pages until the blocks are within the limit. The caller holds no lock.
func (k *Cache) trim() {
	for k.used.Load() > k.limit {
		k.mu.Lock()
		e := k.order.Front()
		k.mu.Unlock()
		if e == nil {
			return
		}
		p := e.Value.(*Page)
		p.mu.Lock()
		k.drop(p, func(*Block) bool { return true })
		k.unlock(p)
	}
}
