package shardedtlb

// The filters remember, with false positives and no false negatives, which pages
// a fence by address could concern beyond the one first-level index that it
// names. Both are emptied when all of the ids that they speak of are forgotten.
//
// A false positive costs a hart all that its first level and its jump caches know, so
// they have to be rare: guests fence a page whenever they map one, while a compiler is
// executed from thousands of pages, and a kernel lies in hundreds of superpages.

// bloom is a set of numbers to which more may seem to belong: 0.1 % of all others when it
// has 2,000. It takes 8 KiB from the first number on; harts that sleep have none.
type bloom struct {
	bits *[bloomBits / 64]uint64 // nil until something is added
	some bool                    // something has been added since it was emptied
}

const bloomBits = 1 << 16

// add adds x.
func (b *bloom) add(x uint64) {
	if b.bits == nil {
		b.bits = new([bloomBits / 64]uint64)
	}
	b.some = true
	for h := mix(x); h != 0; h >>= 16 {
		b.bits[h%bloomBits/64] |= 1 << (h % 64)
	}
}

// has reports whether x may have been added.
func (b *bloom) has(x uint64) bool {
	if !b.some {
		return false
	}
	for h := mix(x); h != 0; h >>= 16 {
		if b.bits[h%bloomBits/64]>>(h%64)&1 == 0 {
			return false
		}
	}
	return true
}

// empty forgets all that was added.
func (b *bloom) empty() {
	if b.some {
		clear(b.bits[:])
		b.some = false
	}
}

// mix makes of x three numbers of 16 bits, each of which depends on all of x.
func mix(x uint64) uint64 {
	x = spread(x)
	return spread(x^x>>32) >> 16
}

// pageFilter knows pages from which instructions were fetched. Jump caches
// elsewhere are keyed by FetchID, so a fence of such a page has to end the fetch
// ids; a fence of any other page must not.
type pageFilter struct{ pages bloom }

func (f *pageFilter) add(page uint64) { f.pages.add(page >> pageShift) }

func (f *pageFilter) has(page uint64) bool { return f.pages.has(page >> pageShift) }

func (f *pageFilter) empty() { f.pages.empty() }

// fragFilter knows the superpages that first-level entries, always of 4 KiB, are
// fragments of. A fence of any address in the superpage concerns all of them.
type fragFilter struct {
	sizes [2]uint8 // sizes seen in the lower and the upper half of address spaces, a bit each
	pages bloom
}

func (f *fragFilter) add(size uint8, va uint64) {
	f.sizes[va>>63] |= 1 << size
	f.pages.add(superpage(size, va))
}

// has reports whether va may lie in a superpage that was added.
func (f *fragFilter) has(va uint64) bool {
	sizes := f.sizes[va>>63]
	for size := size64K; sizes>>size != 0; size++ {
		if sizes>>size&1 != 0 && f.pages.has(superpage(size, va)) {
			return true
		}
	}
	return false
}

func (f *fragFilter) empty() {
	f.sizes = [2]uint8{}
	f.pages.empty()
}

// superpage is a number for the superpage of that size that va lies in.
func superpage(size uint8, va uint64) uint64 { return va>>sizeShift[size]<<3 | uint64(size) }

// spread mixes x so that its top bits depend on all of it (Fibonacci hashing).
func spread(x uint64) uint64 { return x * 0x9e3779b97f4a7c15 }
