package fpu

import "math/bits"

// product multiplies two finite numbers without loss.
func product(x, y number) wide {
	hi, lo := bits.Mul64(x.sig, y.sig)
	exp := x.exp + y.exp + 1
	if hi>>63 == 0 {
		hi, lo = hi<<1|lo>>63, lo<<1
		exp--
	}
	if hi == 0 {
		exp = zeroExp
	}
	return wide{hi, lo, exp, x.neg != y.neg}
}

// mul is the exact multiplication.
func (f *format) mul(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	neg := x.neg != y.neg
	switch {
	case x.isNaN() || y.isNaN():
		return f.nanResult(x, y)
	case x.kind == finite && y.kind == finite:
		p := product(x, y)
		return f.round(neg, p.exp, p.hi|sticky(p.lo), rm)
	case x.kind != infinite && y.kind != infinite:
		return f.zero(neg), 0
	case x.kind == zero || y.kind == zero:
		return f.invalid()
	}
	return f.inf(neg), 0
}

// div is the exact division.
func (f *format) div(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	neg := x.neg != y.neg
	switch {
	case x.isNaN() || y.isNaN():
		return f.nanResult(x, y)
	case x.kind == finite && y.kind == finite:
		return f.quotient(x, y, neg, rm)
	case x.kind == y.kind: // zero by zero, infinity by infinity
		return f.invalid()
	case x.kind == infinite:
		return f.inf(neg), 0
	case y.kind == zero:
		return f.inf(neg), DZ
	}
	return f.zero(neg), 0
}

// quotient divides two finite numbers. The dividend is halved where needed, which loses nothing since its lowest bits
// are clear, so that the quotient of the significands has exactly 64 bits.
func (f *format) quotient(x, y number, neg bool, rm RM) (uint64, Flags) {
	sig, exp := x.sig, x.exp-y.exp-1
	if sig >= y.sig {
		sig >>= 1
		exp++
	}
	quo, rem := bits.Div64(sig, 0, y.sig)
	return f.round(neg, exp, quo|sticky(rem), rm)
}
