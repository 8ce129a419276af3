package codecache

import "unsafe"

// The unsafe code here is safe because it takes addresses of mappings that live as long
// as the region, outside Go's heap, and never goes back from a number to a pointer.

// region is the code memory: the same pages mapped twice, so that no address is
// both writable and executable.
type region struct {
	rw, rx []byte
}

// mapped is the memory of a mapping.
func mapped(p unsafe.Pointer, size int) []byte { return unsafe.Slice((*byte)(p), size) }

// address is where b begins.
func address(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

func (r *region) base() uintptr { return uintptr(unsafe.Pointer(&r.rx[0])) }
