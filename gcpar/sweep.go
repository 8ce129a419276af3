package gcpar

import (
	"math/bits"
	goruntime "runtime"
	"time"
)

// startSweep makes all blocks unswept. Every marked object lives, and mutators still
// allocate marked: what they own now they give back before they stop doing so.
func (c *Collector) startSweep(h *heap) {
	h.gen.Add(1)
	for b := range h.blocks {
		if b%(1<<12) == 0 && c.aborted.Load() {
			return
		}
		h.adopt(int32(b))
	}
}

// adopt puts the block b on the list of its class's unswept, if it is a small one of an
// old generation that nobody owns.
func (h *heap) adopt(b int32) {
	k := &h.blocks[b]
	for shape := k.shape.Load(); shape&kinds == small; shape = k.shape.Load() {
		cl := h.classWith(shape)
		cl.mu.Lock()
		if k.shape.Load() != shape { // it has become free meanwhile
			cl.mu.Unlock()
			continue
		}
		if k.place >= sparse && k.gen.Load() != h.gen.Load() {
			h.put(cl, b, unswept)
		}
		cl.mu.Unlock()
		return
	}
}

// sweepSmall frees the unmarked slots of an owned block and returns the place it
// belongs to.
func (h *heap) sweepSmall(b int32) (place uint8) {
	k := &h.blocks[b]
	size := k.shape.Load() &^ kinds
	words := h.bits[int(b)*blockWords : (int(b)+1)*blockWords]
	before, live := 0, 0
	for i := range words {
		w := &words[i]
		a := w.alloc.Load()
		if a == 0 {
			continue
		}
		before += bits.OnesCount64(a)
		if keep := a & w.mark.Load(); keep != a {
			w.alloc.Store(keep)
			a = keep
		}
		live += bits.OnesCount64(a)
	}
	k.gen.Store(h.gen.Load())
	h.used.Add(-int64(before-live) * int64(size))
	return placeOf(live, size)
}

// placeOf is where a swept block with live slots of size bytes belongs.
func placeOf(live int, size uint32) uint8 {
	switch slots := int(blockSize / size); {
	case live == 0:
		return nowhere
	case live <= slots/2:
		return sparse
	case live < slots:
		return dense
	}
	return full
}

// place is where the owned block b belongs, whose slots may be unswept.
func (h *heap) place(b int32) uint8 {
	k := &h.blocks[b]
	if k.gen.Load() != h.gen.Load() {
		return unswept
	}
	live := 0
	for i := range blockWords {
		live += bits.OnesCount64(h.bits[int(b)*blockWords+i].alloc.Load())
	}
	return placeOf(live, k.shape.Load()&^kinds)
}

// sweepLarge frees the large object that begins at block b, if no mark keeps it.
func (h *heap) sweepLarge(b int) {
	k := &h.blocks[b]
	gen := h.gen.Load()
	if k.gen.Load() == gen {
		return
	}
	k.gen.Store(gen)
	w := &h.bits[b*blockWords]
	if w.mark.Load()&1 != 0 || w.alloc.Load()&1 == 0 {
		return
	}
	h.freeLarge(b)
}

// freeLarge frees the large object that begins at block b.
func (h *heap) freeLarge(b int) {
	n := int(h.blocks[b].shape.Load() &^ kinds)
	h.bits[b*blockWords].alloc.Store(0)
	for i := range n {
		h.blocks[b+i].shape.Store(free)
	}
	h.used.Add(-int64(n) << blockBits)
	h.giveBlocks(b, n)
}

// sweep sweeps what mutators have not swept yet, and returns when they have finished
// too: after that, marks may be cleared. It gives way after each quota.
func (c *Collector) sweep(h *heap) {
	c.at("sweep")
	began := time.Now()
	pace := func(i int) {
		if i%16 == 0 && c.worked(began, c.sweepQuota()) {
			c.giveWay(c.cfg.SweepQuota)
			began = time.Now()
		}
	}
	for class := range h.classes {
		for i := 1; !c.aborted.Load(); i++ {
			b, ok := h.pop(class, unswept)
			if !ok {
				break
			}
			h.settle(b, h.sweepSmall(b))
			pace(i)
		}
	}
	for b := range h.blocks {
		if h.blocks[b].shape.Load()&kinds == head {
			h.sweepLarge(b)
		}
		if b%256 == 0 {
			if c.aborted.Load() {
				break
			}
			pace(0)
		}
	}
	for h.taking.Load() > 0 {
		goruntime.Gosched()
	}
}
