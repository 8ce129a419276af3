package gcpar

// prefetch has the cache line at addr read, some time later.
//
//go:noescape
func prefetch(addr uintptr)
