package codecache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"
)

// The unsafe code here is safe for these reasons. words are reached through a
// slice expression that checks the bounds of the code, and aligned, since codes
// begin at a cache line and the offset is checked. The memory is not Go's and
// holds no pointers. A code's mutex keeps the word from being reused or unmapped
// between the check and the access.

// state is where a code stands in its life; it only moves forward.
type state = int32

const (
	stateLive    state = iota // may be found and entered
	stateChosen               // chosen by eviction; the owner has been or will be told
	stateRetired              // unreachable, waiting for a quiescent point
	stateGone                 // memory given back
)

// Code is native code in executable memory. Its address never changes. It may be
// used by many goroutines at once.
type Code struct {
	cache *Cache
	owner any
	off   uint32 // in the region, bytes
	size  uint32 // as given to Place, bytes
	seq   uint64 // the reading of Cache.clock when it was placed

	// mu keeps a word of the code from being reclaimed while it is patched.
	mu sync.Mutex
	// state is moved by eviction, Retire and reclamation, with compare-and-swap,
	// to stateGone under mu; anyone reads it.
	state atomic.Int32
	// pinned is set by the owner and read by eviction and reclamation.
	pinned atomic.Bool
	// hits counts executions since the last clean-up: written by Touch and by
	// clean-ups, read by eviction.
	hits atomic.Uint64
	// used is the reading of Cache.clock at the last Touch. Written by Touch, read
	// by eviction.
	used atomic.Uint64

	arena *Arena // that placed it
	entry *entry // that it belongs to
	pos   int    // in entry.codes; guarded by the entry's shard
}

// Entry returns the address of the first byte in the executable mapping, a
// multiple of 64.
func (x *Code) Entry() uintptr { return x.cache.base + uintptr(x.off) }

// Size returns the length given to Place, bytes.
func (x *Code) Size() int { return int(x.size) }

// Owner returns what was given to Place.
func (x *Code) Owner() any { return x.owner }

// Live reports whether the code has not been retired, nor chosen for eviction.
func (x *Code) Live() bool { return x.state.Load() == stateLive }

// Pin keeps the code out of eviction, for code that everything else needs, such
// as entry and exit stubs. Call it before the arena's next Place. Retire still
// works.
func (x *Code) Pin() {
	if !x.pinned.Swap(true) {
		x.chunk().pins.Add(1)
	}
}

// Touch reports n executions since the last report. It costs an atomic addition.
func (x *Code) Touch(n uint64) {
	x.hits.Add(n)
	if now := x.cache.clock.Load(); x.used.Load() != now {
		x.used.Store(now)
	}
}

// Set32 stores v at off bytes from Entry, for who has placed the code and not yet made it
// reachable.
func (x *Code) Set32(off int, v int32) {
	binary.LittleEndian.PutUint32(x.memory()[off:], uint32(v))
}

// Patch32 stores v at off bytes from Entry with one atomic store, through the
// writable mapping, while harts may be running the code. off is a multiple of
// four. Once the code's memory has been given back Patch32 does nothing.
func (x *Code) Patch32(off int, v int32) {
	x.checkWord(off)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state.Load() != stateGone {
		atomic.StoreInt32(x.word(off), v)
	}
}

// Copy returns the code as of now; nil once its memory has been given back.
func (x *Code) Copy() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state.Load() == stateGone {
		return nil
	}
	return bytes.Clone(x.memory()[:x.size])
}

func (x *Code) checkWord(off int) {
	if off < 0 || off%4 != 0 || off+4 > int(x.size) {
		panic(fmt.Sprintf("BUG: codecache: word at offset %d of a code of %d bytes", off, x.size))
	}
}

func (x *Code) word(off int) *int32 {
	b := x.memory()[off : off+4]
	return (*int32)(unsafe.Pointer(&b[0]))
}

// memory is the code in the writable mapping, with the padding to whole granules.
func (x *Code) memory() []byte {
	return x.cache.mem.rw[x.off : x.off+x.span()]
}

// chunk is the one that the code begins in.
func (x *Code) chunk() *chunk { return &x.cache.chunks[x.off/chunkSize] }

// span is the size rounded up to whole granules.
func (x *Code) span() uint32 { return uint32(roundUp(int(x.size), granule)) }
