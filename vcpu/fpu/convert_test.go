package fpu

import (
	"math"
	"testing"
)

// integerCorners are magnitudes around the limits of the integer types and of the significands.
func integerCorners() []uint64 {
	var all []uint64
	for _, shift := range []uint{0, 1, 7, 10, 11, 15, 16, 23, 24, 25, 31, 32, 52, 53, 54, 62, 63} {
		for d := range uint64(5) {
			all = append(all, 1<<shift+d-2)
		}
	}
	return all
}

// checkToInt puts one pattern of each format through every conversion to an integer.
func checkToInt(c *checker, a uint64, rm RM) {
	type conversion struct {
		name   string
		got    func() (uint64, Flags)
		r      refFormat
		width  uint
		signed bool
	}
	b, h := uint32(a), uint16(a)
	for _, v := range []conversion{
		{"F64ToI32", func() (uint64, Flags) { return F64ToI32(a, rm) }, ref64, 32, true},
		{"F64ToU32", func() (uint64, Flags) { return F64ToU32(a, rm) }, ref64, 32, false},
		{"F64ToI64", func() (uint64, Flags) { return F64ToI64(a, rm) }, ref64, 64, true},
		{"F64ToU64", func() (uint64, Flags) { return F64ToU64(a, rm) }, ref64, 64, false},
		{"F32ToI32", func() (uint64, Flags) { return F32ToI32(b, rm) }, ref32, 32, true},
		{"F32ToU32", func() (uint64, Flags) { return F32ToU32(b, rm) }, ref32, 32, false},
		{"F32ToI64", func() (uint64, Flags) { return F32ToI64(b, rm) }, ref32, 64, true},
		{"F32ToU64", func() (uint64, Flags) { return F32ToU64(b, rm) }, ref32, 64, false},
		{"F16ToI32", func() (uint64, Flags) { return F16ToI32(h, rm) }, ref16, 32, true},
		{"F16ToU32", func() (uint64, Flags) { return F16ToU32(h, rm) }, ref16, 32, false},
		{"F16ToI64", func() (uint64, Flags) { return F16ToI64(h, rm) }, ref16, 64, true},
		{"F16ToU64", func() (uint64, Flags) { return F16ToU64(h, rm) }, ref16, 64, false},
	} {
		operand := a
		switch v.r {
		case ref32:
			operand = uint64(b)
		case ref16:
			operand = uint64(h)
		}
		got, flags := v.got()
		want, wantFlags := v.r.refToInt(operand, v.width, v.signed, rm)
		c.check(v.name, []uint64{operand}, rm, got, flags, want, wantFlags)
	}
}

// checkFloatToFloat puts one pattern through changes of format and roundings to integers.
func checkFloatToFloat(c *checker, a uint64, rm RM) {
	b, h := uint64(uint32(a)), uint64(uint16(a))
	check := func(op string, operand uint64, got uint64, flags Flags, from, to refFormat) {
		want, wantFlags := from.refConvert(operand, to, rm)
		c.check(op, []uint64{operand}, rm, got, flags, want, wantFlags)
	}
	got, flags := wideResult(F64ToF32(a, rm))
	check("F64ToF32", a, got, flags, ref64, ref32)
	got, flags = wideResult(F64ToF16(a, rm))
	check("F64ToF16", a, got, flags, ref64, ref16)
	got, flags = wideResult(F32ToF16(uint32(b), rm))
	check("F32ToF16", b, got, flags, ref32, ref16)
	got, flags = F32ToF64(uint32(b))
	check("F32ToF64", b, got, flags, ref32, ref64)
	got, flags = F16ToF64(uint16(h))
	check("F16ToF64", h, got, flags, ref16, ref64)
	got, flags = wideResult(F16ToF32(uint16(h)))
	check("F16ToF32", h, got, flags, ref16, ref32)

	want, wantFlags := ref64.refRoundInt(a, rm)
	got, flags = RoundNX64(a, rm)
	c.check("RoundNX64", []uint64{a}, rm, got, flags, want, wantFlags)
	got, flags = Round64(a, rm)
	c.check("Round64", []uint64{a}, rm, got, flags, want, wantFlags&^NX)
	want, wantFlags = ref32.refRoundInt(b, rm)
	got, flags = wideResult(RoundNX32(uint32(b), rm))
	c.check("RoundNX32", []uint64{b}, rm, got, flags, want, wantFlags)
	got, flags = wideResult(Round32(uint32(b), rm))
	c.check("Round32", []uint64{b}, rm, got, flags, want, wantFlags&^NX)
	want, wantFlags = ref16.refRoundInt(h, rm)
	got, flags = wideResult(RoundNX16(uint16(h), rm))
	c.check("RoundNX16", []uint64{h}, rm, got, flags, want, wantFlags)
	got, flags = wideResult(Round16(uint16(h), rm))
	c.check("Round16", []uint64{h}, rm, got, flags, want, wantFlags&^NX)
}

// checkFromInt puts one integer through every conversion from an integer.
func checkFromInt(c *checker, v uint64, rm RM) {
	check := func(op string, got uint64, flags Flags, to refFormat, neg bool, mag uint64) {
		want, wantFlags := to.refFromInt(neg, mag, rm)
		c.check(op, []uint64{v}, rm, got, flags, want, wantFlags)
	}
	neg64, mag64 := int64(v) < 0, v
	if neg64 {
		mag64 = -v
	}
	w := uint64(int32(v))
	neg32, mag32 := int32(v) < 0, w
	if neg32 {
		mag32 = -w
	}
	got, flags := I64ToF64(int64(v), rm)
	check("I64ToF64", got, flags, ref64, neg64, mag64)
	got, flags = U64ToF64(v, rm)
	check("U64ToF64", got, flags, ref64, false, v)
	got, flags = I32ToF64(int32(v), rm)
	check("I32ToF64", got, flags, ref64, neg32, mag32)
	got, flags = U32ToF64(uint32(v), rm)
	check("U32ToF64", got, flags, ref64, false, uint64(uint32(v)))
	got, flags = wideResult(I64ToF32(int64(v), rm))
	check("I64ToF32", got, flags, ref32, neg64, mag64)
	got, flags = wideResult(U64ToF32(v, rm))
	check("U64ToF32", got, flags, ref32, false, v)
	got, flags = wideResult(I32ToF32(int32(v), rm))
	check("I32ToF32", got, flags, ref32, neg32, mag32)
	got, flags = wideResult(U32ToF32(uint32(v), rm))
	check("U32ToF32", got, flags, ref32, false, uint64(uint32(v)))
	got, flags = wideResult(I64ToF16(int64(v), rm))
	check("I64ToF16", got, flags, ref16, neg64, mag64)
	got, flags = wideResult(U64ToF16(v, rm))
	check("U64ToF16", got, flags, ref16, false, v)
	got, flags = wideResult(I32ToF16(int32(v), rm))
	check("I32ToF16", got, flags, ref16, neg32, mag32)
	got, flags = wideResult(U32ToF16(uint32(v), rm))
	check("U32ToF16", got, flags, ref16, false, uint64(uint32(v)))
}

func TestConversionsAgainstModel(t *testing.T) {
	for _, rm := range allModes {
		t.Run([]string{"RNE", "RTZ", "RDN", "RUP", "RMM"}[rm], func(t *testing.T) {
			t.Parallel()
			c := &checker{T: t}
			g64, g32, g16 := newGenerator(ref64, 5), newGenerator(ref32, 6), newGenerator(ref16, 7)
			for range scaled(5_000) {
				// The three formats' operands share one pattern: a half in the low bits of a single in the low bits of a
				// double is random enough for the double.
				for _, a := range []uint64{g64.operand(), g32.operand(), g16.operand(), g64.withExp(g64.IntN(90) - 10), g32.withExp(g32.IntN(70) - 5)} {
					checkToInt(c, a, rm)
					checkFloatToFloat(c, a, rm)
				}
				checkFromInt(c, g64.Uint64()>>g64.IntN(64), rm)
				checkFromInt(c, -(g64.Uint64() >> g64.IntN(64)), rm)
			}
			for _, v := range integerCorners() {
				checkFromInt(c, v, rm)
				checkFromInt(c, -v, rm)
			}
			for _, a := range ref64.specials() {
				checkToInt(c, a, rm)
				checkFloatToFloat(c, a, rm)
			}
			for _, a := range ref32.specials() {
				checkToInt(c, a, rm)
				checkFloatToFloat(c, a, rm)
			}
		})
	}
}

// TestConversionsAroundIntegerLimits walks over the limits in steps of a quarter and of one unit in the last place.
func TestConversionsAroundIntegerLimits(t *testing.T) {
	c := &checker{T: t}
	for _, limit := range []float64{0, 1, 1 << 31, 1 << 32, 1 << 63, 1 << 64} {
		for _, sign := range []float64{1, -1} {
			for d := -8; d <= 8; d++ {
				quarter := math.Float64bits(sign*limit + float64(d)/4)
				step := math.Float64bits(sign*limit) + uint64(d)
				single := math.Float32bits(float32(sign*limit)) + uint32(d)
				for _, rm := range allModes {
					checkToInt(c, quarter, rm)
					checkToInt(c, step, rm)
					checkToInt(c, uint64(single), rm)
					checkToInt(c, uint64(math.Float32bits(float32(sign*limit+float64(d)/4))), rm)
				}
			}
		}
	}
}

// TestAllHalves tries every half-precision pattern, and the way back.
func TestAllHalves(t *testing.T) {
	c := &checker{T: t}
	for v := range uint64(1) << 16 {
		want, wantFlags := ref16.refConvert(v, ref64, RNE)
		d, flags := F16ToF64(uint16(v))
		c.check("F16ToF64", []uint64{v}, RNE, d, flags, want, wantFlags)
		s, flags := F16ToF32(uint16(v))
		if back, f := F32ToF64(s); back != d || f != 0 || flags != wantFlags {
			t.Fatalf("%#x: by way of single precision %#x, directly %#x", v, back, d)
		}
		h, f := F64ToF16(d, RNE)
		if canonical := ref16.decode(v).nan(); f != 0 || !canonical && uint64(h) != v || canonical && h != CanonicalNaN16 {
			t.Fatalf("%#x came back as %#x flags %05b", v, h, f)
		}
	}
}

func TestCvtModW(t *testing.T) {
	c := &checker{T: t}
	g := newGenerator(ref64, 8)
	check := func(a uint64) {
		got, flags := CvtModW(a)
		want, wantFlags := refModW(a)
		c.check("CvtModW", []uint64{a}, RTZ, got, flags, want, wantFlags)
	}
	for _, a := range g.specials {
		check(a)
	}
	for range scaled(20_000) {
		check(g.operand())
		check(g.withExp(g.IntN(100) - 5))
	}
	// Directed: JavaScript's ToInt32 of 2^32+5, -(2^31+1) and 2^84.
	for a, want := range map[float64]uint64{1<<32 + 5: 5, -(1<<31 + 1): 0x7fffffff, 1 << 84: 0, math.Inf(-1): 0} {
		if got, flags := CvtModW(math.Float64bits(a)); got != want || flags != NV {
			t.Errorf("CvtModW(%g) = %#x flags %05b, want %#x NV", a, got, flags, want)
		}
	}
}

// TestAllHalvesUnary puts every half-precision pattern, or in a short test some, through the operations on one, in all modes.
func TestAllHalvesUnary(t *testing.T) {
	t.Parallel()
	c := &checker{T: t}
	step := uint64(1)
	if testing.Short() {
		step = 23
	}
	for v := uint64(0); v < 1<<16; v += step {
		h := uint16(v)
		for _, rm := range allModes {
			want, wantFlags := ref16.refSqrt(v, rm)
			got, flags := wideResult(Sqrt16(h, rm))
			c.check("Sqrt16", []uint64{v}, rm, got, flags, want, wantFlags)
			want, wantFlags = ref16.refRoundInt(v, rm)
			got, flags = wideResult(RoundNX16(h, rm))
			c.check("RoundNX16", []uint64{v}, rm, got, flags, want, wantFlags)
			want, wantFlags = ref16.refToInt(v, 32, true, rm)
			got, flags = F16ToI32(h, rm)
			c.check("F16ToI32", []uint64{v}, rm, got, flags, want, wantFlags)
			want, wantFlags = ref16.refToInt(v, 64, false, rm)
			got, flags = F16ToU64(h, rm)
			c.check("F16ToU64", []uint64{v}, rm, got, flags, want, wantFlags)
		}
	}
}
