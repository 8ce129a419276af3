//go:build !amd64

package gcpar

// prefetch would have the cache line at addr read.
func prefetch(uintptr) {}
