package fpu

import "math"

// signBit32 flips a sign when xor'ed with a single.
const signBit32 = 1 << 31

// narrow makes a pair of single precision out of what the format-independent code returns.
func narrow(r uint64, flags Flags) (uint32, Flags) { return uint32(r), flags }

// addInexact32 is addInexact64 in single precision. Double precision would not do: a sum of two singles far apart is
// inexact there too, and may still compare equal to its rounding.
func addInexact32(x, y, s float32) bool {
	t := s - x
	return (x-(s-t))+(y-t) != 0
}

// Add32 returns a+b.
func Add32(a, b uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		x, y := math.Float32frombits(a), math.Float32frombits(b)
		s := x + y
		if r := math.Float32bits(s); r>>23&expMask32 < expMax32 {
			return r, flagIf(addInexact32(x, y, s), NX)
		}
	}
	return narrow(f32.add(uint64(a), uint64(b), rm))
}

// Sub32 returns a-b.
func Sub32(a, b uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		x, y := math.Float32frombits(a), -math.Float32frombits(b)
		s := x + y
		if r := math.Float32bits(s); r>>23&expMask32 < expMax32 {
			return r, flagIf(addInexact32(x, y, s), NX)
		}
	}
	return narrow(f32.add(uint64(a), uint64(b^signBit32), rm))
}

// Mul32 returns a×b. Double precision holds the product exactly.
func Mul32(a, b uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		p := float64(math.Float32frombits(a)) * float64(math.Float32frombits(b))
		s := float32(p)
		if r := math.Float32bits(s); inRange32(r, 2, expMax32) {
			return r, flagIf(float64(s) != p, NX)
		}
	}
	return narrow(f32.mul(uint64(a), uint64(b), rm))
}

// Div32 returns a÷b. Double precision holds the product of quotient and divisor exactly.
func Div32(a, b uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		x, y := math.Float32frombits(a), math.Float32frombits(b)
		q := x / y
		if r := math.Float32bits(q); inRange32(r, 2, expMax32) {
			return r, flagIf(float64(q)*float64(y) != float64(x), NX)
		}
	}
	return narrow(f32.div(uint64(a), uint64(b), rm))
}

// Sqrt32 returns the square root of a. Double precision holds the square of the root exactly.
func Sqrt32(a uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		if r, ok := SqrtFast32(a); ok {
			s := float64(math.Float32frombits(r))
			return r, flagIf(s*s != float64(math.Float32frombits(a)), NX)
		}
	}
	return narrow(f32.sqrt(uint64(a), rm))
}

// FMA32 returns a×b+c, rounded once. The other three fused instructions flip the signs of a and of c.
func FMA32(a, b, c uint32, rm RM) (uint32, Flags) {
	if rm == RNE {
		if r, ok := FMAFast32(a, b, c); ok {
			// The double-precision product is exact. The sum is if TwoSum leaves no error.
			p := float64(math.Float32frombits(a)) * float64(math.Float32frombits(b))
			s, err := twoSum64(float64(p), float64(math.Float32frombits(c)))
			return r, flagIf(err != 0 || float64(math.Float32frombits(r)) != s, NX)
		}
	}
	return narrow(f32.fma(uint64(a), uint64(b), uint64(c), rm))
}
