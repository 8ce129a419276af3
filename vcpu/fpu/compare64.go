package fpu

import "math"

func isNaN64(a uint64) bool { return a&^signBit64 > expMask64<<52 }

// isSignalling64 says whether a is a NaN with its quiet bit clear.
func isSignalling64(a uint64) bool { return isNaN64(a) && a>>51&1 == 0 }

// invalidIfSignalling64 is what quiet comparisons and minima raise.
func invalidIfSignalling64(a, b uint64) Flags {
	return flagIf(isSignalling64(a) || isSignalling64(b), NV)
}

// Eq64 is feq.d: a quiet comparison, which raises NV for signalling NaNs only.
func Eq64(a, b uint64) (bool, Flags) {
	return math.Float64frombits(a) == math.Float64frombits(b), invalidIfSignalling64(a, b)
}

// Lt64 is flt.d: a signalling comparison, which raises NV for every NaN.
func Lt64(a, b uint64) (bool, Flags) {
	return math.Float64frombits(a) < math.Float64frombits(b), flagIf(isNaN64(a) || isNaN64(b), NV)
}

// Le64 is fle.d: a signalling comparison, which raises NV for every NaN.
func Le64(a, b uint64) (bool, Flags) {
	return math.Float64frombits(a) <= math.Float64frombits(b), flagIf(isNaN64(a) || isNaN64(b), NV)
}

// LtQ64 is fltq.d of Zfa: the quiet form of Lt64.
func LtQ64(a, b uint64) (bool, Flags) {
	return math.Float64frombits(a) < math.Float64frombits(b), invalidIfSignalling64(a, b)
}

// LeQ64 is fleq.d of Zfa: the quiet form of Le64.
func LeQ64(a, b uint64) (bool, Flags) {
	return math.Float64frombits(a) <= math.Float64frombits(b), invalidIfSignalling64(a, b)
}

// Min64 is fmin.d, minimumNumber of IEEE 754-2019: -0 is below +0, and a number is preferred to a NaN of either sort.
func Min64(a, b uint64) (uint64, Flags) {
	if isNaN64(a) || isNaN64(b) {
		return numberOfPair64(a, b), invalidIfSignalling64(a, b)
	}
	return smaller64(a, b), 0
}

// Max64 is fmax.d, maximumNumber of IEEE 754-2019.
func Max64(a, b uint64) (uint64, Flags) {
	if isNaN64(a) || isNaN64(b) {
		return numberOfPair64(a, b), invalidIfSignalling64(a, b)
	}
	return larger64(a, b), 0
}

// MinM64 is fminm.d of Zfa, minimum of IEEE 754-2019: any NaN makes the result NaN.
func MinM64(a, b uint64) (uint64, Flags) {
	if isNaN64(a) || isNaN64(b) {
		return CanonicalNaN64, invalidIfSignalling64(a, b)
	}
	return smaller64(a, b), 0
}

// MaxM64 is fmaxm.d of Zfa, maximum of IEEE 754-2019: any NaN makes the result NaN.
func MaxM64(a, b uint64) (uint64, Flags) {
	if isNaN64(a) || isNaN64(b) {
		return CanonicalNaN64, invalidIfSignalling64(a, b)
	}
	return larger64(a, b), 0
}

// numberOfPair64 returns the number in a pair with at least one NaN, or the canonical NaN.
func numberOfPair64(a, b uint64) uint64 {
	switch {
	case !isNaN64(a):
		return a
	case !isNaN64(b):
		return b
	}
	return CanonicalNaN64
}

// smaller64 orders two numbers. Equal ones differ at most in the sign of zero.
func smaller64(a, b uint64) uint64 {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	switch {
	case x < y:
		return a
	case y < x:
		return b
	}
	return a | b
}

// larger64 orders two numbers. Equal ones differ at most in the sign of zero.
func larger64(a, b uint64) uint64 {
	x, y := math.Float64frombits(a), math.Float64frombits(b)
	switch {
	case x > y:
		return a
	case y > x:
		return b
	}
	return a & b
}
