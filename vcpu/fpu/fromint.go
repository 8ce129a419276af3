package fpu

import (
	"math"
	"math/bits"
)

// fromInt converts a sign and a magnitude.
func (f *format) fromInt(neg bool, mag uint64, rm RM) (uint64, Flags) {
	if mag == 0 {
		return 0, 0
	}
	shift := bits.LeadingZeros64(mag)
	return f.round(neg, 63-shift, mag<<shift, rm)
}

// magnitude splits a signed integer.
func magnitude(v int64) (neg bool, mag uint64) {
	if v < 0 {
		return true, -uint64(v)
	}
	return false, uint64(v)
}

// fits64 says whether v is small enough for double precision to hold it whatever its low bits are.
func fits64(v int64) bool { return uint64(v+1<<53) <= 1<<54 }

// fits32 is fits64 for single precision.
func fits32(v int64) bool { return uint64(v+1<<24) <= 1<<25 }

// I32ToF64 is fcvt.d.w, which is always exact.
func I32ToF64(v int32, rm RM) (uint64, Flags) { return I64ToF64(int64(v), rm) }

// U32ToF64 is fcvt.d.wu, which is always exact.
func U32ToF64(v uint32, rm RM) (uint64, Flags) { return I64ToF64(int64(v), rm) }

// I64ToF64 is fcvt.d.l.
func I64ToF64(v int64, rm RM) (uint64, Flags) {
	if fits64(v) {
		return math.Float64bits(float64(v)), 0
	}
	neg, mag := magnitude(v)
	return f64.fromInt(neg, mag, rm)
}

// U64ToF64 is fcvt.d.lu.
func U64ToF64(v uint64, rm RM) (uint64, Flags) {
	if i := int64(v); i >= 0 {
		return I64ToF64(i, rm)
	}
	return f64.fromInt(false, v, rm)
}

// I32ToF32 is fcvt.s.w.
func I32ToF32(v int32, rm RM) (uint32, Flags) { return I64ToF32(int64(v), rm) }

// U32ToF32 is fcvt.s.wu.
func U32ToF32(v uint32, rm RM) (uint32, Flags) { return I64ToF32(int64(v), rm) }

// I64ToF32 is fcvt.s.l.
func I64ToF32(v int64, rm RM) (uint32, Flags) {
	if fits32(v) {
		return math.Float32bits(float32(v)), 0
	}
	neg, mag := magnitude(v)
	return narrow(f32.fromInt(neg, mag, rm))
}

// U64ToF32 is fcvt.s.lu.
func U64ToF32(v uint64, rm RM) (uint32, Flags) {
	if i := int64(v); i >= 0 {
		return I64ToF32(i, rm)
	}
	return narrow(f32.fromInt(false, v, rm))
}
