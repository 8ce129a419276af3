package fpu

import "math/big"

// This file is the model that the package is checked against: exact rational arithmetic with math/big, and a rounding
// written from the definition. It shares no code with the package.

// refFormat is a format by IEEE 754's parameters: p significant bits and the exponents of the normal numbers.
type refFormat struct{ p, emin, emax int }

var (
	ref16 = refFormat{11, -14, 15}
	ref32 = refFormat{24, -126, 127}
	ref64 = refFormat{53, -1022, 1023}
)

// refNumber is a decoded operand: (-1)^neg × mant × 2^exp unless inf or NaN.
type refNumber struct {
	neg, inf, quiet, signalling bool
	mant                        *big.Int
	exp                         int
}

func (r refFormat) width() int { return r.p + 1 + (big.NewInt(int64(r.emax)).BitLen()) }

func (r refFormat) decode(v uint64) refNumber {
	w := r.width()
	fracBits := r.p - 1
	n := refNumber{neg: v>>(w-1)&1 == 1}
	frac := v % (1 << fracBits)
	biased := int(v >> fracBits % (1 << (w - 1 - fracBits)))
	switch {
	case biased == 2*r.emax+1 && frac == 0:
		n.inf = true
	case biased == 2*r.emax+1:
		n.quiet = frac >= 1<<(fracBits-1)
		n.signalling = !n.quiet
	case biased == 0:
		n.mant, n.exp = new(big.Int).SetUint64(frac), r.emin-fracBits
	default:
		n.mant, n.exp = new(big.Int).SetUint64(frac+1<<fracBits), biased-r.emax-fracBits
	}
	return n
}

func (n refNumber) nan() bool  { return n.quiet || n.signalling }
func (n refNumber) zero() bool { return n.mant != nil && n.mant.Sign() == 0 }

// signed returns the mantissa with its sign.
func (n refNumber) signed() *big.Int {
	if n.neg {
		return new(big.Int).Neg(n.mant)
	}
	return n.mant
}

func (r refFormat) sign(neg bool) uint64 {
	if neg {
		return 1 << (r.width() - 1)
	}
	return 0
}

func (r refFormat) infinity(neg bool) uint64 {
	return r.sign(neg) | uint64(2*r.emax+1)<<(r.p-1)
}

func (r refFormat) nanBits() uint64 { return r.infinity(false) | 1<<(r.p-2) }

// refQuantize rounds num/den × 2^exp, a positive number, to a multiple of 2^quantum and returns the multiple and whether
// it is exact.
func refQuantize(neg bool, num, den *big.Int, exp, quantum int, rm RM) (*big.Int, bool) {
	n, d := num, den
	if s := exp - quantum; s >= 0 {
		n = new(big.Int).Lsh(num, uint(s))
	} else {
		d = new(big.Int).Lsh(den, uint(-s))
	}
	quo, rem := new(big.Int).QuoRem(n, d, new(big.Int))
	if rem.Sign() == 0 {
		return quo, true
	}
	half := rem.Lsh(rem, 1).Cmp(d)
	up := false
	switch rm {
	case RNE:
		up = half > 0 || half == 0 && quo.Bit(0) == 1
	case RMM:
		up = half >= 0
	case RUP:
		up = !neg
	case RDN:
		up = neg
	}
	if up {
		quo.Add(quo, big.NewInt(1))
	}
	return quo, false
}

// round rounds num/den × 2^exp, a positive number with the given sign.
func (r refFormat) round(neg bool, num, den *big.Int, exp int, rm RM) (uint64, Flags) {
	// e is the exponent of the value: 2^e <= value < 2^(e+1).
	e := num.BitLen() - den.BitLen()
	lhs, rhs := new(big.Int).Set(num), new(big.Int).Set(den)
	if e >= 0 {
		rhs.Lsh(rhs, uint(e))
	} else {
		lhs.Lsh(lhs, uint(-e))
	}
	if lhs.Cmp(rhs) < 0 {
		e--
	}
	e += exp

	quantum := max(e, r.emin) - (r.p - 1)
	n, exact := refQuantize(neg, num, den, exp, quantum, rm)
	var flags Flags
	if !exact {
		flags |= NX
		// Tiny after rounding: with an unbounded exponent the rounded value is below 2^emin.
		unbounded, _ := refQuantize(neg, num, den, exp, e-(r.p-1), rm)
		if e-(r.p-1)+unbounded.BitLen()-1 < r.emin {
			flags |= UF
		}
	}
	if n.Sign() == 0 {
		return r.sign(neg), flags
	}
	if quantum+n.BitLen()-1 > r.emax {
		flags |= OF | NX
		if rm == RTZ || rm == RDN && !neg || rm == RUP && neg {
			return r.infinity(neg) - 1, flags
		}
		return r.infinity(neg), flags
	}
	if n.BitLen() > r.p { // carried to the next power of two
		n.Rsh(n, 1)
		quantum++
	}
	if n.BitLen() < r.p {
		return r.sign(neg) | n.Uint64(), flags
	}
	return r.sign(neg) | uint64(quantum+r.p-1+r.emax)<<(r.p-1) | (n.Uint64() - 1<<(r.p-1)), flags
}

// roundSigned rounds num × 2^exp where zeroNeg is the sign to give to a zero.
func (r refFormat) roundSigned(num *big.Int, exp int, zeroNeg bool, rm RM) (uint64, Flags) {
	if num.Sign() == 0 {
		return r.sign(zeroNeg), 0
	}
	return r.round(num.Sign() < 0, new(big.Int).Abs(num), big.NewInt(1), exp, rm)
}

// refSum returns x × 2^xe + y × 2^ye.
func refSum(x *big.Int, xe int, y *big.Int, ye int) (*big.Int, int) {
	e := min(xe, ye)
	sum := new(big.Int).Lsh(x, uint(xe-e))
	return sum.Add(sum, new(big.Int).Lsh(y, uint(ye-e))), e
}

// refFMA is a×b+c; an addition is the case b = 1.
func (r refFormat) refFMA(a, b, c uint64, rm RM) (uint64, Flags) {
	x, y, z := r.decode(a), r.decode(b), r.decode(c)
	neg := x.neg != y.neg
	invalid := x.signalling || y.signalling || z.signalling || x.inf && y.zero() || x.zero() && y.inf
	switch {
	case invalid:
		return r.nanBits(), NV
	case x.nan() || y.nan() || z.nan():
		return r.nanBits(), 0
	case (x.inf || y.inf) && z.inf && neg != z.neg:
		return r.nanBits(), NV
	case x.inf || y.inf:
		return r.infinity(neg), 0
	case z.inf:
		return r.infinity(z.neg), 0
	}
	num, exp := refSum(new(big.Int).Mul(x.signed(), y.signed()), x.exp+y.exp, z.signed(), z.exp)
	zeroNeg := rm == RDN
	if neg == z.neg {
		zeroNeg = neg
	}
	return r.roundSigned(num, exp, zeroNeg, rm)
}

func (r refFormat) one() uint64 { return uint64(r.emax) << (r.p - 1) }

func (r refFormat) refMul(a, b uint64, rm RM) (uint64, Flags) {
	x, y := r.decode(a), r.decode(b)
	neg := x.neg != y.neg
	switch {
	case x.signalling || y.signalling:
		return r.nanBits(), NV
	case x.nan() || y.nan():
		return r.nanBits(), 0
	case x.inf && y.zero() || x.zero() && y.inf:
		return r.nanBits(), NV
	case x.inf || y.inf:
		return r.infinity(neg), 0
	}
	return r.roundSigned(new(big.Int).Mul(x.signed(), y.signed()), x.exp+y.exp, neg, rm)
}

func (r refFormat) refDiv(a, b uint64, rm RM) (uint64, Flags) {
	x, y := r.decode(a), r.decode(b)
	neg := x.neg != y.neg
	switch {
	case x.signalling || y.signalling:
		return r.nanBits(), NV
	case x.nan() || y.nan():
		return r.nanBits(), 0
	case x.inf && y.inf || x.zero() && y.zero():
		return r.nanBits(), NV
	case x.inf:
		return r.infinity(neg), 0
	case y.inf || x.zero():
		return r.sign(neg), 0
	case y.zero():
		return r.infinity(neg), DZ
	}
	return r.round(neg, x.mant, y.mant, x.exp-y.exp, rm)
}

// refSqrt finds a root of 200 bits or more; if that is not exact, a one behind it stands for the rest.
func (r refFormat) refSqrt(a uint64, rm RM) (uint64, Flags) {
	x := r.decode(a)
	switch {
	case x.signalling:
		return r.nanBits(), NV
	case x.nan():
		return r.nanBits(), 0
	case x.zero():
		return a, 0
	case x.neg:
		return r.nanBits(), NV
	case x.inf:
		return a, 0
	}
	shift := uint(400 + x.exp&1)
	square := new(big.Int).Lsh(x.mant, shift)
	root := new(big.Int).Sqrt(square)
	exact := new(big.Int).Mul(root, root).Cmp(square) == 0
	root.Lsh(root, 1)
	if !exact {
		root.Add(root, big.NewInt(1))
	}
	return r.round(false, root, big.NewInt(1), (x.exp-int(shift))/2-1, rm)
}

// refToInt converts to an integer of the given width, and returns it extended to 64 bits from 32 by sign.
func (r refFormat) refToInt(a uint64, width uint, signed bool, rm RM) (uint64, Flags) {
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), width)
	if signed {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	high.Sub(high, big.NewInt(1))
	x := r.decode(a)
	var flags Flags
	var n *big.Int
	switch {
	case x.nan() || x.inf && !x.neg:
		n, flags = high, NV
	case x.inf:
		n, flags = low, NV
	default:
		quo, exact := refQuantize(x.neg, x.mant, big.NewInt(1), x.exp, 0, rm)
		n = quo
		if x.neg {
			n.Neg(n)
		}
		switch {
		case n.Cmp(low) < 0:
			n, flags = low, NV
		case n.Cmp(high) > 0:
			n, flags = high, NV
		case !exact:
			flags = NX
		}
	}
	bits := new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)).Uint64()
	if width == 32 {
		bits = uint64(int32(bits))
	}
	return bits, flags
}

// refRoundInt rounds to an integer in the same format.
func (r refFormat) refRoundInt(a uint64, rm RM) (uint64, Flags) {
	x := r.decode(a)
	switch {
	case x.signalling:
		return r.nanBits(), NV
	case x.nan():
		return r.nanBits(), 0
	case x.inf:
		return a, 0
	}
	n, exact := refQuantize(x.neg, x.mant, big.NewInt(1), x.exp, 0, rm)
	if x.neg {
		n.Neg(n)
	}
	bits, _ := r.roundSigned(n, 0, x.neg, RTZ)
	if exact {
		return bits, 0
	}
	return bits, NX
}

// refConvert changes the format.
func (r refFormat) refConvert(a uint64, to refFormat, rm RM) (uint64, Flags) {
	x := r.decode(a)
	switch {
	case x.signalling:
		return to.nanBits(), NV
	case x.nan():
		return to.nanBits(), 0
	case x.inf:
		return to.infinity(x.neg), 0
	}
	return to.roundSigned(x.signed(), x.exp, x.neg, rm)
}

// refModW is fcvtmod.w.d by its definition.
func refModW(a uint64) (uint64, Flags) {
	_, flags := ref64.refToInt(a, 32, true, RTZ)
	x := ref64.decode(a)
	if x.nan() || x.inf {
		return 0, flags
	}
	n, _ := refQuantize(x.neg, x.mant, big.NewInt(1), x.exp, 0, RTZ)
	if x.neg {
		n.Neg(n)
	}
	return uint64(int32(n.And(n, big.NewInt(1<<32-1)).Uint64())), flags
}

// refFromInt converts an integer.
func (r refFormat) refFromInt(neg bool, mag uint64, rm RM) (uint64, Flags) {
	n := new(big.Int).SetUint64(mag)
	if neg {
		n.Neg(n)
	}
	return r.roundSigned(n, 0, false, rm)
}
