package codecache

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

const (
	// chunkSize is what an arena takes at once, bytes.
	chunkSize = 64 << 10
	// granule is the unit of allocation and the alignment of entries, bytes: a
	// cache line, so that writing one code never touches a line in which another
	// is running (the host would flush its pipeline).
	granule       = 64
	chunkGranules = chunkSize / granule
)

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// kind says what a chunk is used for.
type kind uint8

const (
	kindFree   kind = iota
	kindCarved      // cut into codes and holes
	kindSpan        // part of one code larger than a chunk
)

// hole is free memory, offset and length in bytes within the chunk.
type hole struct {
	off, len uint32
}

// index finds the code that starts at a granule.
type index [chunkGranules]atomic.Pointer[Code]

// chunk is 64 KiB of code memory. Different arenas carve neighbours.
type chunk struct {
	_ cpu.CacheLinePad

	// Guarded by Cache.mu.
	kind   kind
	owner  *Arena // the arena that takes from it first; others may when nothing else is left
	filled bool   // has been filled with traps once

	// mu guards holes, which are sorted by offset and never touch one another.
	mu    sync.Mutex
	holes []hole

	// room is the largest hole, bytes. Written under mu; read without it, as a
	// hint, by whoever looks for room.
	room atomic.Uint32
	// free is the sum of the holes, bytes. Written under mu; read without it, as a
	// hint, by eviction.
	free atomic.Uint32
	// pins counts the pinned codes in the chunk. Written by Pin and reclamation,
	// read by eviction.
	pins atomic.Int32

	// index is written by the arena that carves the chunk first, its elements by
	// whoever places or reclaims code. Find reads both.
	index atomic.Pointer[index]
	// span is the code that covers the chunk if kind is kindSpan. Written under
	// Cache.mu, read by Find.
	span atomic.Pointer[Code]
}

// open makes the whole chunk one hole.
func (ch *chunk) open() {
	if ch.index.Load() == nil {
		ch.index.Store(new(index))
	}
	ch.mu.Lock()
	ch.holes = append(ch.holes[:0], hole{0, chunkSize})
	ch.measure()
	ch.mu.Unlock()
}

// carve cuts size bytes from the first hole that is large enough.
func (ch *chunk) carve(size uint32) (off uint32, ok bool) {
	if ch.room.Load() < size {
		return 0, false
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	for i := range ch.holes {
		h := &ch.holes[i]
		if h.len < size {
			continue
		}
		off = h.off
		h.off += size
		h.len -= size
		if h.len == 0 {
			ch.holes = slices.Delete(ch.holes, i, i+1)
		}
		ch.measure()
		return off, true
	}
	return 0, false
}

// giveBack returns size bytes at off and joins them with the holes beside. It
// reports whether the chunk is empty now.
func (ch *chunk) giveBack(off, size uint32) (empty bool) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	i, _ := slices.BinarySearchFunc(ch.holes, off, func(h hole, off uint32) int {
		return int(h.off) - int(off)
	})
	end := off + size
	if i < len(ch.holes) && ch.holes[i].off < end || i > 0 && ch.holes[i-1].off+ch.holes[i-1].len > off {
		panic(fmt.Sprintf("BUG: codecache: %d bytes at %d freed twice", size, off))
	}
	before := i > 0 && ch.holes[i-1].off+ch.holes[i-1].len == off
	after := i < len(ch.holes) && ch.holes[i].off == end
	switch {
	case before && after:
		ch.holes[i-1].len += size + ch.holes[i].len
		ch.holes = slices.Delete(ch.holes, i, i+1)
	case before:
		ch.holes[i-1].len += size
	case after:
		ch.holes[i].off = off
		ch.holes[i].len += size
	default:
		ch.holes = slices.Insert(ch.holes, i, hole{off, size})
	}
	ch.measure()
	return ch.room.Load() == chunkSize
}

// shut makes a chunk without codes one without holes, for use as a whole.
func (ch *chunk) shut() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.holes = ch.holes[:0]
	ch.measure()
}

// measure brings room and free up to date. The caller holds mu.
func (ch *chunk) measure() {
	var room, free uint32
	for _, h := range ch.holes {
		room = max(room, h.len)
		free += h.len
	}
	ch.room.Store(room)
	ch.free.Store(free)
}
