package interp

import (
	"bytes"
	"slices"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// protect marks p as code. If store entries for it may be out, p joins the pages
// that wait for a shootdown. The caller holds p.mu.
func (k *Cache) protect(p *page) {
	if k.mem.HasCode(p.pa) || !k.mem.MarkCode(p.pa) {
		return
	}
	k.mu.Lock()
	k.waiting = append(k.waiting, episode{p, p.epoch})
	k.unprotected.Add(1)
	start := k.batch == nil
	if start {
		k.batch, k.waiting = k.waiting, nil
	}
	k.mu.Unlock()
	if start {
		k.shootdown(k.protected)
	}
}

// protected is called when every hart has dropped its store entries: the pages of
// the batch cannot change unnoticed any more. A store that went unnoticed before
// shows in the bytes now.
func (k *Cache) protected() {
	k.mu.Lock()
	batch := k.batch
	k.mu.Unlock()
	for _, e := range batch {
		p := e.p
		p.mu.Lock()
		if p.epoch == e.epoch { // else store entries may have been handed out in between
			k.mem.ClearStored(p.pa)
		}
		k.drop(p, func(b *Block) bool { return !k.unchanged(b) })
		p.mu.Unlock()
	}
	k.mu.Lock()
	k.unprotected.Add(-int64(len(batch)))
	k.batch, k.waiting = k.waiting, nil
	again := k.batch != nil
	k.mu.Unlock()
	if again {
		k.shootdown(k.protected)
	}
}

func (k *Cache) unchanged(b *Block) bool {
	now, err := k.mem.Slice(b.pa, min(uint64(len(b.bytes)), physmem.PageSize-b.pa%physmem.PageSize))
	return err == nil && bytes.Equal(now, b.bytes[:len(now)])
}

// FenceI drops the blocks of all pages into which a store may have gone unnoticed
// (FENCE.I of any hart).
func (k *Cache) FenceI() {
	if k.unprotected.Load() == 0 {
		return
	}
	k.mu.Lock()
	episodes := slices.Concat(k.batch, k.waiting)
	k.mu.Unlock()
	for _, e := range episodes {
		p := e.p
		p.mu.Lock()
		k.drop(p, func(b *Block) bool { return !k.unchanged(b) })
		p.mu.Unlock()
	}
}
