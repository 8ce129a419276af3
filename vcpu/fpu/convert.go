package fpu

import "math"

// convert changes the format. Widening is exact; a NaN becomes canonical, and a signalling one raises NV.
func (f *format) convert(v uint64, to *format, rm RM) (uint64, Flags) {
	x := f.unpack(v)
	switch x.kind {
	case zero:
		return to.zero(x.neg), 0
	case finite:
		return to.round(x.neg, x.exp, x.sig, rm)
	case infinite:
		return to.inf(x.neg), 0
	}
	return to.nanResult(x, x)
}

// F64ToF32 is fcvt.s.d.
func F64ToF32(a uint64, rm RM) (uint32, Flags) {
	if rm == RNE {
		x := math.Float64frombits(a)
		s := float32(x)
		if r := math.Float32bits(s); inRange32(r, 2, expMax32) {
			return r, flagIf(float64(s) != x, NX)
		}
	}
	return narrow(f64.convert(a, f32, rm))
}

// F32ToF64 is fcvt.d.s.
func F32ToF64(a uint32) (uint64, Flags) {
	if a>>23&expMask32 != expMask32 {
		return math.Float64bits(float64(math.Float32frombits(a))), 0
	}
	return f32.convert(uint64(a), f64, RNE)
}

// F16ToF32 is fcvt.s.h.
func F16ToF32(a uint16) (uint32, Flags) { return narrow(f16.convert(uint64(a), f32, RNE)) }

// F16ToF64 is fcvt.d.h.
func F16ToF64(a uint16) (uint64, Flags) { return f16.convert(uint64(a), f64, RNE) }

// F32ToF16 is fcvt.h.s.
func F32ToF16(a uint32, rm RM) (uint16, Flags) {
	r, flags := f32.convert(uint64(a), f16, rm)
	return uint16(r), flags
}

// F64ToF16 is fcvt.h.d. It rounds once, not by way of single precision.
func F64ToF16(a uint64, rm RM) (uint16, Flags) {
	r, flags := f64.convert(a, f16, rm)
	return uint16(r), flags
}
