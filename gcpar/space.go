package gcpar

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// Space says where a heap lies.
type Space struct {
	// Host is the address of its first byte on the host, a multiple of a page. The memory
	// stays until the heap is gone.
	Host uintptr
	// Base is the address of its first byte in references, a multiple of 64 KiB.
	Base uint64
	// Size is a multiple of 64 KiB, at most MaxSize.
	Size uint64
	// TagMask are bits of a reference, of the lowest four, that do not belong to the address.
	TagMask uint64
}

const (
	// MaxSize is the size in bytes of the largest heap: granules have 32-bit numbers.
	MaxSize = mutator.Granule << 32
	// MaxTag is the largest TagMask.
	MaxTag = mutator.Granule - 1
	// Align is what addresses and sizes of heaps are multiples of.
	Align = 2 * blockSize
)

// Kinds of blocks, the upper bits of block.shape.
const (
	free  = iota << 30
	small // of slots; the lower bits are their size
	head  // first of a large object; the lower bits are the number of its blocks
	rest  // of a large object; the lower bits are the distance to its first block
	kinds = 3 << 30
)

// Places of small blocks.
const (
	nowhere = iota // not small, or on its way
	owned          // a mutator allocates from it, or it is being swept
	unswept        // in class.lists[unswept]: its dead objects have not been freed
	sparse         // in the list of blocks with more free slots than others
	dense          // in the list of blocks with some free slot
	full
	lists = full // places with a list are below
)

// block is the collector's knowledge of blockSize bytes of the heap.
type block struct {
	// shape is read by markers while the owner of the block writes it.
	shape atomic.Uint32
	// gen is heap.gen when the block was swept last, or taken. Written by the block's owner, read
	// by it and, with the class's mutex held, by the cycle.
	gen atomic.Uint32

	// Of small blocks, protected by the mutex of the class.
	place      uint8
	prev, next int32 // in the list of its place; -1: none
}

// granules are the states of 64 granules: alloc has the first granule of every slot
// that is an object or waits in a mutator's buffer. It is written by the owner of the
// block alone. mark has objects that the current cycle has reached, set by markers and
// mutators, cleared by the cycle; bits of granules without alloc mean nothing. Markers,
// mutators and who sweeps the block read both.
type granules struct{ alloc, mark atomic.Uint64 }

// class are the small blocks of one slot size.
type class struct {
	mu    sync.Mutex
	first [lists]int32 // protected by mu: heads of the lists, -1 if empty
	_     [64]byte
}

// heap is one heap that a guest has set up.
type heap struct {
	Space
	addrMask uint64 // bits of a reference that are its address
	tables   *tables
	stop     *atomic.Bool // Collector.aborted: written by Abort and Abandon, read by mutators that look for memory

	blocks  []block
	bits    []granules
	classes [len(slotSizes)]class

	// gen is the number of the latest sweep: blocks of other generations are unswept. Advanced by the cycle, read by
	// who takes or sweeps a block.
	gen atomic.Uint32
	// taking counts mutators within take, where they may be sweeping. Written by them, read by the cycle.
	taking atomic.Int32
	// used are the bytes of slots and large objects that are not known to be free. Changed by who takes, gives back or
	// sweeps memory; read by mutators, the cycle and Stats.
	used atomic.Int64

	mu       sync.Mutex
	freeBits []uint64     // protected by mu: a bit a free block
	hint     int          // protected by mu: no word of freeBits below has a bit
	freeLen  atomic.Int64 // free blocks: changed under mu, read by take without it
}

func newHeap(s Space, t *tables) *heap {
	n := int(s.Size / blockSize)
	h := &heap{
		Space: s, addrMask: ^s.TagMask, tables: t,
		blocks:   make([]block, n),
		bits:     make([]granules, n*blockWords),
		freeBits: make([]uint64, (n+63)/64),
	}
	h.gen.Store(1)
	for c := range h.classes {
		for p := range h.classes[c].first {
			h.classes[c].first[p] = -1
		}
	}
	h.giveBlocks(0, n)
	return h
}

// wordAt returns the word of guest memory at a host address. Harts may write it.
func wordAt(addr uintptr) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(nil), addr))
}

// clear zeroes n bytes, off from the heap's start.
func (h *heap) clear(off, n uint64) {
	clear(unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), h.Host+uintptr(off))), n))
}

// giveBlocks lets others take n blocks from b, whose shape is free.
func (h *heap) giveBlocks(b, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := b; i < b+n; i++ {
		h.freeBits[i/64] |= 1 << (i % 64)
	}
	h.hint = min(h.hint, b/64)
	h.freeLen.Add(int64(n))
}

// takeBlocks returns the first of n free blocks in a row, which are the caller's.
func (h *heap) takeBlocks(n int) (b int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.freeLen.Load() < int64(n) {
		return 0, false
	}
	for h.hint < len(h.freeBits) && h.freeBits[h.hint] == 0 {
		h.hint++
	}
	row := 0
	for i := h.hint * 64; i < len(h.blocks); {
		w := h.freeBits[i/64] >> (i % 64)
		if w == 0 {
			row = 0
			i = (i/64 + 1) * 64
			continue
		}
		if skip := bits.TrailingZeros64(w); skip > 0 {
			row = 0
			i += skip
			continue
		}
		ones := min(bits.TrailingZeros64(^w), n-row)
		row += ones
		if i += ones; row == n {
			h.setTaken(i-n, n)
			return i - n, true
		}
	}
	return 0, false
}

// setTaken clears the free bits of n blocks from b. The caller holds mu.
func (h *heap) setTaken(b, n int) {
	for i := b; i < b+n; i++ {
		h.freeBits[i/64] &^= 1 << (i % 64)
	}
	h.freeLen.Add(-int64(n))
}

// classWith is the class of blocks with the shape of a small one.
func (h *heap) classWith(shape uint32) *class {
	return &h.classes[h.tables.class[(shape&^kinds)/mutator.Granule]]
}

// put moves the small block b of class cl, which is locked, to a place.
func (h *heap) put(cl *class, b int32, place uint8) {
	k := &h.blocks[b]
	if k.place >= unswept && k.place < lists { // leave the old list
		if k.prev >= 0 {
			h.blocks[k.prev].next = k.next
		} else {
			cl.first[k.place] = k.next
		}
		if k.next >= 0 {
			h.blocks[k.next].prev = k.prev
		}
	}
	k.place, k.prev, k.next = place, -1, -1
	if place >= unswept && place < lists {
		if k.next = cl.first[place]; k.next >= 0 {
			h.blocks[k.next].prev = b
		}
		cl.first[place] = b
	}
}

// pop takes a block out of a list of class c; the caller owns it then.
func (h *heap) pop(c int, place uint8) (b int32, ok bool) {
	cl := &h.classes[c]
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if b = cl.first[place]; b < 0 {
		return 0, false
	}
	h.put(cl, b, owned)
	return b, true
}

const (
	// sweepsPerTake bounds the blocks that a mutator sweeps before it takes a free one.
	sweepsPerTake = 16
	// scarce is the fraction of free blocks, 1/scarce, below which mutators take blocks
	// with few free slots before free ones.
	scarce = 16
)

// take returns a block of class c with free slots, which the caller owns: one with many
// free slots, a free block, or, before memory is wasted, one with few.
func (h *heap) take(c int) (b int32, ok bool) {
	h.taking.Add(1)
	defer h.taking.Add(-1)
	if b, ok = h.pop(c, sparse); ok {
		return b, true
	}
	for range sweepsPerTake {
		if b, ok = h.pop(c, unswept); !ok {
			break
		}
		place := h.sweepSmall(b)
		if place == sparse {
			return b, true
		}
		h.settle(b, place)
	}
	if h.freeLen.Load() > int64(len(h.blocks)/scarce) {
		if b, ok = h.fresh(c); ok {
			return b, true
		}
	}
	if b, ok = h.pop(c, dense); ok {
		return b, true
	}
	for !h.stop.Load() {
		if b, ok = h.pop(c, unswept); !ok {
			return h.fresh(c)
		}
		place := h.sweepSmall(b)
		if place != full {
			return b, true
		}
		h.settle(b, place)
	}
	return 0, false
}

// fresh makes a free block one of class c.
func (h *heap) fresh(c int) (b int32, ok bool) {
	n, ok := h.takeBlocks(1)
	if !ok {
		return 0, false
	}
	k, cl := &h.blocks[n], &h.classes[c]
	cl.mu.Lock()
	defer cl.mu.Unlock()
	k.place, k.prev, k.next = owned, -1, -1
	k.gen.Store(h.gen.Load())
	k.shape.Store(small | slotSizes[c])
	return int32(n), true
}

// settle puts an owned block where it belongs now; nowhere means that it is empty.
func (h *heap) settle(b int32, place uint8) {
	cl := h.classWith(h.blocks[b].shape.Load())
	cl.mu.Lock()
	h.put(cl, b, place)
	if place == nowhere { // from here on it is of no class
		h.blocks[b].shape.Store(free)
	}
	cl.mu.Unlock()
	if place == nowhere {
		h.giveBlocks(int(b), 1)
	}
}

// nextRun returns the next free slots in a row of the owned block b, from slot from on.
func (h *heap) nextRun(b int32, from uint32) (first, end uint32, ok bool) {
	size := h.blocks[b].shape.Load() &^ kinds
	step := size / mutator.Granule
	slots := uint32(blockSize / size)
	words := h.bits[int(b)*blockWords : (int(b)+1)*blockWords]
	taken := func(slot uint32) bool {
		g := slot * step
		return words[g/64].alloc.Load()>>(g%64)&1 != 0
	}
	for first = from; first < slots && taken(first); first++ {
	}
	for end = first; end < slots && !taken(end); end++ {
	}
	return first, end, first < end
}

// setAlloc makes n slots of size bytes from granule g objects. The caller owns the block.
func (h *heap) setAlloc(g, size, n uint64) {
	step := size / mutator.Granule
	for i := uint64(0); i < n; {
		w := g / 64
		mask := uint64(0)
		for ; i < n && g/64 == w; i++ {
			mask |= 1 << (g & 63)
			g += step
		}
		p := &h.bits[w].alloc
		p.Store(p.Load() | mask)
	}
}

// span calls f with every word that has one of the n > 0 granules from g, and their mask.
func (h *heap) span(g, n uint64, f func(w *granules, mask uint64)) {
	last := g + n - 1
	for w := g / 64; w <= last/64; w++ {
		mask := ^uint64(0)
		if w == g/64 {
			mask <<= g & 63
		}
		if w == last/64 {
			mask &= ^uint64(0) >> (63 - last&63)
		}
		f(&h.bits[w], mask)
	}
}

// setMarks marks the n granules from g.
func (h *heap) setMarks(g, n uint64) {
	h.span(g, n, func(w *granules, mask uint64) { w.mark.Or(mask) })
}

// clearAlloc makes the n granules from g free. The caller owns the block.
func (h *heap) clearAlloc(g, n uint64) {
	h.span(g, n, func(w *granules, mask uint64) { w.alloc.Store(w.alloc.Load() &^ mask) })
}

// object returns the granule of the object that v is a reference to.
func (h *heap) object(v uint64) (g uint32, ok bool) {
	off := v&h.addrMask - h.Base
	if off >= h.Size || off%mutator.Granule != 0 {
		return 0, false
	}
	g = uint32(off >> granuleBits)
	return g, h.bits[g/64].alloc.Load()>>(g%64)&1 != 0
}

// inside returns the granule of the object that v points to or into.
func (h *heap) inside(v uint64) (g uint32, ok bool) {
	off := v - h.Base
	if off >= h.Size {
		return 0, false
	}
	b := off >> blockBits
	shape := h.blocks[b].shape.Load()
	value := uint64(shape &^ kinds)
	switch shape & kinds {
	case free:
		return 0, false
	case small:
		slot := off & (blockSize - 1) / value
		if slot >= blockSize/value {
			return 0, false // behind the last slot
		}
		off = b<<blockBits + slot*value
	case head:
		off = b << blockBits
	case rest:
		off = (b - value) << blockBits
	}
	g = uint32(off >> granuleBits)
	return g, h.bits[g/64].alloc.Load()>>(g%64)&1 != 0
}

// shade marks the object at granule g and reports whether it was unmarked.
func (h *heap) shade(g uint32) bool {
	w := &h.bits[g/64].mark
	bit := uint64(1) << (g & 63)
	return w.Load()&bit == 0 && w.Or(bit)&bit == 0
}

// shadeWords marks the objects that words may point into and appends to grey those that
// were unmarked.
func (h *heap) shadeWords(words []uint64, grey []uint32) []uint32 {
	for _, v := range words {
		if v-h.Base >= h.Size {
			continue
		}
		if g, ok := h.inside(v); ok && h.shade(g) {
			grey = append(grey, g)
		}
	}
	return grey
}

// extent returns the bytes of the slot or the large object that begins at granule g;
// 0 if none does any more.
func (h *heap) extent(g uint32) uint64 {
	shape := h.blocks[g/blockGranules].shape.Load()
	switch shape & kinds {
	case small:
		return uint64(shape &^ kinds)
	case head:
		return uint64(shape&^kinds) << blockBits
	}
	return 0
}
