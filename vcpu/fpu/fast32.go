package fpu

import "math"

// The single-precision counterparts of fast64.go, with the same contract.

const (
	expMask32 = 0xff
	expMax32  = expMask32 - 1 // largest biased exponent of a finite number
)

// inRange32 says whether the biased exponent of v lies in [low, high].
func inRange32(v uint32, low, high uint32) bool { return v>>23&expMask32-low <= high-low }

// AddFast32 adds, under the conditions of AddFast64.
func AddFast32(a, b uint32) (r uint32, ok bool) {
	r = math.Float32bits(math.Float32frombits(a) + math.Float32frombits(b))
	return r, r>>23&expMask32 != expMask32
}

// SubFast32 subtracts, under the conditions of AddFast64.
func SubFast32(a, b uint32) (r uint32, ok bool) {
	r = math.Float32bits(math.Float32frombits(a) - math.Float32frombits(b))
	return r, r>>23&expMask32 != expMask32
}

// MulFast32 multiplies, under the conditions of MulFast64.
func MulFast32(a, b uint32) (r uint32, ok bool) {
	r = math.Float32bits(math.Float32frombits(a) * math.Float32frombits(b))
	return r, inRange32(r, 2, expMax32)
}

// DivFast32 divides, under the conditions of DivFast64.
func DivFast32(a, b uint32) (r uint32, ok bool) {
	r = math.Float32bits(math.Float32frombits(a) / math.Float32frombits(b))
	return r, inRange32(r, 2, expMax32)
}

// SqrtFast32 takes the square root, under the conditions of SqrtFast64. Rounding the double-precision root again is
// innocuous, since 53 bits are at least twice 24 and two more; the compiler makes it one single-precision instruction.
func SqrtFast32(a uint32) (r uint32, ok bool) {
	r = math.Float32bits(float32(math.Sqrt(float64(math.Float32frombits(a)))))
	return r, r>>23&expMask32 != expMask32
}

// FMAFast32 returns a×b+c rounded once. In double precision the product is exact, and rounding the rounded sum a second
// time can go wrong only if the first rounding landed on the middle between two single-precision numbers: otherwise the
// true sum lies on the same side of every such middle as the rounded one. Normal results have their middle where the 29
// lower bits of the double are 1 followed by zeros.
func FMAFast32(a, b, c uint32) (r uint32, ok bool) {
	p := float64(math.Float32frombits(a)) * float64(math.Float32frombits(b))
	s := float64(p) + float64(math.Float32frombits(c))
	r = math.Float32bits(float32(s))
	return r, inRange32(r, 2, expMax32) && math.Float64bits(s)<<35 != 1<<63
}
