package shardedtlb

// Bits of a page-table entry (privileged architecture, chapters Sv39, Svnapot
// and Svpbmt).
const (
	pteV = 1 << 0
	pteR = 1 << 1
	pteW = 1 << 2
	pteX = 1 << 3
	pteU = 1 << 4
	pteG = 1 << 5
	pteA = 1 << 6
	pteD = 1 << 7

	ptePPNShift = 10
	ptePPNMask  = (1<<44 - 1) << ptePPNShift
	pteReserved = 0x7f << 54
	ptePBMT     = 3 << 61
	pteN        = 1 << 63
)

// Leaf sizes. A translation is cached at the size of its leaf; size64K is a
// Svnapot leaf, which sits at the lowest level of the page table.
const (
	size4K uint8 = iota
	size64K
	size2M
	size1G
	size512G
	size256T
	numSizes
)

// sizeShift is the base-2 logarithm of a leaf size in bytes.
var sizeShift = [numSizes]uint8{12, 16, 21, 30, 39, 48}

// levelSize is the leaf size of each page-table level.
var levelSize = [5]uint8{size4K, size2M, size1G, size512G, size256T}

// leaf is a finished translation: a PTE whose page number is aligned to its
// size. All of the PTE's permission bits are kept, so that one leaf serves every
// privilege.
type leaf struct {
	pte  uint64 // pteV.. pteD and the page number, nothing else
	size uint8
}

// pa returns the physical address of va, which l translates.
func (l leaf) pa(va uint64) uint64 {
	in := uint64(1)<<sizeShift[l.size] - 1
	return l.pte&ptePPNMask<<(pageShift-ptePPNShift) | va&in
}

// makeLeaf checks what does not depend on the access: reserved encodings and
// the alignment of the page number. ok false is a page fault.
func makeLeaf(pte uint64, level int, env uint8) (l leaf, ok bool) {
	if pbmt := pte & ptePBMT; pbmt != 0 && (env&envPBMTE == 0 || pbmt == ptePBMT) {
		return leaf{}, false
	}
	l = leaf{pte &^ (ptePBMT | pteN), levelSize[level]}
	if pte&pteN != 0 {
		// Only 64 KiB is defined: page number bits 3..0 are 1000.
		if level != 0 || pte>>ptePPNShift&0xf != 8 {
			return leaf{}, false
		}
		l.size = size64K
		l.pte &^= 0xf << ptePPNShift
	}
	low := uint64(1)<<(sizeShift[l.size]-pageShift) - 1
	return l, l.pte>>ptePPNShift&low == 0
}

// pointer reports whether pte is a valid link to the next lower table: D, A, U,
// PBMT and N are reserved there.
func pointer(pte uint64) bool {
	return pte&(pteA|pteD|pteU|ptePBMT|pteN) == 0
}

// permits reports whether a leaf's permission bits allow the access in view v.
// A and D are not looked at.
func permits(pte uint64, acc Access, v *view) bool {
	if v.priv == U {
		if pte&pteU == 0 {
			return false
		}
	} else if pte&pteU != 0 && (acc == Fetch || !v.sum) {
		return false
	}
	switch acc {
	case Fetch:
		return pte&pteX != 0
	case Load:
		return pte&pteR != 0 || v.mxr && pte&pteX != 0
	default:
		return pte&pteW != 0
	}
}

// adNeeded returns the A and D bits that the access wants to find set.
func adNeeded(acc Access) uint64 {
	if acc == Store {
		return pteA | pteD
	}
	return pteA
}
