package fpu

import (
	"math"
	"testing"
)

// The benchmarks run a dependent chain with values that stay in the middle of the range, as a guest's loop would.

var sink64 uint64

func BenchmarkArithmetic(b *testing.B) {
	x, y := math.Float64bits(1.2345678), math.Float64bits(1.0000001)
	xs, ys := uint64(math.Float32bits(1.2345678)), uint64(math.Float32bits(1.0000001))
	for _, a := range arithmetics() {
		if a.r == ref32 {
			x, y = xs, ys
		}
		binary := func(name string, f func(a, b uint64, rm RM) (uint64, Flags), rm RM) {
			b.Run(a.name+"/"+name, func(b *testing.B) {
				v := x
				for range b.N {
					v, _ = f(v, y, rm)
					v = v&^3 | 1
				}
				sink64 = v
			})
		}
		unary := func(name string, f func(a uint64, rm RM) (uint64, Flags)) {
			b.Run(a.name+"/"+name, func(b *testing.B) {
				for range b.N {
					sink64, _ = f(x, RNE)
				}
			})
		}
		ternary := func(name string, f func(a, b, c uint64, rm RM) (uint64, Flags)) {
			b.Run(a.name+"/"+name, func(b *testing.B) {
				for range b.N {
					sink64, _ = f(x, y, x, RNE)
				}
			})
		}
		binary("add", a.add, RNE)
		binary("add-rtz", a.add, RTZ)
		binary("add-exact", a.exact.add, RNE)
		binary("mul", a.mul, RNE)
		binary("mul-exact", a.exact.mul, RNE)
		binary("div", a.div, RNE)
		binary("div-exact", a.exact.div, RNE)
		unary("sqrt", a.sqrt)
		unary("sqrt-exact", a.exact.sqrt)
		ternary("fma", a.fma)
		ternary("fma-exact", a.exact.fma)
	}
}

// BenchmarkInline measures the inlined fast paths, which the function values above would hide.
func BenchmarkInline(b *testing.B) {
	x, y := math.Float64bits(1.2345678), math.Float64bits(1.0000001)
	b.Run("AddFast64", func(b *testing.B) {
		v := x
		for range b.N {
			if r, ok := AddFast64(v, y); ok {
				v = r
			}
		}
		sink64 = v
	})
	b.Run("MulFast64", func(b *testing.B) {
		v := x
		for range b.N {
			if r, ok := MulFast64(v, y); ok {
				v = r
			}
		}
		sink64 = v
	})
	b.Run("FMAFast64", func(b *testing.B) {
		v := x
		for range b.N {
			if r, ok := FMAFast64(v, y, x); ok {
				v = r
			}
		}
		sink64 = v
	})
	b.Run("FMAFast32", func(b *testing.B) {
		v := math.Float32bits(1.5)
		for range b.N {
			if r, ok := FMAFast32(v, math.Float32bits(0.7), math.Float32bits(0.3)); ok {
				v = r
			}
		}
		sink64 = uint64(v)
	})
	b.Run("Lt64", func(b *testing.B) {
		n := uint64(0)
		for i := range b.N {
			if lt, _ := Lt64(uint64(i), y); lt {
				n++
			}
		}
		sink64 = n
	})
}

func BenchmarkConversions(b *testing.B) {
	x := math.Float64bits(12345.678)
	b.Run("F64ToI64-rtz", func(b *testing.B) {
		for range b.N {
			sink64, _ = F64ToI64(x, RTZ)
		}
	})
	b.Run("F64ToI64-rne", func(b *testing.B) {
		for range b.N {
			sink64, _ = F64ToI64(x, RNE)
		}
	})
	b.Run("F64ToU64-rtz", func(b *testing.B) {
		for range b.N {
			sink64, _ = F64ToU64(x, RTZ)
		}
	})
	b.Run("I64ToF64", func(b *testing.B) {
		for i := range b.N {
			sink64, _ = I64ToF64(int64(i), RNE)
		}
	})
	b.Run("F64ToF32", func(b *testing.B) {
		for range b.N {
			r, _ := F64ToF32(x, RNE)
			sink64 = uint64(r)
		}
	})
	b.Run("Round64", func(b *testing.B) {
		for range b.N {
			sink64, _ = Round64(x, RTZ)
		}
	})
}
