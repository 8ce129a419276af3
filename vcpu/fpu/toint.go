package fpu

import "math"

// integer describes the destination of a conversion to an integer.
type integer struct {
	min, max uint64 // saturated results, as the instruction writes them
	negLimit uint64 // largest magnitude of a negative result
	posLimit uint64 // largest magnitude of a positive result
}

// The 32-bit results are sign-extended to 64 bits, the unsigned ones too.
var (
	toI32 = &integer{0xffff_ffff_8000_0000, math.MaxInt32, 1 << 31, math.MaxInt32}
	toU32 = &integer{0, math.MaxUint64, 0, math.MaxUint32}
	toI64 = &integer{1 << 63, math.MaxInt64, 1 << 63, math.MaxInt64}
	toU64 = &integer{0, math.MaxUint64, 0, math.MaxUint64}
)

// toInt converts to an integer. What does not fit after rounding saturates and raises NV alone; a NaN counts as
// positively too large.
func (f *format) toInt(v uint64, to *integer, rm RM) (uint64, Flags) {
	x := f.unpack(v)
	if x.isNaN() {
		return to.max, NV
	}
	mag, inexact, fits := x.roundToInt(rm)
	switch {
	case x.neg && (!fits || mag > to.negLimit):
		return to.min, NV
	case !x.neg && (!fits || mag > to.posLimit):
		return to.max, NV
	case x.neg:
		mag = -mag
	case to == toU32:
		mag = uint64(int32(mag))
	}
	return mag, flagIf(inexact, NX)
}

// roundToInt rounds the magnitude of a number to an integer, and says whether that changed it and whether it is below
// 2^64.
func (n number) roundToInt(rm RM) (mag uint64, inexact, fits bool) {
	switch {
	case n.kind == zero:
		return 0, false, true
	case n.kind == infinite || n.exp > 63:
		return 0, false, false
	}
	mag, rest := splitInt(n)
	if roundsUp(rm, n.neg, mag&1 != 0, rest, 1<<63) {
		mag++ // no overflow: only a magnitude below 2^63 has a rest
	}
	return mag, rest != 0, true
}

// splitInt splits a finite number below 2^64 into its integer part and its fraction, the latter in units of 2^-64 and
// with a sticky bit 0.
func splitInt(n number) (mag, rest uint64) {
	switch shift := uint(63 - n.exp); {
	case shift == 0:
		return n.sig, 0
	case shift < 64:
		return n.sig >> shift, n.sig << (64 - shift)
	default:
		return 0, shiftRightSticky(n.sig, shift-64)
	}
}

// F64ToI32 is fcvt.w.d.
func F64ToI32(a uint64, rm RM) (uint64, Flags) {
	if x := math.Float64frombits(a); rm == RTZ && math.Abs(x) < 1<<31 {
		i := int64(x)
		return uint64(i), flagIf(float64(i) != x, NX)
	}
	return f64.toInt(a, toI32, rm)
}

// F64ToU32 is fcvt.wu.d. The result is sign-extended from 32 bits.
func F64ToU32(a uint64, rm RM) (uint64, Flags) { return f64.toInt(a, toU32, rm) }

// F64ToI64 is fcvt.l.d.
func F64ToI64(a uint64, rm RM) (uint64, Flags) {
	if x := math.Float64frombits(a); rm == RTZ && math.Abs(x) < 1<<63 {
		i := int64(x)
		return uint64(i), flagIf(float64(i) != x, NX)
	}
	return f64.toInt(a, toI64, rm)
}

// F64ToU64 is fcvt.lu.d.
func F64ToU64(a uint64, rm RM) (uint64, Flags) { return f64.toInt(a, toU64, rm) }

// F32ToI32 is fcvt.w.s.
func F32ToI32(a uint32, rm RM) (uint64, Flags) {
	if x := float64(math.Float32frombits(a)); rm == RTZ && math.Abs(x) < 1<<31 {
		i := int64(x)
		return uint64(i), flagIf(float64(i) != x, NX)
	}
	return f32.toInt(uint64(a), toI32, rm)
}

// F32ToU32 is fcvt.wu.s. The result is sign-extended from 32 bits.
func F32ToU32(a uint32, rm RM) (uint64, Flags) { return f32.toInt(uint64(a), toU32, rm) }

// F32ToI64 is fcvt.l.s.
func F32ToI64(a uint32, rm RM) (uint64, Flags) {
	if x := float64(math.Float32frombits(a)); rm == RTZ && math.Abs(x) < 1<<63 {
		i := int64(x)
		return uint64(i), flagIf(float64(i) != x, NX)
	}
	return f32.toInt(uint64(a), toI64, rm)
}

// F32ToU64 is fcvt.lu.s.
func F32ToU64(a uint32, rm RM) (uint64, Flags) { return f32.toInt(uint64(a), toU64, rm) }

// CvtModW is fcvtmod.w.d of Zfa: towards zero, modulo 2^32, sign-extended. Infinities and NaNs give zero. The flags are
// those of fcvt.w.d, so NV says that the result was reduced.
func CvtModW(a uint64) (uint64, Flags) {
	_, flags := F64ToI32(a, RTZ)
	x := f64.unpack(a)
	if x.kind != finite || x.exp >= 32+53 { // nothing, or all bits are multiples of 2^32
		return 0, flags
	}
	var mag uint64
	if x.exp <= 63 {
		mag, _ = splitInt(x)
	} else {
		mag = x.sig << uint(x.exp-63)
	}
	if x.neg {
		mag = -mag
	}
	return uint64(int64(int32(mag))), flags
}
