package hart

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Arena is the memory that the states of one machine's harts live in.
//
// The conversions below are safe because the mapping is page-aligned, zeroed,
// large enough for n padded states, holds no Go pointers and is unmapped only when
// the Arena, which its users keep reachable, is garbage.
type Arena struct {
	mem    []byte
	stride uintptr
	n      int
}

const pageSize = 4096

// StateBytes is the memory that one hart's state may commit.
const StateBytes = (uint64(unsafe.Sizeof(State{})) + pageSize - 1) &^ (pageSize - 1)

// NewArena reserves states for n harts; each commits host memory as it is used.
func NewArena(n int) (*Arena, error) {
	stride := uintptr(StateBytes)
	mem, err := unix.Mmap(-1, 0, n*int(stride), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve the state of %d harts: %w", n, err)
	}
	a := &Arena{mem, stride, n}
	runtime.AddCleanup(a, unmap, mem)
	return a, nil
}

// unmap can fail only for a mapping that is not there.
func unmap(mem []byte) {
	if err := unix.Munmap(mem); err != nil {
		panic("BUG: unmap the state of harts: " + err.Error())
	}
}

// State returns hart i's state.
func (a *Arena) State(i int) *State {
	if i < 0 || i >= a.n {
		panic(fmt.Sprintf("BUG: hart %d of %d", i, a.n))
	}
	return (*State)(unsafe.Pointer(&a.mem[uintptr(i)*a.stride]))
}

// Close returns the memory. A late Kick of a hart, by a timer or a device that has
// just fired, still finds an address to write to: the mapping itself goes with
// the Arena.
func (a *Arena) Close() error {
	a.n = 0
	return unix.Madvise(a.mem, unix.MADV_DONTNEED)
}

// callBase is the stack pointer of an empty stack of native code: a number for those who
// live outside Go's heap, as the State does.
func (s *State) callBase() uintptr { return uintptr(unsafe.Pointer(&s.Calls[CallWords-2])) }
