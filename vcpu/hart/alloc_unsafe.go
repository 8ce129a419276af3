package hart

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Arena is the memory that the states of one machine's harts live in.
//
// The conversions below are safe because the mapping is page-aligned, zeroed,
// large enough for n padded states, holds no Go pointers and is unmapped only by
// Close, after the last use.
type Arena struct {
	mem    []byte
	stride uintptr
	n      int
}

const pageSize = 4096

// NewArena reserves states for n harts; each commits host memory as it is used.
func NewArena(n int) (*Arena, error) {
	stride := (unsafe.Sizeof(State{}) + pageSize - 1) &^ (pageSize - 1)
	mem, err := unix.Mmap(-1, 0, n*int(stride), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve the state of %d harts: %w", n, err)
	}
	return &Arena{mem, stride, n}, nil
}

// State returns hart i's state.
func (a *Arena) State(i int) *State {
	if i < 0 || i >= a.n {
		panic(fmt.Sprintf("BUG: hart %d of %d", i, a.n))
	}
	return (*State)(unsafe.Pointer(&a.mem[uintptr(i)*a.stride]))
}

// Close returns the memory; no state may be used afterwards.
func (a *Arena) Close() error {
	if a.mem == nil {
		return nil
	}
	mem := a.mem
	a.mem, a.n = nil, 0
	return unix.Munmap(mem)
}
