package blocks

import (
	"bytes"
	"slices"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// protect marks p as code. If store entries for it may be out, p joins the pages
// that wait for a shootdown; start says that there is none under way, and the
// caller, who holds p.mu, has to start it when it holds no lock any more.
func (k *Cache) protect(p *Page) (start bool) {
	if k.mem.HasCode(p.pa) || !k.mem.MarkCode(p.pa) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting = append(k.waiting, p)
	p.waits = len(k.waiting)
	k.unprotected.Add(1)
	start = k.batch == nil
	if start {
		k.nextBatch()
	}
	return start
}

// nextBatch makes the pages that wait those that the next shootdown serves. The caller
// holds k.mu.
func (k *Cache) nextBatch() {
	k.batch, k.waiting = k.waiting, nil
	for _, p := range k.batch {
		p.waits = 0
	}
}

// stopWaiting takes p, which has no code any more, out of the pages that wait: a guest can
// make a page hold code again and again while a hart is late for the shootdown under way.
// The caller holds k.mu.
func (k *Cache) stopWaiting(p *Page) {
	if p.waits == 0 {
		return
	}
	end := len(k.waiting) - 1
	last := k.waiting[end]
	k.waiting[p.waits-1], k.waiting[end] = last, nil
	last.waits = p.waits
	k.waiting, p.waits = k.waiting[:end], 0
	k.unprotected.Add(-1)
}

// protected is called when every hart has dropped its store entries: the pages of
// the batch cannot change unnoticed any more. A store that went unnoticed before
// shows in the bytes now.
func (k *Cache) protected() {
	k.mu.Lock()
	batch := k.batch
	k.mu.Unlock()
	for _, p := range batch {
		p.mu.Lock()
		if !p.gone { // else store entries may have been handed out in between
			k.mem.ClearStored(p.pa)
		}
		k.drop(p, func(b *Block) bool { return !k.unchanged(b) })
		k.unlock(p)
	}
	k.mu.Lock()
	k.unprotected.Add(-int64(len(batch)))
	k.nextBatch()
	again := len(k.batch) > 0
	if !again {
		k.batch = nil
	}
	k.mu.Unlock()
	if again {
		k.shootdown(k.protected)
	}
}

func (k *Cache) unchanged(b *Block) bool {
	now, err := k.mem.Code(b.key.PA, min(uint64(len(b.Source())), physmem.PageSize-b.key.PA%physmem.PageSize))
	return err == nil && bytes.Equal(now, b.Source()[:len(now)])
}

// FenceI drops the blocks of all pages into which a store may have gone unnoticed
// (FENCE.I of any hart).
func (k *Cache) FenceI() {
	// A locked operation, not a load: this hart's stores come before the look. Who
	// builds a block counts its page before it reads the bytes, so either the page
	// is seen here or the stores are seen there.
	if k.unprotected.Add(0) == 0 {
		return
	}
	k.mu.Lock()
	pages := slices.Concat(k.batch, k.waiting)
	k.mu.Unlock()
	for _, p := range pages {
		p.mu.Lock()
		k.drop(p, func(b *Block) bool { return !k.unchanged(b) })
		k.unlock(p)
	}
}
