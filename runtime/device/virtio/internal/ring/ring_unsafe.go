package ring

import (
	"sync/atomic"
	"unsafe"
)

// The unsafe code here is safe for these reasons. Indexing b checks that the
// field lies in the slice. Go has no 16-bit atomics, so that a 16-bit field is
// reached through the aligned 32-bit word around it: that word may begin two bytes
// before the slice or end two bytes after it, but never leaves the page, and pages
// of guest RAM are mapped whole. The memory is not Go's, holds no pointers and
// stays mapped until the machine is closed.

// word returns the aligned word that holds the 16-bit field at b[off], and the
// field's shift in it. off must be even relative to an even address.
func word(b []byte, off int) (w *uint32, shift uint) {
	_ = b[off+1]
	p := unsafe.Pointer(&b[off])
	low := uintptr(p) & 2
	return (*uint32)(unsafe.Add(p, -int(low))), uint(low) * 8
}

// Load16 reads the 16-bit field at b[off].
func Load16(b []byte, off int) uint16 {
	w, shift := word(b, off)
	return uint16(atomic.LoadUint32(w) >> shift)
}

// Store16 writes the 16-bit field at b[off] and leaves its neighbours alone. A
// reader may see zero for a moment. Loads that follow are not done earlier.
func Store16(b []byte, off int, v uint16) {
	w, shift := word(b, off)
	atomic.AndUint32(w, ^(0xffff << shift))
	atomic.OrUint32(w, uint32(v)<<shift)
}

// Load32 reads the aligned 32-bit field at b[off].
func Load32(b []byte, off int) uint32 {
	_ = b[off+3]
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&b[off])))
}

// Store32 writes the aligned 32-bit field at b[off]. Stores before it are visible
// to who sees it, and loads that follow are not done earlier.
func Store32(b []byte, off int, v uint32) {
	_ = b[off+3]
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&b[off])), v)
}
