package fpu

import "testing"

// refLess orders two numbers that are not NaNs, with -0 below +0 if zeros says so.
func (r refFormat) refLess(a, b uint64, zeros bool) bool {
	key := func(v uint64) int64 {
		if mag := int64(v &^ r.sign(true)); v&r.sign(true) != 0 {
			return -mag
		} else {
			return mag
		}
	}
	if zeros && key(a) == 0 && key(b) == 0 {
		return a&r.sign(true) > b&r.sign(true)
	}
	return key(a) < key(b)
}

// refMin is all four minima and maxima of one pair: with max the order is reversed, and with strict a NaN wins.
func (r refFormat) refMin(a, b uint64, maximum, strict bool) (uint64, Flags) {
	x, y := r.decode(a), r.decode(b)
	flags := flagIf(x.signalling || y.signalling, NV)
	switch {
	case x.nan() && y.nan() || strict && (x.nan() || y.nan()):
		return r.nanBits(), flags
	case x.nan():
		return b, flags
	case y.nan():
		return a, flags
	case r.refLess(a, b, true) != maximum:
		return a, flags
	}
	return b, flags
}

func boolResult(v bool, flags Flags) (uint64, Flags) {
	if v {
		return 1, flags
	}
	return 0, flags
}

// comparisons is one format's comparisons in a fixed order.
type comparisons struct {
	r                    refFormat
	eq, lt, le, ltq, leq func(a, b uint64) (bool, Flags)
	min, max, minM, maxM func(a, b uint64) (uint64, Flags)
	class                func(a uint64) uint64
}

func wideCompare(f func(a, b uint32) (bool, Flags)) func(a, b uint64) (bool, Flags) {
	return func(a, b uint64) (bool, Flags) { return f(uint32(a), uint32(b)) }
}

func wideMin(f func(a, b uint32) (uint32, Flags)) func(a, b uint64) (uint64, Flags) {
	return func(a, b uint64) (uint64, Flags) { return wideResult(f(uint32(a), uint32(b))) }
}

func wideCompare16(f func(a, b uint16) (bool, Flags)) func(a, b uint64) (bool, Flags) {
	return func(a, b uint64) (bool, Flags) { return f(uint16(a), uint16(b)) }
}

func wideMin16(f func(a, b uint16) (uint16, Flags)) func(a, b uint64) (uint64, Flags) {
	return func(a, b uint64) (uint64, Flags) { return wideResult(f(uint16(a), uint16(b))) }
}

func allComparisons() []comparisons {
	return []comparisons{
		{r: ref64, eq: Eq64, lt: Lt64, le: Le64, ltq: LtQ64, leq: LeQ64, min: Min64, max: Max64, minM: MinM64, maxM: MaxM64, class: Class64},
		{
			r: ref32, eq: wideCompare(Eq32), lt: wideCompare(Lt32), le: wideCompare(Le32), ltq: wideCompare(LtQ32), leq: wideCompare(LeQ32),
			min: wideMin(Min32), max: wideMin(Max32), minM: wideMin(MinM32), maxM: wideMin(MaxM32),
			class: func(a uint64) uint64 { return Class32(uint32(a)) },
		},
		{
			r: ref16, eq: wideCompare16(Eq16), lt: wideCompare16(Lt16), le: wideCompare16(Le16), ltq: wideCompare16(LtQ16), leq: wideCompare16(LeQ16),
			min: wideMin16(Min16), max: wideMin16(Max16), minM: wideMin16(MinM16), maxM: wideMin16(MaxM16),
			class: func(a uint64) uint64 { return Class16(uint16(a)) },
		},
	}
}

func (k comparisons) check(c *checker, a, b uint64) {
	x, y := k.r.decode(a), k.r.decode(b)
	unordered := x.nan() || y.nan()
	quiet := flagIf(x.signalling || y.signalling, NV)
	loud := flagIf(unordered, NV)
	lt := !unordered && k.r.refLess(a, b, false)
	gt := !unordered && k.r.refLess(b, a, false)
	eq := !unordered && !lt && !gt
	for _, v := range []struct {
		name  string
		f     func(a, b uint64) (bool, Flags)
		want  bool
		flags Flags
	}{
		{"eq", k.eq, eq, quiet},
		{"lt", k.lt, lt, loud},
		{"le", k.le, lt || eq, loud},
		{"ltq", k.ltq, lt, quiet},
		{"leq", k.leq, lt || eq, quiet},
	} {
		got, flags := boolResult(v.f(a, b))
		want, _ := boolResult(v.want, 0)
		c.check(v.name, []uint64{a, b}, 0, got, flags, want, v.flags)
	}
	for _, v := range []struct {
		name            string
		f               func(a, b uint64) (uint64, Flags)
		maximum, strict bool
	}{
		{"min", k.min, false, false},
		{"max", k.max, true, false},
		{"minm", k.minM, false, true},
		{"maxm", k.maxM, true, true},
	} {
		got, flags := v.f(a, b)
		want, wantFlags := k.r.refMin(a, b, v.maximum, v.strict)
		c.check(v.name, []uint64{a, b}, 0, got, flags, want, wantFlags)
	}
}

func TestComparisons(t *testing.T) {
	for _, k := range allComparisons() {
		c := &checker{T: t}
		g := newGenerator(k.r, 9)
		for _, a := range g.specials {
			for _, b := range g.specials {
				k.check(c, a, b)
			}
		}
		for range scaled(20_000) {
			a := g.operand()
			k.check(c, a, g.operand())
			k.check(c, a, a^uint64(g.IntN(3)))
			k.check(c, a, a^k.r.sign(true))
		}
	}
}

func TestClass(t *testing.T) {
	for _, k := range allComparisons() {
		inf, minNormal := k.r.infinity(false), uint64(1)<<(k.r.p-1)
		for _, v := range []struct{ pattern, pos, neg uint64 }{
			{0, 1 << 4, 1 << 3},
			{1, 1 << 5, 1 << 2},
			{minNormal - 1, 1 << 5, 1 << 2},
			{minNormal, 1 << 6, 1 << 1},
			{inf - 1, 1 << 6, 1 << 1},
			{inf, 1 << 7, 1 << 0},
			{inf + 1, 1 << 8, 1 << 8},
			{inf + minNormal/2 - 1, 1 << 8, 1 << 8},
			{inf + minNormal/2, 1 << 9, 1 << 9},
			{inf + minNormal - 1, 1 << 9, 1 << 9},
		} {
			if got := k.class(v.pattern); got != v.pos {
				t.Errorf("class(%#x) = %#x, want %#x", v.pattern, got, v.pos)
			}
			if got := k.class(v.pattern | k.r.sign(true)); got != v.neg {
				t.Errorf("class(%#x) = %#x, want %#x", v.pattern|k.r.sign(true), got, v.neg)
			}
		}
	}
}
