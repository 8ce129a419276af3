package shardedtlb

import "unsafe"

// setBytes is the size of a set.
const setBytes = uint64(unsafe.Sizeof(set{}))

// makeSets allocates n sets, each on a cache line of its own.
//
// Go promises no alignment beyond 8 bytes, so one set more is allocated and the
// first aligned address inside is taken. That is safe: the result lies within the
// allocation and keeps it alive, Go's collector does not move objects, and set
// holds no pointers.
func makeSets(n int) []set {
	const line = unsafe.Sizeof(set{})
	raw := make([]set, n+1)
	p := unsafe.Pointer(unsafe.SliceData(raw))
	off := -uintptr(p) % line
	return unsafe.Slice((*set)(unsafe.Add(p, off)), n)
}
