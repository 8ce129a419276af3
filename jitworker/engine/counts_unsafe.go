package engine

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// counts are words outside Go's heap that native code adds to.
//
// The conversions are safe because the mapping is page-aligned and holds n words
// and no Go pointer, and because whoever closes it knows that no native code runs;
// the addresses that code has are not followed by Go.
type counts struct {
	words []uint64 // in mem, or a copy of it once that is gone
	mem   []byte   // nil after close
}

func newCounts(n int) (counts, error) {
	mem, err := unix.Mmap(-1, 0, 8*n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return counts{}, fmt.Errorf("reserve counters for %d blocks: %w", n, err)
	}
	return counts{unsafe.Slice((*uint64)(unsafe.Pointer(&mem[0])), n), mem}, nil
}

// address is where native code finds word i.
func (c *counts) address(i int) uintptr { return uintptr(unsafe.Pointer(&c.words[i])) }

func (c *counts) load(i int) uint64 { return atomic.LoadUint64(&c.words[i]) }

// close keeps the values and unmaps the words.
func (c *counts) close() error {
	if c.mem == nil {
		return nil
	}
	mem := c.mem
	c.words, c.mem = append([]uint64(nil), c.words...), nil
	return unix.Munmap(mem)
}
