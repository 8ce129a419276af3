package fpu

import (
	"math"
	"testing"
)

const (
	inf64  = 0x7ff0_0000_0000_0000
	qnan64 = 0xfff8_0000_0000_1234 // negative, with a payload: what x86 would pass on
	snan64 = 0x7ff0_0000_0000_0001
	one64  = 0x3ff0_0000_0000_0000
	max64  = inf64 - 1
	neg64  = 1 << 63
)

// TestDirected writes the traps out by hand, independently of the model.
func TestDirected(t *testing.T) {
	c := &checker{T: t}
	for _, v := range []struct {
		op    string
		f     func(rm RM) (uint64, Flags)
		modes []RM
		want  uint64
		flags Flags
	}{
		// Results that are NaN are canonical.
		{"inf-inf", func(rm RM) (uint64, Flags) { return Sub64(inf64, inf64, rm) }, allModes, CanonicalNaN64, NV},
		{"0/0", func(rm RM) (uint64, Flags) { return Div64(0, neg64, rm) }, allModes, CanonicalNaN64, NV},
		{"inf/inf", func(rm RM) (uint64, Flags) { return Div64(inf64, inf64, rm) }, allModes, CanonicalNaN64, NV},
		{"0*inf", func(rm RM) (uint64, Flags) { return Mul64(0, inf64, rm) }, allModes, CanonicalNaN64, NV},
		{"sqrt(-1)", func(rm RM) (uint64, Flags) { return Sqrt64(one64|neg64, rm) }, allModes, CanonicalNaN64, NV},
		{"qNaN+1", func(rm RM) (uint64, Flags) { return Add64(qnan64, one64, rm) }, allModes, CanonicalNaN64, 0},
		{"sNaN+1", func(rm RM) (uint64, Flags) { return Add64(one64, snan64, rm) }, allModes, CanonicalNaN64, NV},
		{"sqrt(-0)", func(rm RM) (uint64, Flags) { return Sqrt64(neg64, rm) }, allModes, neg64, 0},

		// Infinity times zero is invalid whatever the addend is.
		{"inf*0+qNaN", func(rm RM) (uint64, Flags) { return FMA64(inf64, 0, qnan64, rm) }, allModes, CanonicalNaN64, NV},
		{"0*inf+qNaN", func(rm RM) (uint64, Flags) { return FMA64(0, inf64, qnan64, rm) }, allModes, CanonicalNaN64, NV},
		{"qNaN*0+inf", func(rm RM) (uint64, Flags) { return FMA64(qnan64, 0, inf64, rm) }, allModes, CanonicalNaN64, 0},
		{"1*1+sNaN", func(rm RM) (uint64, Flags) { return FMA64(one64, one64, snan64, rm) }, allModes, CanonicalNaN64, NV},
		{"qNaN*1+sNaN", func(rm RM) (uint64, Flags) { return FMA64(qnan64, one64, snan64, rm) }, allModes, CanonicalNaN64, NV},
		{"max*max-inf", func(rm RM) (uint64, Flags) { return FMA64(max64, max64, inf64|neg64, rm) }, allModes, inf64 | neg64, 0},

		// Division by zero is not overflow, and infinity by zero is neither.
		{"-1/0", func(rm RM) (uint64, Flags) { return Div64(one64|neg64, 0, rm) }, allModes, inf64 | neg64, DZ},
		{"inf/0", func(rm RM) (uint64, Flags) { return Div64(inf64, 0, rm) }, allModes, inf64, 0},

		// The sign of an exact zero follows the rounding mode, of a sum of equal zeros it does not.
		{"1-1", func(rm RM) (uint64, Flags) { return Sub64(one64, one64, rm) }, []RM{RNE, RTZ, RUP, RMM}, 0, 0},
		{"1-1", func(rm RM) (uint64, Flags) { return Sub64(one64, one64, rm) }, []RM{RDN}, neg64, 0},
		{"-0+-0", func(rm RM) (uint64, Flags) { return Add64(neg64, neg64, rm) }, allModes, neg64, 0},
		{"0+-0", func(rm RM) (uint64, Flags) { return Add64(0, neg64, rm) }, []RM{RDN}, neg64, 0},
		{"-1*0+0", func(rm RM) (uint64, Flags) { return FMA64(one64|neg64, 0, 0, rm) }, []RM{RNE, RTZ, RUP, RMM}, 0, 0},

		// Overflow gives infinity or the largest number.
		{"max+max", func(rm RM) (uint64, Flags) { return Add64(max64, max64, rm) }, []RM{RNE, RUP, RMM}, inf64, OF | NX},
		{"max+max", func(rm RM) (uint64, Flags) { return Add64(max64, max64, rm) }, []RM{RTZ, RDN}, max64, OF | NX},
		{"-max*2", func(rm RM) (uint64, Flags) { return Mul64(max64|neg64, 2<<52|1<<62, rm) }, []RM{RNE, RDN, RMM}, inf64 | neg64, OF | NX},
		{"-max*2", func(rm RM) (uint64, Flags) { return Mul64(max64|neg64, 2<<52|1<<62, rm) }, []RM{RTZ, RUP}, max64 | neg64, OF | NX},

		// Ties: 1 + 2^-53 lies in the middle between 1 and its successor.
		{"tie", func(rm RM) (uint64, Flags) { return Add64(one64, 0x3ca0_0000_0000_0000, rm) }, []RM{RNE, RTZ, RDN}, one64, NX},
		{"tie", func(rm RM) (uint64, Flags) { return Add64(one64, 0x3ca0_0000_0000_0000, rm) }, []RM{RUP, RMM}, one64 + 1, NX},

		// Tininess after rounding: (1+2^-52)/2 × (2-2^-51)×2^-1022 = (1-2^-104)×2^-1022 rounds to the smallest normal number
		// even with an unbounded exponent in three modes, and so does not underflow there.
		{"barely normal", func(rm RM) (uint64, Flags) { return Mul64(0x3fe0_0000_0000_0001, 0x001f_ffff_ffff_fffe, rm) }, []RM{RNE, RUP, RMM}, 1 << 52, NX},
		{"barely tiny", func(rm RM) (uint64, Flags) { return Mul64(0x3fe0_0000_0000_0001, 0x001f_ffff_ffff_fffe, rm) }, []RM{RTZ, RDN}, 1<<52 - 1, UF | NX},
		// (1-2^-53)×2^-1022 is representable with an unbounded exponent, so it is tiny although it rounds to a normal number.
		{"tiny", func(rm RM) (uint64, Flags) { return Mul64(0x3fef_ffff_ffff_ffff, 1<<52, rm) }, []RM{RNE, RUP, RMM}, 1 << 52, UF | NX},
		// An exact subnormal does not underflow.
		{"exact subnormal", func(rm RM) (uint64, Flags) { return Mul64(0x3fe0_0000_0000_0000, 1<<52, rm) }, allModes, 1 << 51, 0},
		{"vanishing", func(rm RM) (uint64, Flags) { return Mul64(1, 1, rm) }, []RM{RNE, RTZ, RDN, RMM}, 0, UF | NX},
		{"vanishing", func(rm RM) (uint64, Flags) { return Mul64(1, 1, rm) }, []RM{RUP}, 1, UF | NX},

		// Conversions saturate, and raise NV without NX.
		{"w(NaN)", func(rm RM) (uint64, Flags) { return F64ToI32(qnan64, rm) }, allModes, math.MaxInt32, NV},
		{"wu(NaN)", func(rm RM) (uint64, Flags) { return F64ToU32(qnan64, rm) }, allModes, math.MaxUint64, NV},
		{"l(NaN)", func(rm RM) (uint64, Flags) { return F64ToI64(snan64, rm) }, allModes, math.MaxInt64, NV},
		{"lu(NaN)", func(rm RM) (uint64, Flags) { return F32ToU64(0xffc0_0000, rm) }, allModes, math.MaxUint64, NV},
		{"w(-inf)", func(rm RM) (uint64, Flags) { return F64ToI32(inf64|neg64, rm) }, allModes, 0xffff_ffff_8000_0000, NV},
		{"wu(-1)", func(rm RM) (uint64, Flags) { return F64ToU32(one64|neg64, rm) }, allModes, 0, NV},
		{"lu(-0.5)", func(rm RM) (uint64, Flags) { return F64ToU64(0xbfe0_0000_0000_0000, rm) }, []RM{RNE, RTZ, RUP}, 0, NX},
		{"lu(-0.5)", func(rm RM) (uint64, Flags) { return F64ToU64(0xbfe0_0000_0000_0000, rm) }, []RM{RDN, RMM}, 0, NV},
		{"w(2^31-0.5)", func(rm RM) (uint64, Flags) { return F64ToI32(0x41df_ffff_ffe0_0000, rm) }, []RM{RNE, RUP, RMM}, math.MaxInt32, NV},
		{"w(2^31-0.5)", func(rm RM) (uint64, Flags) { return F64ToI32(0x41df_ffff_ffe0_0000, rm) }, []RM{RTZ, RDN}, math.MaxInt32, NX},
		{"wu(2^31)", func(rm RM) (uint64, Flags) { return F64ToU32(0x41e0_0000_0000_0000, rm) }, allModes, 0xffff_ffff_8000_0000, 0},

		// Rounding to an integer keeps the sign of zero.
		{"round(-0.25)", func(rm RM) (uint64, Flags) { return Round64(0xbfd0_0000_0000_0000, rm) }, []RM{RNE, RTZ, RUP, RMM}, neg64, 0},
		{"roundnx(-0.25)", func(rm RM) (uint64, Flags) { return RoundNX64(0xbfd0_0000_0000_0000, rm) }, []RM{RDN}, one64 | neg64, NX},

		// Double rounding: 1 + 2^-11 + 2^-40 narrowed to half precision must not go by way of single precision.
		{"narrow once", func(rm RM) (uint64, Flags) { return wideResult(F64ToF16(0x3ff0_0200_0000_1000, rm)) }, []RM{RNE, RUP, RMM}, 0x3c01, NX},
		// A fused product of singles whose double-precision sum lies on a middle: (1+2^-12)² + 2^-80.
		{"fma32 middle", func(rm RM) (uint64, Flags) { return wideResult(FMA32(0x3f80_0800, 0x3f80_0800, 0x1780_0000, rm)) }, []RM{RNE, RUP, RMM}, 0x3f80_1001, NX},
		{"fma32 middle", func(rm RM) (uint64, Flags) { return wideResult(FMA32(0x3f80_0800, 0x3f80_0800, 0x9780_0000, rm)) }, []RM{RNE, RTZ, RDN, RMM}, 0x3f80_1000, NX},
		// A sum of singles that double precision rounds to a single: 1 + 2^-100 is inexact all the same.
		{"add32 far", func(rm RM) (uint64, Flags) { return wideResult(Add32(0x3f80_0000, 0x0d80_0000, rm)) }, []RM{RNE, RTZ, RDN, RMM}, 0x3f80_0000, NX},
	} {
		for _, rm := range v.modes {
			got, flags := v.f(rm)
			c.check(v.op, nil, rm, got, flags, v.want, v.flags)
		}
	}
}

// TestMinMaxTraps is the table of the F chapter: zeros are ordered, numbers beat NaNs, signalling NaNs raise NV.
func TestMinMaxTraps(t *testing.T) {
	c := &checker{T: t}
	for _, v := range []struct {
		a, b, min, max uint64
		flags          Flags
	}{
		{0, neg64, neg64, 0, 0},
		{neg64, 0, neg64, 0, 0},
		{qnan64, one64, one64, one64, 0},
		{one64, snan64, one64, one64, NV},
		{qnan64, qnan64, CanonicalNaN64, CanonicalNaN64, 0},
		{qnan64, snan64, CanonicalNaN64, CanonicalNaN64, NV},
	} {
		got, flags := Min64(v.a, v.b)
		c.check("min", []uint64{v.a, v.b}, 0, got, flags, v.min, v.flags)
		got, flags = Max64(v.a, v.b)
		c.check("max", []uint64{v.a, v.b}, 0, got, flags, v.max, v.flags)
	}
}

func TestBoxing(t *testing.T) {
	for v, want := range map[uint64]uint32{
		0xffff_ffff_3f80_0000: 0x3f80_0000,
		0xffff_ffff_7f80_0001: 0x7f80_0001, // boxed signalling NaN stays itself
		0xffff_fffe_3f80_0000: CanonicalNaN32,
		0x0000_0000_3f80_0000: CanonicalNaN32,
		0x7fff_ffff_3f80_0000: CanonicalNaN32,
	} {
		if got := Unbox32(v); got != want {
			t.Errorf("Unbox32(%#x) = %#x, want %#x", v, got, want)
		}
	}
	for v, want := range map[uint64]uint16{
		0xffff_ffff_ffff_3c00: 0x3c00,
		0xffff_ffff_0000_3c00: CanonicalNaN16, // a boxed single is no boxed half
		0xffff_ffff_fffe_3c00: CanonicalNaN16,
	} {
		if got := Unbox16(v); got != want {
			t.Errorf("Unbox16(%#x) = %#x, want %#x", v, got, want)
		}
	}
	if Box32(0x8000_0000) != 0xffff_ffff_8000_0000 || Box16(0x8000) != 0xffff_ffff_ffff_8000 {
		t.Error("boxing lost bits")
	}
}

// TestImmediates compares the fli tables with the values that the Zfa chapter lists.
func TestImmediates(t *testing.T) {
	values := []float64{
		-1, 0, 0x1p-16, 0x1p-15, 0x1p-8, 0x1p-7, 0.0625, 0.125, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875,
		1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 8, 16, 128, 256, 0x1p15, 0x1p16, math.Inf(1), math.NaN(),
	}
	for i, v := range values {
		want64, want32 := math.Float64bits(v), math.Float32bits(float32(v))
		want16 := uint16(want32>>31<<15 | (want32>>23&0xff-112)<<10 | want32>>13&0x3ff)
		switch i {
		case 2, 3: // subnormal halves
			want16 = 0x100 << (i - 2)
		case 29, 30: // 2^16 is none
			want16 = 0x7c00
		case 1:
			want64, want32, want16 = math.Float64bits(0x1p-1022), math.Float32bits(0x1p-126), 0x0400
		case 31:
			want64, want32, want16 = CanonicalNaN64, CanonicalNaN32, CanonicalNaN16
		}
		if Li64[i] != want64 || Li32[i] != want32 || Li16[i] != want16 {
			t.Errorf("entry %d: %#x, %#x and %#x, want %#x, %#x and %#x", i, Li64[i], Li32[i], Li16[i], want64, want32, want16)
		}
	}
}
