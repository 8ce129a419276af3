package fpu

import "math"

func isNaN32(a uint32) bool { return a&^signBit32 > expMask32<<23 }

// isSignalling32 says whether a is a NaN with its quiet bit clear.
func isSignalling32(a uint32) bool { return isNaN32(a) && a>>22&1 == 0 }

// invalidIfSignalling32 is what quiet comparisons and minima raise.
func invalidIfSignalling32(a, b uint32) Flags {
	return flagIf(isSignalling32(a) || isSignalling32(b), NV)
}

// Eq32 is feq.s: a quiet comparison, which raises NV for signalling NaNs only.
func Eq32(a, b uint32) (bool, Flags) {
	return math.Float32frombits(a) == math.Float32frombits(b), invalidIfSignalling32(a, b)
}

// Lt32 is flt.s: a signalling comparison, which raises NV for every NaN.
func Lt32(a, b uint32) (bool, Flags) {
	return math.Float32frombits(a) < math.Float32frombits(b), flagIf(isNaN32(a) || isNaN32(b), NV)
}

// Le32 is fle.s: a signalling comparison, which raises NV for every NaN.
func Le32(a, b uint32) (bool, Flags) {
	return math.Float32frombits(a) <= math.Float32frombits(b), flagIf(isNaN32(a) || isNaN32(b), NV)
}

// LtQ32 is fltq.s of Zfa: the quiet form of Lt32.
func LtQ32(a, b uint32) (bool, Flags) {
	return math.Float32frombits(a) < math.Float32frombits(b), invalidIfSignalling32(a, b)
}

// LeQ32 is fleq.s of Zfa: the quiet form of Le32.
func LeQ32(a, b uint32) (bool, Flags) {
	return math.Float32frombits(a) <= math.Float32frombits(b), invalidIfSignalling32(a, b)
}

// Min32 is fmin.s, minimumNumber of IEEE 754-2019: -0 is below +0, and a number is preferred to a NaN of either sort.
func Min32(a, b uint32) (uint32, Flags) {
	if isNaN32(a) || isNaN32(b) {
		return numberOfPair32(a, b), invalidIfSignalling32(a, b)
	}
	return smaller32(a, b), 0
}

// Max32 is fmax.s, maximumNumber of IEEE 754-2019.
func Max32(a, b uint32) (uint32, Flags) {
	if isNaN32(a) || isNaN32(b) {
		return numberOfPair32(a, b), invalidIfSignalling32(a, b)
	}
	return larger32(a, b), 0
}

// MinM32 is fminm.s of Zfa, minimum of IEEE 754-2019: any NaN makes the result NaN.
func MinM32(a, b uint32) (uint32, Flags) {
	if isNaN32(a) || isNaN32(b) {
		return CanonicalNaN32, invalidIfSignalling32(a, b)
	}
	return smaller32(a, b), 0
}

// MaxM32 is fmaxm.s of Zfa, maximum of IEEE 754-2019: any NaN makes the result NaN.
func MaxM32(a, b uint32) (uint32, Flags) {
	if isNaN32(a) || isNaN32(b) {
		return CanonicalNaN32, invalidIfSignalling32(a, b)
	}
	return larger32(a, b), 0
}

// numberOfPair32 returns the number in a pair with at least one NaN, or the canonical NaN.
func numberOfPair32(a, b uint32) uint32 {
	switch {
	case !isNaN32(a):
		return a
	case !isNaN32(b):
		return b
	}
	return CanonicalNaN32
}

// smaller32 orders two numbers. Equal ones differ at most in the sign of zero.
func smaller32(a, b uint32) uint32 {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	switch {
	case x < y:
		return a
	case y < x:
		return b
	}
	return a | b
}

// larger32 orders two numbers. Equal ones differ at most in the sign of zero.
func larger32(a, b uint32) uint32 {
	x, y := math.Float32frombits(a), math.Float32frombits(b)
	switch {
	case x > y:
		return a
	case y > x:
		return b
	}
	return a & b
}
