package interp

import (
	"bytes"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const cacheShards = 64

// Shootdown asks every hart to drop its first-level store entries and calls done
// once all have; it returns at once and never calls done synchronously while the
// calling hart has not polled.
type Shootdown func(done func())

// Cache holds the blocks of one machine, shared by all its harts.
type Cache struct {
	mem       *physmem.Memory
	shootdown Shootdown
	strict    bool

	shards [cacheShards]struct {
		sync.RWMutex
		pages map[uint64]*page // by physical page number
	}

	// unprotected counts pages in waiting and batch; read by FENCE.I without mu.
	unprotected atomic.Int64
	mu          sync.Mutex
	waiting     []episode // protected by mu: wait for the next shootdown
	batch       []episode // protected by mu: served by the running shootdown

	// Built, Dropped count blocks; written by any hart, read by statistics.
	Built, Dropped atomic.Uint64
}

// page is the blocks of one physical page.
type page struct {
	pa uint64
	// lines has a bit for each 64-byte line that a block covers; written under mu,
	// read by writers to the page without it.
	lines atomic.Uint64

	mu     sync.Mutex
	blocks map[uint16]*Block // protected by mu: by offset in halfwords
	epoch  uint64            // protected by mu: grows whenever the page ceases to hold code
}

// episode is a stay of a page among the code pages.
type episode struct {
	p     *page
	epoch uint64
}

// NewCache returns an empty cache over mem. strict makes misaligned ordinary
// accesses trap.
func NewCache(mem *physmem.Memory, strict bool, shootdown Shootdown) *Cache {
	k := &Cache{mem: mem, strict: strict, shootdown: shootdown}
	for i := range k.shards {
		k.shards[i].pages = make(map[uint64]*page)
	}
	mem.OnCodeWrite(k.written)
	return k
}

func (k *Cache) lookupPage(pa uint64) *page {
	ppn := pa >> physmem.PageShift
	s := &k.shards[ppn%cacheShards]
	s.RLock()
	p := s.pages[ppn]
	s.RUnlock()
	return p
}

func (k *Cache) pageOf(pa uint64) *page {
	if p := k.lookupPage(pa); p != nil {
		return p
	}
	ppn := pa >> physmem.PageShift
	s := &k.shards[ppn%cacheShards]
	s.Lock()
	defer s.Unlock()
	p := s.pages[ppn]
	if p == nil {
		p = &page{pa: pa &^ (physmem.PageSize - 1), blocks: make(map[uint16]*Block)}
		s.pages[ppn] = p
	}
	return p
}

// Get returns the block at physical address pa, which must be RAM and even,
// building it if needed. second translates the page that follows in virtual
// memory; it is asked only if the first instruction crosses into it, and when it
// fails Get returns nil.
func (k *Cache) Get(pa uint64, second func() (pa2 uint64, ok bool)) *Block {
	p := k.pageOf(pa)
	off := pa % physmem.PageSize
	key := uint16(off / 2)
	var pa2 uint64
	if off == physmem.PageSize-2 && k.half(pa)&3 == 3 {
		var ok bool
		if pa2, ok = second(); !ok {
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.blocks[key]; b != nil && b.pa2 == pa2 && !b.dead.Load() {
		return b
	}
	// Mark first, then read: a store that comes after the bytes have been read
	// finds the marks, and waits for the page's lock to drop the block.
	p.lines.Or(lineMask(off, min(off+maxInsns*4, physmem.PageSize)-1))
	k.protect(p)
	var b *Block
	if pa2 == 0 {
		b = k.build(pa)
	} else {
		b = k.buildCrossing(pa, pa2)
	}
	k.publish(p, key, b)
	return b
}

// buildCrossing builds the block of a page-crossing instruction and files it in
// its second page too, at an offset that no block of that page can have. Locks of
// two pages have no order: if the second is taken the block is born dead and will
// be built again at the next visit.
func (k *Cache) buildCrossing(pa, pa2 uint64) *Block {
	q := k.pageOf(pa2)
	filed := q.mu.TryLock()
	if filed {
		defer q.mu.Unlock()
		q.lines.Or(1)
		k.protect(q)
	}
	raw := uint32(k.half(pa)) | uint32(k.half(pa2))<<16
	d := builder{lr: -1, strict: k.strict}
	if d.add(isa.Decode(raw)) {
		d.end()
	}
	b := &Block{uops: d.uops, pa: pa, pa2: pa2, bytes: binary.LittleEndian.AppendUint32(nil, raw)}
	if filed {
		if old := q.blocks[crossKey]; old != nil {
			k.kill(old)
		}
		q.blocks[crossKey] = b
	} else {
		b.dead.Store(true)
	}
	return b
}

// crossKey files a page-crossing block in its second page.
const crossKey = physmem.PageSize / 2

func (k *Cache) publish(p *page, key uint16, b *Block) {
	if old := p.blocks[key]; old != nil {
		k.kill(old)
		k.unlink(p)
	}
	p.blocks[key] = b
	k.Built.Add(1)
}

// lineMask has the bits of the 64-byte lines from byte first to byte last of a page.
func lineMask(first, last uint64) uint64 {
	return ^uint64(0) << (first / 64) & (^uint64(0) >> (63 - last/64))
}

// half reads the halfword of RAM at pa.
func (k *Cache) half(pa uint64) uint16 {
	s, err := k.mem.Slice(pa, 2)
	if err != nil {
		return 0
	}
	return binary.LittleEndian.Uint16(s)
}

// build decodes the block at pa. The caller holds the page's lock and has marked
// the page.
func (k *Cache) build(pa uint64) *Block {
	b := builder{lr: -1, strict: k.strict}
	code, err := k.mem.Slice(pa, physmem.PageSize-pa%physmem.PageSize)
	if err != nil {
		panic("BUG: block outside RAM: " + err.Error())
	}
	// Decode from a copy: harts may change the bytes meanwhile, and the block must
	// be what its record of them says.
	code = bytes.Clone(code[:min(len(code), maxInsns*4)])
	more := true
	for more {
		rest := code[b.off:]
		if len(rest) < 2 || (rest[0]&3 == 3 && len(rest) < 4) {
			b.end()
			break
		}
		raw := uint32(binary.LittleEndian.Uint16(rest))
		if raw&3 == 3 {
			raw = binary.LittleEndian.Uint32(rest)
		}
		more = b.add(isa.Decode(raw))
	}
	return &Block{uops: b.uops, pa: pa, bytes: code[:b.off:b.off]}
}

// kill makes b unreachable: lookups see the mark, links are cleared by unlink.
func (k *Cache) kill(b *Block) {
	b.dead.Store(true)
	k.Dropped.Add(1)
}

// unlink clears links of p's blocks to dead blocks. Links never leave a page.
func (k *Cache) unlink(p *page) {
	for _, b := range p.blocks {
		for i := range b.links {
			if t := b.links[i].Load(); t != nil && t.dead.Load() {
				b.links[i].Store(nil)
			}
		}
	}
}

// link records that the exit i of b leads to t, for as long as both live.
func (k *Cache) link(b *Block, i uint8, t *Block) {
	if b.pa>>physmem.PageShift != t.pa>>physmem.PageShift || b.pa2 != 0 || t.pa2 != 0 {
		return
	}
	p := k.lookupPage(b.pa)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !b.dead.Load() && !t.dead.Load() {
		b.links[i&(maxLinks-1)].Store(t)
	}
}

// written is told of n bytes written at pa, all in one page that is marked as code.
func (k *Cache) written(pa, n uint64) {
	p := k.lookupPage(pa)
	if p == nil {
		return
	}
	first := pa % physmem.PageSize
	if p.lines.Load()&lineMask(first, first+n-1) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k.drop(p, func(b *Block) bool { return b.pa < pa+n && pa < b.pa+uint64(len(b.bytes)) })
}

// drop kills p's blocks that stale says, and gives the page back to fast stores
// if none is left. The caller holds p.mu.
func (k *Cache) drop(p *page, stale func(*Block) bool) {
	killed := false
	for key, b := range p.blocks {
		if b.pa2 != 0 || stale(b) {
			k.kill(b)
			delete(p.blocks, key)
			killed = true
		}
	}
	if !killed {
		return
	}
	k.unlink(p)
	if len(p.blocks) == 0 {
		p.lines.Store(0)
		p.epoch++
		k.mem.ClearCode(p.pa)
	}
}
