package blocks

import "github.com/hartwood-vm/hartwood/vcpu/code"

// What tests in other packages' terms see of a cache.

const (
	DeadMost = blockBytes + (code.MaxInsns+1)*int64(code.UopSize) + code.MaxReach // that a block takes
	RoomFor2 = pageBytes + tableBytes + 2*(blockBytes+partBytes+256)              // about what a page with two takes
)

func (k *Cache) Limit(live, dead int64) { k.limit, k.slack = live, dead }
func (k *Cache) LiveLimit() int64       { return k.limit }
func (k *Cache) Used() int64            { return k.used.Load() }
func (k *Cache) Trim()                  { k.trim() }
func (k *Cache) Pages() int             { return k.order.Len() }
func (k *Cache) HasPage(pa uint64) bool { return k.pages.at(pa) != nil }
func (k *Cache) Waiting() int           { return len(k.waiting) }
func (k *Cache) Unprotected() int64     { return k.unprotected.Load() }
func (k *Cache) Written(pa, n uint64)   { k.written(pa, n) }

// At returns the block of key that k has, or nil.
func (k *Cache) At(key Key) *Block {
	if p := k.pages.at(key.PA); p != nil {
		return p.blocks.at(key.at())
	}
	return nil
}

// Code returns where the map has the code of key.
func (k *Cache) Code(key Key) uintptr { return k.codes[key.Mode].Get(key.PA) }

// Compiled returns the number of pa's page's blocks with native code.
func (k *Cache) Compiled(pa uint64) int { return k.pages.at(pa).heat.native }

// Shoot puts another shootdown in the place of k's, which it returns.
func (k *Cache) Shoot(f Shootdown) (old Shootdown) {
	old, k.shootdown = k.shootdown, f
	return old
}

// Blocks calls f with every block.
func (k *Cache) Blocks(f func(*Block)) {
	k.pages.all(func(p *Page) {
		for _, b := range p.blocks.all() {
			f(b)
		}
	})
}

// Total adds up what k's pages hold.
func (k *Cache) Total() (bytes int64, blocks, pages int) {
	k.pages.all(func(p *Page) {
		pages++
		for _, b := range p.blocks.all() {
			blocks++
			bytes += cost(b)
		}
		if p.place != nil {
			bytes += pageBytes + p.blocks.bytes
		}
	})
	return bytes, blocks, pages
}

func Cost(b *Block) int64 { return cost(b) }

// Tables calls f with every block in the harts' jump tables.
func (k *Cache) Tables(f func(*Block)) {
	for _, t := range k.forget.tables {
		for i := range uint64(JumpEntries) {
			if b := t.at(i).block.Load(); b != nil && b != gone {
				f(b)
			}
		}
	}
}

func (n *Native) LinkedTo(link uint8) *Block { return n.targets[link] }

// GetWithout is Get for an instruction that had not crossed its page's end when that was looked at.
func (k *Cache) GetWithout(key Key) *Block {
	b, _ := k.get(key, 0)
	return b
}

// all calls f with every page.
func (t *pageTable) all(f func(*Page)) {
	for i := range t.parts {
		part := t.parts[i].Load()
		if part == nil {
			continue
		}
		for j := range part {
			if p := part[j].Load(); p != nil {
				f(p)
			}
		}
	}
}

// MaxHeads is how many heads a block has at most.
const MaxHeads = maxHeads

// Hold is what a store to a page of code begins with.
func (k *Cache) Hold(pa, n uint64) *Page { return k.hold(pa, n) }
