package fpu

import (
	"math"
	"testing"
)

// arithmetic is one format's set of operations, on 64-bit patterns: as the package offers them, and their exact paths.
type arithmetic struct {
	name               string
	r                  refFormat
	exact              *format
	add, sub, mul, div func(a, b uint64, rm RM) (uint64, Flags)
	sqrt               func(a uint64, rm RM) (uint64, Flags)
	fma                func(a, b, c uint64, rm RM) (uint64, Flags)
	fastAdd, fastSub   func(a, b uint64) (uint64, bool)
	fastMul, fastDiv   func(a, b uint64) (uint64, bool)
	fastSqrt           func(a uint64) (uint64, bool)
	fastFMA            func(a, b, c uint64) (uint64, bool)
}

func wide2(f func(a, b uint32, rm RM) (uint32, Flags)) func(a, b uint64, rm RM) (uint64, Flags) {
	return func(a, b uint64, rm RM) (uint64, Flags) {
		r, flags := f(uint32(a), uint32(b), rm)
		return uint64(r), flags
	}
}

func wideFast2(f func(a, b uint32) (uint32, bool)) func(a, b uint64) (uint64, bool) {
	return func(a, b uint64) (uint64, bool) {
		r, ok := f(uint32(a), uint32(b))
		return uint64(r), ok
	}
}

// halfArithmetic is half precision, which has no fast paths.
func halfArithmetic() *arithmetic {
	two := func(f func(a, b uint16, rm RM) (uint16, Flags)) func(a, b uint64, rm RM) (uint64, Flags) {
		return func(a, b uint64, rm RM) (uint64, Flags) { return wideResult(f(uint16(a), uint16(b), rm)) }
	}
	no := func(a, b uint64) (uint64, bool) { return 0, false }
	return &arithmetic{
		"16", ref16, f16, two(Add16), two(Sub16), two(Mul16), two(Div16),
		func(a uint64, rm RM) (uint64, Flags) { return wideResult(Sqrt16(uint16(a), rm)) },
		func(a, b, c uint64, rm RM) (uint64, Flags) {
			return wideResult(FMA16(uint16(a), uint16(b), uint16(c), rm))
		},
		no, no, no, no,
		func(a uint64) (uint64, bool) { return 0, false },
		func(a, b, c uint64) (uint64, bool) { return 0, false },
	}
}

func arithmetics() []*arithmetic {
	return []*arithmetic{
		{
			"64", ref64, f64, Add64, Sub64, Mul64, Div64, Sqrt64, FMA64,
			AddFast64, SubFast64, MulFast64, DivFast64, SqrtFast64, FMAFast64,
		},
		{
			"32", ref32, f32, wide2(Add32), wide2(Sub32), wide2(Mul32), wide2(Div32),
			func(a uint64, rm RM) (uint64, Flags) { return wideResult(Sqrt32(uint32(a), rm)) },
			func(a, b, c uint64, rm RM) (uint64, Flags) {
				return wideResult(FMA32(uint32(a), uint32(b), uint32(c), rm))
			},
			wideFast2(AddFast32), wideFast2(SubFast32), wideFast2(MulFast32), wideFast2(DivFast32),
			func(a uint64) (uint64, bool) {
				r, ok := SqrtFast32(uint32(a))
				return uint64(r), ok
			},
			func(a, b, c uint64) (uint64, bool) {
				r, ok := FMAFast32(uint32(a), uint32(b), uint32(c))
				return uint64(r), ok
			},
		},
	}
}

func wideResult[T uint16 | uint32](r T, flags Flags) (uint64, Flags) { return uint64(r), flags }

// checker compares results and stops a test that has seen enough.
type checker struct {
	*testing.T
	failures int
}

func (c *checker) check(op string, operands []uint64, rm RM, got uint64, gotFlags Flags, want uint64, wantFlags Flags) {
	if got == want && gotFlags == wantFlags {
		return
	}
	c.Helper()
	c.Errorf("%s(%#x) mode %d: got %#x flags %05b, want %#x flags %05b", op, operands, rm, got, gotFlags, want, wantFlags)
	if c.failures++; c.failures > 20 {
		c.FailNow()
	}
}

// fast checks a fast path's answer against the right one for RNE.
func (c *checker) fast(op string, operands []uint64, got uint64, ok bool, want uint64, wantFlags Flags) {
	if ok && (got != want || wantFlags&^NX != 0) {
		c.Helper()
		c.check("fast "+op, operands, RNE, got, wantFlags&NX, want, wantFlags)
	}
}

func (a *arithmetic) checkAdd(c *checker, x, y uint64) {
	negY := y ^ a.r.sign(true)
	for _, rm := range allModes {
		want, flags := a.r.refFMA(x, a.r.one(), y, rm)
		got, gotFlags := a.add(x, y, rm)
		c.check("add", []uint64{x, y}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.sub(x, negY, rm)
		c.check("sub", []uint64{x, negY}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.exact.add(x, y, rm)
		c.check("exact add", []uint64{x, y}, rm, got, gotFlags, want, flags)
		if rm == RNE {
			got, ok := a.fastAdd(x, y)
			c.fast("add", []uint64{x, y}, got, ok, want, flags)
			got, ok = a.fastSub(x, negY)
			c.fast("sub", []uint64{x, negY}, got, ok, want, flags)
		}
	}
}

func (a *arithmetic) checkMul(c *checker, x, y uint64) {
	for _, rm := range allModes {
		want, flags := a.r.refMul(x, y, rm)
		got, gotFlags := a.mul(x, y, rm)
		c.check("mul", []uint64{x, y}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.exact.mul(x, y, rm)
		c.check("exact mul", []uint64{x, y}, rm, got, gotFlags, want, flags)
		if rm == RNE {
			got, ok := a.fastMul(x, y)
			c.fast("mul", []uint64{x, y}, got, ok, want, flags)
		}
	}
}

func (a *arithmetic) checkDiv(c *checker, x, y uint64) {
	for _, rm := range allModes {
		want, flags := a.r.refDiv(x, y, rm)
		got, gotFlags := a.div(x, y, rm)
		c.check("div", []uint64{x, y}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.exact.div(x, y, rm)
		c.check("exact div", []uint64{x, y}, rm, got, gotFlags, want, flags)
		if rm == RNE {
			got, ok := a.fastDiv(x, y)
			c.fast("div", []uint64{x, y}, got, ok, want, flags)
		}
	}
}

func (a *arithmetic) checkSqrt(c *checker, x uint64) {
	for _, rm := range allModes {
		want, flags := a.r.refSqrt(x, rm)
		got, gotFlags := a.sqrt(x, rm)
		c.check("sqrt", []uint64{x}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.exact.sqrt(x, rm)
		c.check("exact sqrt", []uint64{x}, rm, got, gotFlags, want, flags)
		if rm == RNE {
			got, ok := a.fastSqrt(x)
			c.fast("sqrt", []uint64{x}, got, ok, want, flags)
		}
	}
}

func (a *arithmetic) checkFMA(c *checker, x, y, z uint64) {
	for _, rm := range allModes {
		want, flags := a.r.refFMA(x, y, z, rm)
		got, gotFlags := a.fma(x, y, z, rm)
		c.check("fma", []uint64{x, y, z}, rm, got, gotFlags, want, flags)
		got, gotFlags = a.exact.fma(x, y, z, rm)
		c.check("exact fma", []uint64{x, y, z}, rm, got, gotFlags, want, flags)
		if rm == RNE {
			got, ok := a.fastFMA(x, y, z)
			c.fast("fma", []uint64{x, y, z}, got, ok, want, flags)
		}
	}
}

// scaled shrinks a number of rounds for short tests.
func scaled(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// TestArithmeticAgainstModel compares values and flags, all modes, with the rational model.
func TestArithmeticAgainstModel(t *testing.T) {
	for _, a := range append(arithmetics(), halfArithmetic()) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			c := &checker{T: t}
			g := newGenerator(a.r, 1)
			for range scaled(10_000) {
				x, y := g.addends()
				a.checkAdd(c, x, y)
				x, y = g.factors()
				a.checkMul(c, x, y)
				x, y = g.ratio()
				a.checkDiv(c, x, y)
				a.checkSqrt(c, g.square())
				x, y, z := g.fused()
				a.checkFMA(c, x, y, z)
			}
		})
	}
}

// TestSpecialMatrix puts every pair of special values through every operation, and every triple through fma.
func TestSpecialMatrix(t *testing.T) {
	for _, a := range append(arithmetics(), halfArithmetic()) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			c := &checker{T: t}
			all := a.r.specials()
			for i, x := range all {
				a.checkSqrt(c, x)
				for j, y := range all {
					a.checkAdd(c, x, y)
					a.checkMul(c, x, y)
					a.checkDiv(c, x, y)
					for k, z := range all {
						if !testing.Short() || (i+j+k)%7 == 0 {
							a.checkFMA(c, x, y, z)
						}
					}
				}
			}
		})
	}
}

// TestFastPathsEqualExactPath runs many more operands than the model has time for.
func TestFastPathsEqualExactPath(t *testing.T) {
	for _, a := range arithmetics() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			c := &checker{T: t}
			g := newGenerator(a.r, 2)
			for range scaled(150_000) {
				x, y, z := g.operand(), g.operand(), g.operand()
				if g.IntN(2) == 0 {
					y = g.withExp(g.exp(x) + g.IntN(20) - 10)
					z = g.withExp(g.exp(x) + g.exp(y) + g.IntN(2*a.r.p) - a.r.p)
				}
				want, flags := a.exact.add(x, y, RNE)
				got, gotFlags := a.add(x, y, RNE)
				c.check("add", []uint64{x, y}, RNE, got, gotFlags, want, flags)
				want, flags = a.exact.mul(x, y, RNE)
				got, gotFlags = a.mul(x, y, RNE)
				c.check("mul", []uint64{x, y}, RNE, got, gotFlags, want, flags)
				want, flags = a.exact.div(x, y, RNE)
				got, gotFlags = a.div(x, y, RNE)
				c.check("div", []uint64{x, y}, RNE, got, gotFlags, want, flags)
				want, flags = a.exact.sqrt(x, RNE)
				got, gotFlags = a.sqrt(x, RNE)
				c.check("sqrt", []uint64{x}, RNE, got, gotFlags, want, flags)
				want, flags = a.exact.fma(x, y, z, RNE)
				got, gotFlags = a.fma(x, y, z, RNE)
				c.check("fma", []uint64{x, y, z}, RNE, got, gotFlags, want, flags)
				got, ok := a.fastFMA(x, y, z)
				c.fast("fma", []uint64{x, y, z}, got, ok, want, flags)
			}
		})
	}
}

// TestFastPathsTakeCommonOperands keeps the fast paths from quietly refusing everything.
func TestFastPathsTakeCommonOperands(t *testing.T) {
	for _, a := range arithmetics() {
		g := newGenerator(a.r, 3)
		for range 1000 {
			x, y, z := g.withExp(g.IntN(20)), g.withExp(g.IntN(20)-10), g.withExp(50)
			_, add := a.fastAdd(x, y)
			_, sub := a.fastSub(x, y)
			_, mul := a.fastMul(x, y)
			_, div := a.fastDiv(x, y)
			_, sqrt := a.fastSqrt(x &^ a.r.sign(true))
			if !add || !sub || !mul || !div || !sqrt {
				t.Fatalf("%s: refused %#x, %#x: %t %t %t %t %t", a.name, x, y, add, sub, mul, div, sqrt)
			}
			if _, ok := a.fastFMA(x, y, z|1); !ok {
				t.Fatalf("%s: fma refused %#x, %#x, %#x", a.name, x, y, z)
			}
		}
	}
}

// TestExactAgainstHost compares the exact path's values with the host's arithmetic.
func TestExactAgainstHost(t *testing.T) {
	g := newGenerator(ref64, 4)
	same := func(op string, got uint64, host float64) {
		if math.IsNaN(host) {
			host = math.Float64frombits(CanonicalNaN64)
		}
		if got != math.Float64bits(host) {
			t.Fatalf("%s: got %#x, host %#x", op, got, math.Float64bits(host))
		}
	}
	for range scaled(150_000) {
		a, b, c := g.operand(), g.operand(), g.operand()
		x, y, z := math.Float64frombits(a), math.Float64frombits(b), math.Float64frombits(c)
		r, _ := f64.add(a, b, RNE)
		same("add", r, x+y)
		r, _ = f64.mul(a, b, RNE)
		same("mul", r, x*y)
		r, _ = f64.div(a, b, RNE)
		same("div", r, x/y)
		r, _ = f64.sqrt(a, RNE)
		same("sqrt", r, math.Sqrt(x))
		r, _ = f64.fma(a, b, c, RNE)
		same("fma", r, math.FMA(x, y, z))
	}
}
