package gcpar

import (
	"math/bits"
	goruntime "runtime"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

const (
	// distance is the number of objects between the prefetch of an object and its trace.
	distance = 12
	// pieceWords are the words of an object that are traced at once; larger ones are
	// shared among the markers.
	pieceWords = 1 << 13
	// wordsPerStep are the words that count as much as an object does.
	wordsPerStep = 32
	// spareLen is the length of a marker's stack from which it lets others steal.
	spareLen = 8
)

// marker is a worker of the marking phase.
type marker struct {
	c     *Collector
	h     *heap
	id    int
	own   *queue
	stack []uint32
	// soon are objects that are on their way into the processor's cache, a ring.
	soon       [distance]uint32
	first, len int

	objects, bytes uint64 // traced

	_ [128]byte // what another marker writes lies in other cache lines
}

// run marks until there is nothing left to do, or the collector is aborted. The first
// marker is never surplus; when it has finished, the others do not wait for their turn
// any more, for the barrier may go on logging.
func (k *marker) run(h *heap) {
	c := k.c
	k.h = h
	if k.id == 0 {
		defer c.leading.Store(false)
	}
	c.busy.Add(1)
	defer c.busy.Add(-1)
	for idle := 0; ; idle++ {
		if !k.surplus() && k.fetch() {
			k.work()
			idle = 0
		}
		c.busy.Add(-1)
		for c.available.Load() == 0 || k.surplus() {
			if c.busy.Load() == 0 && c.available.Load() == 0 || c.aborted.Load() || !c.leading.Load() && k.surplus() {
				c.busy.Add(1)
				return
			}
			if idle++; idle < 32 {
				goruntime.Gosched()
			} else {
				time.Sleep(20 * time.Microsecond)
			}
		}
		c.busy.Add(1)
		if c.aborted.Load() {
			return
		}
	}
}

// surplus reports whether k is one of more markers than the harts leave CPUs for. It
// waits then, while the first ones work.
func (k *marker) surplus() bool { return k.id >= k.c.allowed() }

// fetch gets objects to trace: k's own, the barrier's, or others'.
func (k *marker) fetch() bool {
	c := k.c
	if c.available.Load() == 0 {
		return false
	}
	if p, ok := c.takePiece(); ok {
		k.tracePiece(p)
		return true
	}
	if chunk, ok := k.own.take(&c.available); ok {
		k.stack = append(k.stack, chunk...)
		return true
	}
	for i := range c.queues {
		if chunk, ok := c.queues[(k.id+i)%len(c.queues)].take(&c.available); ok {
			k.stack = append(k.stack, chunk...)
			return true
		}
	}
	return false
}

// work traces all that k has, and gives way after each quota.
func (k *marker) work() {
	c := k.c
	for began := time.Now(); ; {
		for step := uint64(0); step < uint64(c.cfg.Step); step++ {
			g, ok := k.next()
			if !ok {
				k.account()
				return
			}
			step += k.trace(g) / wordsPerStep
		}
		if len(k.stack) > spareLen && c.busy.Load() < int64(len(c.markers)) && c.available.Load() < int64(len(c.markers)) {
			k.share(len(k.stack) / 2)
		}
		if c.aborted.Load() {
			return
		}
		if quota := c.quota(); c.worked(began, quota) {
			k.account()
			if k.surplus() {
				k.shareAll()
				return
			}
			c.giveWay(c.cfg.MarkQuota)
			began = time.Now()
		}
	}
}

// share lets others steal the n objects at the bottom of k's stack.
func (k *marker) share(n int) {
	k.own.give(&k.c.available, k.stack[:n])
	k.stack = k.stack[:copy(k.stack, k.stack[n:])]
}

// shareAll leaves all that k has to others.
func (k *marker) shareAll() {
	for ; k.len > 0; k.len-- {
		k.stack = append(k.stack, k.soon[k.first])
		k.first = (k.first + 1) % distance
	}
	k.share(len(k.stack))
}

func (k *marker) account() {
	k.c.counters.markedObjects.Add(k.objects)
	k.c.counters.markedBytes.Add(k.bytes)
	k.objects, k.bytes = 0, 0
}

// next returns the object to trace now, and has a later one fetched into the cache
// (Cher, Hosking and Vitek, "Software Prefetching for Mark-Sweep Garbage Collection",
// ASPLOS 2004).
func (k *marker) next() (g uint32, ok bool) {
	for k.len < distance && len(k.stack) > 0 {
		last := len(k.stack) - 1
		g = k.stack[last]
		k.stack = k.stack[:last]
		prefetch(k.h.Host + uintptr(g)<<granuleBits)
		k.soon[(k.first+k.len)%distance] = g
		k.len++
	}
	if k.len == 0 {
		return 0, false
	}
	g = k.soon[k.first]
	k.first = (k.first + 1) % distance
	k.len--
	return g, true
}

// trace marks what the object at granule g refers to and returns the number of words it
// has looked at. The object's header may be anything: what a guest writes there stays
// within the object.
func (k *marker) trace(g uint32) (seen uint64) {
	h := k.h
	extent := h.extent(g)
	k.objects++
	k.bytes += extent
	if extent < 2*mutator.HeaderSize {
		return 0
	}
	addr := h.Host + uintptr(g)<<granuleBits
	header := wordAt(addr).Load()
	l := &h.tables.layouts[uint32(header)%NumTypes]
	words := extent/8 - 1
	addr += mutator.HeaderSize
	if l.conservative != 0 {
		return k.tracePieces(piece{addr: addr, n: words, elem: 1, refs: 1, inside: true})
	}
	for refs := l.fixedRefs; refs != 0; refs &= refs - 1 {
		i := uint64(bits.TrailingZeros64(refs))
		if i >= words {
			return seen
		}
		k.visit(wordAt(addr + uintptr(i)*8).Load())
		seen++
	}
	fixed := uint64(l.fixedWords)
	if l.elemWords == 0 || fixed >= words {
		return seen
	}
	elem := uint64(l.elemWords)
	n := min(header>>32, (words-fixed)/elem)
	return seen + k.tracePieces(piece{addr: addr + uintptr(fixed)*8, n: n, elem: elem, refs: l.elemRefs})
}

// piece is memory to be traced: n elements of elem words from the host's address addr.
type piece struct {
	addr          uintptr
	n, elem, refs uint64
	inside        bool // words may point into objects
}

// tracePieces traces p, or leaves it to all markers if it is long.
func (k *marker) tracePieces(p piece) (seen uint64) {
	if p.n > 1 && p.n*p.elem > pieceWords {
		k.c.offer(p)
		return 0
	}
	return k.tracePiece(p)
}

// tracePiece marks what the words of p refer to, and returns how many it has looked at.
func (k *marker) tracePiece(p piece) (seen uint64) {
	for range p.n {
		for r := p.refs; r != 0; r &= r - 1 {
			v := wordAt(p.addr + uintptr(bits.TrailingZeros64(r))*8).Load()
			if p.inside {
				k.visitInside(v)
			} else {
				k.visit(v)
			}
		}
		p.addr += uintptr(p.elem) * 8
	}
	return p.n * uint64(bits.OnesCount64(p.refs))
}

// offer lets any marker take parts of p, which has elements.
func (c *Collector) offer(p piece) {
	c.pieces.mu.Lock()
	defer c.pieces.mu.Unlock()
	c.pieces.list = append(c.pieces.list, p)
	c.available.Add(1)
}

// takePiece takes a part of what there is to share, of some pieceWords.
func (c *Collector) takePiece() (p piece, ok bool) {
	c.pieces.mu.Lock()
	defer c.pieces.mu.Unlock()
	last := len(c.pieces.list) - 1
	if last < 0 {
		return piece{}, false
	}
	rest := &c.pieces.list[last]
	p = *rest
	p.n = min(p.n, max(pieceWords/p.elem, 1))
	rest.addr += uintptr(p.n*p.elem) * 8
	if rest.n -= p.n; rest.n == 0 {
		c.pieces.list = c.pieces.list[:last]
		c.available.Add(-1)
	}
	return p, true
}

// dropPieces forgets what there is to share.
func (c *Collector) dropPieces() {
	c.pieces.mu.Lock()
	defer c.pieces.mu.Unlock()
	c.available.Add(-int64(len(c.pieces.list)))
	c.pieces.list = nil
}

// visit marks the object that v is a reference to.
func (k *marker) visit(v uint64) {
	h := k.h
	off := v&h.addrMask - h.Base
	if off >= h.Size || off%mutator.Granule != 0 {
		return
	}
	g := uint32(off >> granuleBits)
	w := &h.bits[g/64]
	bit := uint64(1) << (g & 63)
	if w.alloc.Load()&bit == 0 || w.mark.Load()&bit != 0 || w.mark.Or(bit)&bit != 0 {
		return
	}
	k.stack = append(k.stack, g)
}

// visitInside marks the object that v points to or into.
func (k *marker) visitInside(v uint64) {
	if v-k.h.Base >= k.h.Size {
		return
	}
	if g, ok := k.h.inside(v); ok && k.h.shade(g) {
		k.stack = append(k.stack, g)
	}
}
