package blocks

import (
	"iter"
	"slices"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Publish makes n the native code of its block, in place of code of a lower level if it has that,
// and links it with the code that its page has; false if the block or another that the code was made
// of has died meanwhile, or has code that is as good, and then n was never reachable.
func (k *Cache) Publish(n *Native) bool {
	p := k.pages.at(n.Block.key.PA)
	if p == nil || !k.depend(n) {
		return false
	}
	defer k.settled(n, len(n.Others))
	p.mu.Lock()
	defer p.mu.Unlock()
	old := n.Block.native.Load()
	if n.dead() || old != nil && old.Level >= n.Level {
		return false
	}
	k.linkOut(p, n)
	if !n.Block.native.CompareAndSwap(old, n) {
		return false
	}
	// A page-crossing block may be killed under the lock of its second page: if that
	// has come too early to see the code, it is still ours to take back.
	published := !n.Block.dead.Load() || !n.Block.native.CompareAndSwap(n, nil)
	if published {
		n.Block.heat.requested.Store(true) // also of code that nobody has asked for
		k.missedNoMore(n.Block)
		k.entered(p, n)
		k.linkIn(p, n) // of n's own parts too
	}
	if old != nil {
		k.left(p, old)
		k.unpatch(old, func(*Block) bool { return true })
		k.engine.Retire(old) // nothing leads to it any more
	}
	return published
}

// Unpublish makes native code of one page unreachable for new entries, so that it can be
// retired. The blocks are interpreted again, and can become hot again.
func (k *Cache) Unpublish(codes []*Native) {
	p := k.pages.at(codes[0].Block.key.PA)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range codes {
		k.unpublish(p, n)
	}
	k.unpatchAll(p, func(t *Block) bool { return t.native.Load() == nil })
}

// unpublish is what Unpublish does for each, but for the links to it. The caller holds the
// page's mu.
func (k *Cache) unpublish(p *Page, n *Native) {
	if n.Block.native.CompareAndSwap(n, nil) {
		k.left(p, n)
		n.Block.heat.requested.Store(false)
		n.Block.miss()
	}
}

// entered has the code n of p be found by all harts; left ends that. Where a page-crossing
// block goes on depends on the address space, so that it cannot be found by its physical address,
// and it counts for neither of its pages. The caller holds p.mu.
func (k *Cache) entered(p *Page, n *Native) {
	if n.Block.pa2 == 0 {
		k.codes[n.Block.key.Mode].Put(n.Block.key.PA, n.Entry)
		p.compiled(1)
		p.links.add(n)
	}
}

func (k *Cache) left(p *Page, n *Native) {
	if n.Block.pa2 == 0 {
		k.codes[n.Block.key.Mode].Remove(n.Block.key.PA, n.Entry)
		p.compiled(-1)
		p.links.remove(n)
	}
}

// unpatchAll takes back the links of p's code to the blocks that gone says. The caller
// holds p.mu.
func (k *Cache) unpatchAll(p *Page, gone func(*Block) bool) {
	for _, b := range p.blocks.all() {
		if from := b.native.Load(); from != nil {
			k.unpatch(from, gone)
		}
	}
}

// unpatch takes back the links of from to the blocks that gone says. The caller
// holds the page's mu.
func (k *Cache) unpatch(from *Native, gone func(*Block) bool) {
	for i, part := range from.parts() {
		for link, t := range part.targets {
			if t != nil && gone(t) {
				k.engine.Patch(from, code.LinkOf(i, uint8(link)), nil)
				part.targets[link] = nil
			}
		}
	}
}

// Patch makes a link of n's part i go to t directly, for as long as both live.
func (k *Cache) Patch(n *Native, i int, link uint8, t *Block) {
	part := n.At(i)
	if part.Checked>>link&1 != 0 {
		k.patchChecked(n, i, link, t)
		return
	}
	if !n.leadsTo(part, link, t) {
		return
	}
	p := k.pages.at(t.key.PA)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.Block.native.Load() == n {
		k.join(n, i, link, t)
	}
}

// leadsTo reports whether a link of a part of n stays in the page in which n begins and leads to t,
// whatever the virtual addresses are.
func (n *Native) leadsTo(part *Part, link uint8, t *Block) bool {
	from := part.Block.key
	return part.Checked>>link&1 == 0 && n.Block.key.PA>>12 == t.key.PA>>12 && from.PA>>12 == t.key.PA>>12 &&
		t.key == (Key{from.PA + uint64(part.Targets[link]), from.Mode}) && t.pa2 == 0
}

// join makes a link of n's part i, which leads to t, go there directly if t has code and lives. The
// caller holds the page's mu.
func (k *Cache) join(n *Native, i int, link uint8, t *Block) {
	if to := t.native.Load(); to != nil && !t.dead.Load() {
		n.At(i).targets[link] = t
		k.engine.Patch(n, code.LinkOf(i, link), to)
	}
}

// linkOut joins n, which is not published yet, to the code that its links lead to. The caller
// holds p.mu.
func (k *Cache) linkOut(p *Page, n *Native) {
	if n.Block.pa2 != 0 {
		return // it dies under the lock of either page, and its targets have one
	}
	for i, part := range n.parts() {
		for link, delta := range part.Targets {
			to := Key{part.Block.key.PA + uint64(delta), n.Block.key.Mode}
			if delta == 0 || to.PA>>12 != n.Block.key.PA>>12 || part.Block.Open(uint8(link)) {
				continue
			}
			if t := p.blocks.at(to.at()); t != nil && n.leadsTo(part, uint8(link), t) {
				k.join(n, i, uint8(link), t)
			}
		}
	}
}

// linkIn joins p's code whose links lead to n to it. The caller holds p.mu.
func (k *Cache) linkIn(p *Page, n *Native) {
	if n.Block.pa2 != 0 {
		return
	}
	for _, from := range p.links[n.Block.key.at()] {
		for i, part := range from.parts() {
			for link, delta := range part.Targets {
				if delta != 0 && from.leadsTo(part, uint8(link), n.Block) && !part.Block.Open(uint8(link)) {
					k.join(from, i, uint8(link), n.Block)
				}
			}
		}
	}
}

// linkers is the code of a page by where in the page its links lead, whether there is code or not.
type linkers map[place][]*Native

// add enters n's links, and remove takes them out.
func (l *linkers) add(n *Native) {
	if *l == nil {
		*l = linkers{}
	}
	for to := range n.places() {
		if list := (*l)[to]; len(list) == 0 || list[len(list)-1] != n { // a second link may lead there
			(*l)[to] = append(list, n)
		}
	}
}

func (l *linkers) remove(n *Native) {
	for to := range n.places() {
		list := (*l)[to]
		i := slices.Index(list, n)
		if i < 0 { // two links lead there, which are one entry
			continue
		}
		end := len(list) - 1
		list[i], list[end] = list[end], nil
		if end == 0 {
			delete(*l, to)
		} else {
			(*l)[to] = list[:end]
		}
	}
}

// places yields the places in n's page that its links lead to, one for each link.
func (n *Native) places() iter.Seq[place] {
	return func(yield func(place) bool) {
		for _, part := range n.parts() {
			key := part.Block.key
			if key.PA>>physmem.PageShift != n.Block.key.PA>>physmem.PageShift {
				continue
			}
			for link, delta := range part.Targets {
				to := Key{key.PA + uint64(delta), key.Mode}
				if delta != 0 && part.Checked>>link&1 == 0 && to.PA>>physmem.PageShift == key.PA>>physmem.PageShift && !yield(to.at()) {
					return
				}
			}
		}
	}
}

// patchChecked makes a link of n's part i go to t directly where a hart's table says that it leads
// there. What becomes of t does not matter: then no table says so.
func (k *Cache) patchChecked(n *Native, i int, link uint8, t *Block) {
	part := n.At(i)
	part.led[link&(code.MaxLinks-1)].Store(t.key.PA)
	p := k.pages.at(n.Block.key.PA)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	to := t.native.Load()
	if to == nil || n.Block.native.Load() != n || part.checked>>link&1 != 0 {
		return
	}
	part.checked |= 1 << link
	k.engine.Patch(n, code.LinkOf(i, link), to)
}
