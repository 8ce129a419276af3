package fpu

import "math"

// The functions of this file give a result that is right for RNE, and ok if that is certain and no flag but NX can be
// due. They are for callers that know NX to be set already, and small enough for the compiler to inline.

const (
	expMask64 = 0x7ff
	expMax64  = expMask64 - 1 // largest biased exponent of a finite number
)

// inRange64 says whether the biased exponent of v lies in [low, high].
func inRange64(v uint64, low, high uint64) bool { return v>>52&expMask64-low <= high-low }

// AddFast64 adds. A finite sum has finite operands and did not overflow, and a sum in the subnormal range is exact.
func AddFast64(a, b uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.Float64frombits(a) + math.Float64frombits(b))
	return r, r>>52&expMask64 != expMask64
}

// SubFast64 subtracts, under the conditions of AddFast64.
func SubFast64(a, b uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.Float64frombits(a) - math.Float64frombits(b))
	return r, r>>52&expMask64 != expMask64
}

// MulFast64 multiplies. A normal product has finite operands and did not overflow; products near the smallest normal
// number are left out because they may have been carried up to it by rounding.
func MulFast64(a, b uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.Float64frombits(a) * math.Float64frombits(b))
	return r, inRange64(r, 2, expMax64)
}

// DivFast64 divides. A normal quotient has finite operands that are not zero; the rest is as in MulFast64.
func DivFast64(a, b uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.Float64frombits(a) / math.Float64frombits(b))
	return r, inRange64(r, 2, expMax64)
}

// SqrtFast64 takes the square root. It is finite only for finite operands that are not below zero, and never tiny.
func SqrtFast64(a uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.Sqrt(math.Float64frombits(a)))
	return r, r>>52&expMask64 != expMask64
}

// FMAFast64 returns a×b+c rounded once, under the conditions of MulFast64.
func FMAFast64(a, b, c uint64) (r uint64, ok bool) {
	r = math.Float64bits(math.FMA(math.Float64frombits(a), math.Float64frombits(b), math.Float64frombits(c)))
	return r, inRange64(r, 2, expMax64)
}
