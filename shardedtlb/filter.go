package shardedtlb

// The filters remember, with false positives and no false negatives, which pages
// a fence by address could concern beyond the one first-level index that it
// names. Both are emptied when all of the ids that they speak of are forgotten.

// pageFilter knows pages from which instructions were fetched. Jump caches
// elsewhere are keyed by FetchID, so a fence of such a page has to end the fetch
// ids; a fence of any other page must not.
type pageFilter struct{ bits [32]uint64 }

func (f *pageFilter) add(page uint64) { setBit(f.bits[:], spread(page>>pageShift)) }

func (f *pageFilter) has(page uint64) bool { return testBit(f.bits[:], spread(page>>pageShift)) }

// fragFilter knows the superpages that first-level entries, always of 4 KiB, are
// fragments of. A fence of any address in the superpage concerns all of them.
type fragFilter struct {
	sizes uint8 // sizes seen, a bit each
	bits  [8]uint64
}

func (f *fragFilter) add(size uint8, va uint64) {
	f.sizes |= 1 << size
	setBit(f.bits[:], f.hash(size, va))
}

// has reports whether va may lie in a superpage that was added.
func (f *fragFilter) has(va uint64) bool {
	for size := size64K; f.sizes>>size != 0; size++ {
		if f.sizes>>size&1 != 0 && testBit(f.bits[:], f.hash(size, va)) {
			return true
		}
	}
	return false
}

func (f *fragFilter) hash(size uint8, va uint64) uint64 {
	return spread(va>>sizeShift[size]<<3 | uint64(size))
}

// spread mixes x so that its top bits depend on all of it (Fibonacci hashing).
func spread(x uint64) uint64 { return x * 0x9e3779b97f4a7c15 }

// setBit sets the bit that the top of h picks; len(bits) is a power of two.
func setBit(bits []uint64, h uint64) {
	bits[h>>32&uint64(len(bits)-1)] |= 1 << (h >> 58)
}

func testBit(bits []uint64, h uint64) bool {
	return bits[h>>32&uint64(len(bits)-1)]>>(h>>58)&1 != 0
}
