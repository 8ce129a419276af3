package blocks

// A guest's kernel fills pages of code that it has done with, and its allocators clear them for others. Each store takes the slow path as long as
// one block is left in the page, maybe at its end. So a run of stores that has come over a block takes the rest of the page's blocks with it. A
// guest that adds code behind code that is still good, as compilers in it do, comes over none.

// overwritten is how long a run of stores must be for that, in bytes: longer than what who changes an instruction here and there writes.
const overwritten = 256

// storeRun is stores to a page that holds code, one behind the other.
type storeRun struct {
	next, size uint64 // where it goes on, and how long it is, in bytes
	killed     bool   // it has come over a block
}

// over counts a store of n bytes at off in the page, maybe twice in a row, and whether a block lay there. It reports whether the page is being
// overwritten.
func (r *storeRun) over(off, n uint64, killed bool) bool {
	switch off {
	case r.next:
		r.size += n
	case r.next - n: // the same once more
	default:
		*r = storeRun{size: n}
	}
	r.next, r.killed = off+n, r.killed || killed
	return r.killed && r.size >= overwritten
}
