package fpu

import (
	"math"
	"math/bits"
)

// sqrt is the exact square root.
func (f *format) sqrt(a uint64, rm RM) (uint64, Flags) {
	x := f.unpack(a)
	switch {
	case x.isNaN():
		return f.nanResult(x, x)
	case x.kind == zero:
		return a, 0
	case x.neg:
		return f.invalid()
	case x.kind == infinite:
		return a, 0
	}
	// With an even exponent the significand is scaled to [2^60, 2^61), with an odd one to [2^61, 2^62): the root of that,
	// followed by 64 zero bits, has 63 bits. The bits shifted out are clear in every format.
	m := x.sig >> (3 - uint(x.exp&1))
	root, exact := sqrt128(m)
	sig := root << 1
	if !exact {
		sig |= 1
	}
	return f.round(false, x.exp>>1, sig, rm)
}

// sqrt128 returns the integer square root of hi × 2^64 and whether it is exact. hi lies in [2^60, 2^62) and has at most 53
// significant bits.
//
// The host's square root serves as a guess within 2^11 of the root; one step of Newton's iteration squares the relative
// error, and what rounding leaves is repaired by looking at the squares.
func sqrt128(hi uint64) (root uint64, exact bool) {
	guess := uint64(math.Sqrt(float64(hi)) * (1 << 32))
	quo, _ := bits.Div64(hi, 0, guess)
	root = (guess + quo) / 2 // both lie below 2^63 + 2^12
	for exceeds(root, hi) {
		root--
	}
	for !exceeds(root+1, hi) {
		root++
	}
	h, l := bits.Mul64(root, root)
	return root, h == hi && l == 0
}

// exceeds says whether root² > hi × 2^64.
func exceeds(root, hi uint64) bool {
	h, l := bits.Mul64(root, root)
	return h > hi || h == hi && l != 0
}
