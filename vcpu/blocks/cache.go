package blocks

import (
	"container/list"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
)

// Shootdown asks every hart to drop its first-level store entries and calls done
// once all have; it returns at once and never calls done synchronously while the
// calling hart has not polled.
type Shootdown func(done func())

// Cache holds the blocks of one machine, shared by all its harts.
type Cache struct {
	mem       *physmem.Memory
	shootdown Shootdown
	engine    Engine                   // nil: interpret all
	codes     [code.Modes]*codemap.Map // the engine's
	insns     int                      // instructions of a block at most

	sampleEvery uint64 // instructions between two stretches for counting, on average; 0: none
	seePages    bool   // whether samples look at where accesses lie

	pages pageTable

	// unprotected counts pages in waiting and batch; written under mu, read by FENCE.I without it.
	unprotected atomic.Int64
	mu          sync.Mutex
	waiting     []*Page   // protected by mu: wait for the next shootdown
	batch       []*Page   // protected by mu: served by the running shootdown
	order       list.List // protected by mu: the pages with blocks, longest without a new one first

	limit  int64        // of used
	used   atomic.Int64 // bytes that the blocks take, about; written by who files and drops blocks, read by trim
	slack  int64        // bytes of dead blocks that harts may still hold
	forget forgetful

	// Built, Dropped count blocks; written by any hart, read by statistics, and Dropped by
	// FENCE.I: a block counts when nothing leads to its native code any more, so that who
	// forgets its own tables then has no way to the code left.
	Built, Dropped atomic.Uint64
	// Missed are the instructions that were interpreted because the code made from them had been evicted; written by who
	// publishes and drops blocks, read by statistics.
	Missed atomic.Uint64
}

// Page is the blocks of one physical page.
type Page struct {
	pa uint64
	// lines has a bit for each 64-byte line that a block covers; written under mu,
	// read by writers to the page without it.
	lines atomic.Uint64

	mu     sync.Mutex
	holder *Cache    // protected by mu: whose hold has begun
	stores storeRun  // protected by mu: of harts, the latest
	blocks blockSet  // changed under mu
	heat   pageHeat  // protected by mu
	links  linkers   // protected by mu
	gone   bool      // protected by mu: has ceased to hold code; another page may stand in the cache
	stale  []*Native // protected by mu: code of killed blocks that links may still lead to
	killed uint64    // protected by mu: blocks that Dropped does not count yet, since something may lead to their code
	// orphans are where codes begin that have had a killed block as a part, see unlock; protected by mu.
	orphans []*head
	place   *list.Element // protected by Cache.mu: in order, nil if it has no block
	waits   int           // protected by Cache.mu: its place in waiting, counted from 1; 0: it is not there
}

// NewCache returns an empty cache over mem.
func NewCache(mem *physmem.Memory, shootdown Shootdown) *Cache {
	k := &Cache{mem: mem, shootdown: shootdown, insns: code.MaxInsns, sampleEvery: sampleEvery, limit: liveBytes, slack: deadBytes}
	k.pages.init(mem)
	mem.OnCodeWrite(k.written)
	mem.OnCodeStore(func(pa, n uint64) physmem.Held { return k.hold(pa, n) })
	return k
}

// Compile hands the compiler of native code in; without one, all code is
// interpreted. To be called before any hart runs.
func (k *Cache) Compile(e Engine) {
	k.engine = e
	for mode := range k.codes {
		k.codes[mode] = e.Codes(code.Mode(mode))
	}
}

// Engine returns the compiler of native code, nil if there is none.
func (k *Cache) Engine() Engine { return k.engine }

// Codes returns the map of the native code for mode. There is one if there is an Engine.
func (k *Cache) Codes(mode code.Mode) *codemap.Map { return k.codes[mode] }

// Sampled returns the number of instructions between two stretches for counting, on average; 0: there
// are none.
func (k *Cache) Sampled() uint64 { return k.sampleEvery }

// SampleEvery has harts interpret a short stretch of blocks that have native code after
// so many instructions on average, in order to count their executions; never if it is 0.
// To be called before any hart runs.
func (k *Cache) SampleEvery(insns uint64) { k.sampleEvery = insns }

// SeePages has samples look at where loads and stores lie (Block.Pages), for a compiler that asks for it. To be called
// before any hart runs.
func (k *Cache) SeePages() { k.seePages = true }

// SeesPages reports whether samples look at where loads and stores lie.
func (k *Cache) SeesPages() bool { return k.seePages }

// LimitBlocks makes blocks of at most n instructions, which must be 1 or more; a
// hart polls between two blocks, so that with 1 it stops at any instruction asked
// for. To be called before any hart runs.
func (k *Cache) LimitBlocks(n int) { k.insns = min(n, code.MaxInsns) }

// Key is where a block is and what it is made for.
type Key struct {
	PA   uint64 // physical address of its first byte, even
	Mode code.Mode
}

// at returns the key of the block's place in a page.
func (key Key) at() place { return place{key.Mode, uint16(key.PA % physmem.PageSize / 2)} }

// Get returns the block of key, which must be in RAM, building it if needed. second translates the page that follows in virtual
// memory; it is asked only if the first instruction crosses into it, and when it
// fails Get returns nil. So it does where nothing may be executed.
func (k *Cache) Get(key Key, second func() (pa2 uint64, ok bool)) *Block {
	pa := key.PA
	for k.mem.Executable(pa) {
		var pa2 uint64
		if pa%physmem.PageSize == physmem.PageSize-2 && k.half(pa)&3 == 3 {
			var ok bool
			if pa2, ok = second(); !ok {
				return nil
			}
		}
		if b := k.find(key, pa2); b != nil {
			return b
		}
		b, unprotected := k.get(key, pa2)
		if unprotected {
			k.shootdown(k.protected)
		}
		if b != nil {
			k.trim()
			return b
		}
		// The page has just been given up, or another hart has changed the
		// instruction at its end: look again.
	}
	return nil
}

// Find returns the block of key that is there already and crosses no page, or nil. It takes no lock.
func (k *Cache) Find(key Key) *Block { return k.find(key, 0) }

// find returns the block that is there already, or nil. It takes no lock.
func (k *Cache) find(key Key, pa2 uint64) *Block {
	if p := k.pages.at(key.PA); p != nil {
		if b := p.blocks.at(key.at()); b != nil && b.pa2 == pa2 && !b.dead.Load() {
			return b
		}
	}
	return nil
}

// get is Get with the second page known, 0 if there is none. It holds the page's
// lock; unprotected asks for a shootdown to be started when that is released.
func (k *Cache) get(key Key, pa2 uint64) (b *Block, unprotected bool) {
	pa := key.PA
	p := k.pages.make(pa)
	off := pa % physmem.PageSize
	p.mu.Lock()
	defer k.unlock(p)
	if p.gone {
		return nil, false
	}
	if b := p.blocks.at(key.at()); b != nil && b.pa2 == pa2 && !b.dead.Load() {
		return b, false
	}
	// Mark first, then read: a store that comes after the bytes have been read
	// finds the marks, and waits for the page's lock to drop the block.
	p.lines.Or(lineMask(off, min(off+code.MaxReach, physmem.PageSize)-1))
	unprotected = k.protect(p)
	switch {
	case !k.mem.Executable(pa): // asked again, see physmem.Memory.Forbid
	case pa2 == 0:
		b = k.build(key)
	default:
		var also bool
		b, also = k.buildCrossing(key, pa2)
		unprotected = unprotected || also
	}
	if b == nil {
		k.giveUp(p)
		return nil, unprotected
	}
	k.file(p, key.at(), b)
	k.Built.Add(1)
	return b, unprotected
}

// lineMask has the bits of the 64-byte lines from byte first to byte last of a page.
func lineMask(first, last uint64) uint64 {
	return ^uint64(0) << (first / 64) & (^uint64(0) >> (63 - last/64))
}

// end makes b unreachable: lookups see the mark, links to it are cleared by
// unlink. Its own links go too, so that who still runs it comes back to look, and
// a chain of dead blocks does not stay in memory. Native code is retired by unlink
// only, when nothing leads to it any more.
func (k *Cache) end(p *Page, b *Block) {
	if !b.dead.Swap(true) {
		k.missedNoMore(b)
		p.killed++
		k.forget.died()
	}
	for i := range b.links {
		b.links[i].Store(nil)
	}
	if n := b.native.Swap(nil); n != nil {
		k.left(p, n)
		p.stale = append(p.stale, n)
		for _, part := range n.parts() {
			part.targets = [code.MaxLinks]*Block{} // all in p: page-crossing blocks have none
		}
	}
	p.orphans, b.heads = append(p.orphans, b.heads...), nil
}

// unlink clears links of p's blocks to dead blocks. Links never leave a page.
func (k *Cache) unlink(p *Page) {
	for _, b := range p.blocks.all() {
		for i := range b.links {
			if t := b.links[i].Load(); t != nil && t.dead.Load() {
				b.links[i].Store(nil)
			}
		}
		if n := b.native.Load(); n != nil {
			k.unpatch(n, func(t *Block) bool { return t.dead.Load() })
		}
	}
	for _, n := range p.stale {
		k.engine.Retire(n)
	}
	p.stale = nil
	k.count(p)
}

// count counts p's killed blocks, to which nothing leads any more. The caller holds p.mu.
func (k *Cache) count(p *Page) {
	k.Dropped.Add(p.killed)
	p.killed = 0
}

// Link records that the exit i of b, distance bytes from its start, leads to t,
// for as long as both live. The distance must be the same in physical memory: a
// way into another virtual page is not the block's to know, even if both pages
// lie in one frame here.
func (k *Cache) Link(b *Block, i uint8, t *Block, distance int64) {
	if b.key.PA>>physmem.PageShift != t.key.PA>>physmem.PageShift || t.key != (Key{b.key.PA + uint64(distance), b.key.Mode}) ||
		b.pa2 != 0 || t.pa2 != 0 {
		return
	}
	p := k.pages.at(b.key.PA)
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !b.dead.Load() && !t.dead.Load() {
		b.links[i&(code.MaxLinks-1)].Store(t)
	}
}

// written is told of n bytes written at pa, all in one page that is marked as code.
func (k *Cache) written(pa, n uint64) {
	p := k.pages.at(pa)
	if p == nil {
		return
	}
	first := pa % physmem.PageSize
	if p.lines.Load()&lineMask(first, first+n-1) == 0 {
		return
	}
	p.mu.Lock()
	if k.killWritten(p, pa, n) {
		k.giveUp(p)
	}
	k.unlock(p)
}

// hold locks the page of pa for a write to n bytes there. Blocks on them die before
// anyone can see the new bytes, and none is built in the page until Release: a hart
// that has seen them and executes FENCE.I cannot meet an old block.
func (k *Cache) hold(pa, n uint64) *Page {
	for {
		p := k.pages.make(pa)
		p.mu.Lock()
		if p.gone { // and another one may be in its place
			p.mu.Unlock()
			continue
		}
		first := pa % physmem.PageSize
		killed := p.lines.Load()&lineMask(first, first+n-1) != 0 && k.killWritten(p, pa, n)
		if p.stores.over(first, n, killed) {
			k.kill(p, p.blocks.all(), func(*Block) bool { return true })
		}
		if len(p.orphans) != 0 { // of other pages, whose locks have no order with this one
			k.unlock(p)
			continue
		}
		p.holder = k
		return p
	}
}

// Release ends what hold has begun.
func (p *Page) Release() {
	p.holder.giveUp(p)
	p.mu.Unlock()
}

// drop kills p's blocks that stale says, and gives the page up if none is left.
// The caller holds p.mu.
func (k *Cache) drop(p *Page, stale func(*Block) bool) {
	if k.kill(p, p.blocks.all(), stale) {
		k.giveUp(p)
	}
}

// killWritten kills p's blocks that have one of the n bytes at pa, and those that cross into
// another page, and reports whether there was one. The caller holds p.mu.
func (k *Cache) killWritten(p *Page, pa, n uint64) (killed bool) {
	first := pa % physmem.PageSize
	return k.kill(p, p.blocks.near(first, first+n-1), func(b *Block) bool { return b.key.PA < pa+n && pa < b.key.PA+uint64(len(b.Source())) })
}

// kill removes those of some blocks of p's that cross into another page or that stale says,
// and reports whether there was one. The caller holds p.mu.
func (k *Cache) kill(p *Page, blocks iter.Seq2[place, *Block], stale func(*Block) bool) (killed bool) {
	for at, b := range blocks {
		if b.pa2 != 0 || stale(b) {
			k.remove(p, at)
			killed = true
		}
	}
	if killed {
		k.unlink(p)
	}
	return killed
}
