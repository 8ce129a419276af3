package blocks

import "slices"

// Code may be made of several blocks, in several pages. It is published with the first one, in
// whose page it is linked and unlinked, and every other block knows where such codes begin (heads).
// Whoever kills a block does so under the lock of its page, and the codes that have it as a part are
// taken back under the locks of theirs, one after the other: no two pages' locks are held together.
//
//	Publish                              a block is killed
//	each other block: its page's lock    under its page's lock: dead is set, heads taken
//	  dead? else into heads              (locks of the pages of heads, in turn)
//	the first block's page's lock          code with a dead part there: unpublished
//	  any part dead? else published
//
// Whichever comes first, code with a dead part is not published, or is not for longer than the kill
// takes. A writer that holds a page (Cache.hold) gets it when no code is left that the killed blocks
// were a part of, so that nobody can see the new bytes and still come to the old code.

// maxHeads bounds the heads of a block. What would be the head of one more stays as it was.
const maxHeads = 16

// dead reports whether a block that n was made of is.
func (n *Native) dead() bool {
	for _, part := range n.parts() {
		if part.Block.dead.Load() {
			return true
		}
	}
	return false
}

// Has reports whether n was made of b.
func (n *Native) Has(b *Block) bool {
	for _, part := range n.parts() {
		if part.Block == b {
			return true
		}
	}
	return false
}

// depend enters n's head with its other blocks, for Publish, which calls settled afterwards; false if
// one of them is dead, or has too many.
func (k *Cache) depend(n *Native) bool {
	for i := range n.Others {
		if !k.addHead(n.Others[i].Block, n.Block.key) {
			k.settled(n, i)
			return false
		}
	}
	return true
}

// settled says that n has been published, or will not be: whether the heads of the first parts of
// n.Others are of use can be seen from then on.
func (k *Cache) settled(n *Native, parts int) {
	for i := range n.Others[:parts] {
		b := n.Others[i].Block
		p := k.pages.at(b.key.PA)
		if p == nil {
			continue
		}
		p.mu.Lock()
		for _, h := range b.heads {
			if h.key == n.Block.key {
				h.coming--
			}
		}
		p.mu.Unlock()
	}
}

// head is where code begins that has a block as another part. When the block is killed it becomes an
// orphan of the page.
type head struct {
	key    Key
	coming int // codes that are about to be published there
}

// addHead enters a head with b; false if b is dead or has too many.
func (k *Cache) addHead(b *Block, key Key) bool {
	p := k.pages.at(b.key.PA)
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b.dead.Load() || b.pa2 != 0 {
		return false
	}
	for _, h := range b.heads {
		if h.key == key {
			h.coming++
			return true
		}
	}
	if len(b.heads) == maxHeads {
		b.heads = slices.DeleteFunc(b.heads, func(h *head) bool { return h.coming == 0 && !k.isHead(h.key, b) })
		if len(b.heads) == maxHeads {
			return false
		}
	}
	b.heads = append(b.heads, &head{key, 1})
	return true
}

// isHead reports whether the code at a place was made of b.
func (k *Cache) isHead(key Key, b *Block) bool {
	first := k.find(key, 0)
	if first == nil {
		return false
	}
	n := first.native.Load()
	return n != nil && n.Has(b)
}

// Within returns the codes of several blocks that have b as one of them.
func (k *Cache) Within(b *Block) (codes []*Native) {
	p := k.pages.at(b.key.PA)
	if p == nil {
		return nil
	}
	if n := b.native.Load(); n != nil && len(n.Others) > 0 {
		codes = append(codes, n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range b.heads {
		if first := k.find(h.key, 0); first != nil {
			if n := first.native.Load(); n != nil && n.Has(b) {
				codes = append(codes, n)
			}
		}
	}
	return codes
}

// unlock gives p.mu back when no code of other pages is left that has lost a part in p. Each orphan
// stays in the list until its code is taken back, so that who holds the page meanwhile waits for that too.
func (k *Cache) unlock(p *Page) {
	for len(p.orphans) != 0 {
		h := p.orphans[0]
		p.mu.Unlock()
		k.orphan(h.key)
		p.mu.Lock()
		if i := slices.Index(p.orphans, h); i >= 0 { // nobody else has been as fast
			p.orphans = slices.Delete(p.orphans, i, i+1)
		}
	}
	k.giveUp(p)
	p.mu.Unlock()
}

// orphan takes back the code that begins at a place if a part of it is dead.
func (k *Cache) orphan(key Key) {
	p := k.pages.at(key.PA)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.blocks.at(key.at())
	if b == nil {
		return
	}
	n := b.native.Load()
	if n == nil || !n.dead() {
		return
	}
	k.unpublish(p, n)
	k.unpatchAll(p, func(t *Block) bool { return t == b })
	k.engine.Retire(n)
	k.Dropped.Add(1)
}
