package codecache

import "unsafe"

// region is the code memory: the same pages mapped twice, so that no address is
// both writable and executable.
type region struct {
	rw, rx []byte
}

func (r *region) base() uintptr { return uintptr(unsafe.Pointer(&r.rx[0])) }

// int3 is the breakpoint instruction. Memory that holds no code is full of it, so
// that a stray jump stops at once.
const int3 = 0xCC

func fill(b []byte) {
	for i := range b {
		b[i] = int3
	}
}
