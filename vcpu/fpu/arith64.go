package fpu

import "math"

// Exponents of double precision, biased, between which a product of two numbers and the error of its rounding are both
// representable, with room for the sums that follow.
const (
	safeLow64  = 128
	safeHigh64 = 1919
)

// signBit64 flips a sign when xor'ed with a double.
const signBit64 = 1 << 63

// addInexact64 says whether s, the host's sum of x and y, lost anything: the error term of Knuth's TwoSum. The error of a
// sum is always representable, and with s below the largest binade no intermediate value overflows.
func addInexact64(x, y, s float64) bool {
	t := s - x
	return (x-(s-t))+(y-t) != 0
}

// Add64 returns a+b.
func Add64(a, b uint64, rm RM) (uint64, Flags) {
	if rm == RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		s := x + y
		if r := math.Float64bits(s); r>>52&expMask64 < expMax64 {
			return r, flagIf(addInexact64(x, y, s), NX)
		}
	}
	return f64.add(a, b, rm)
}

// Sub64 returns a-b.
func Sub64(a, b uint64, rm RM) (uint64, Flags) {
	if rm == RNE {
		x, y := math.Float64frombits(a), -math.Float64frombits(b)
		s := x + y
		if r := math.Float64bits(s); r>>52&expMask64 < expMax64 {
			return r, flagIf(addInexact64(x, y, s), NX)
		}
	}
	return f64.add(a, b^signBit64, rm)
}

// Mul64 returns a×b.
//
// The error of a rounded product is a multiple of the product of its factors' last bits; in the guarded range that is
// above the smallest subnormal, so that the FMA gives the error exactly.
func Mul64(a, b uint64, rm RM) (uint64, Flags) {
	if rm == RNE {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		p := float64(x * y)
		if r := math.Float64bits(p); inRange64(r, safeLow64, expMax64) {
			return r, flagIf(math.FMA(x, y, -p) != 0, NX)
		}
	}
	return f64.mul(a, b, rm)
}

// Div64 returns a÷b.
//
// The remainder a-q×b of a rounded quotient is representable if the dividend is not among the smallest: it is a multiple
// of the product of the last bits of q and b, and no larger than half a last bit of q times b.
func Div64(a, b uint64, rm RM) (uint64, Flags) {
	if rm == RNE && inRange64(a, safeLow64, expMax64) {
		x, y := math.Float64frombits(a), math.Float64frombits(b)
		q := x / y
		if r := math.Float64bits(q); inRange64(r, 2, expMax64) {
			return r, flagIf(math.FMA(-q, y, x) != 0, NX)
		}
	}
	return f64.div(a, b, rm)
}

// Sqrt64 returns the square root of a. The remainder a-s×s is representable like that of a division.
func Sqrt64(a uint64, rm RM) (uint64, Flags) {
	// Without a mask, so that a set sign bit falls out of the range.
	if rm == RNE && a>>52-safeLow64 <= expMax64-safeLow64 {
		x := math.Float64frombits(a)
		s := math.Sqrt(x)
		return math.Float64bits(s), flagIf(math.FMA(-s, s, x) != 0, NX)
	}
	return f64.sqrt(a, rm)
}

// FMA64 returns a×b+c, rounded once. The other three fused instructions flip the signs of a and of c.
func FMA64(a, b, c uint64, rm RM) (uint64, Flags) {
	if rm == RNE {
		x, y, z := math.Float64frombits(a), math.Float64frombits(b), math.Float64frombits(c)
		p, r := float64(x*y), math.FMA(x, y, z)
		rbits := math.Float64bits(r)
		if inRange64(math.Float64bits(p), safeLow64, safeHigh64) && inRange64(rbits, safeLow64, safeHigh64) {
			return rbits, flagIf(fmaInexact64(p, math.FMA(x, y, -p), z, r), NX)
		}
	}
	return f64.fma(a, b, c, rm)
}

// fmaInexact64 says whether r, the rounded sum of z and the product p+e, lost anything: the error of a fused multiply-add
// as Boldo and Muller compute it ("Exact and Approximated Error of the FMA", 2011). With p and r in the guarded range so
// is z or it is smaller, and additions do not underflow, so nothing overflows and every step but the last is exact.
func fmaInexact64(p, e, z, r float64) bool {
	low, lowErr := twoSum64(z, e)
	high, highErr := twoSum64(p, low)
	return (high-r)+highErr != -lowErr
}

// twoSum64 returns the rounded sum of x and y and its error.
func twoSum64(x, y float64) (sum, err float64) {
	sum = x + y
	t := sum - x
	return sum, (x - (sum - t)) + (y - t)
}
