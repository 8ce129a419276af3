package fpu

import "math/bits"

// wide is a finite number with a 128-bit significand: its value is (hi:lo) × 2^(exp-127), and bit 63 of hi is set unless
// it is zero. A product of two operands fits without loss and leaves at least 22 low bits clear.
type wide struct {
	hi, lo uint64
	exp    int
	neg    bool
}

func widen(n number) wide { return wide{n.sig, 0, n.exp, n.neg} }

// add is the exact addition.
func (f *format) add(a, b uint64, rm RM) (uint64, Flags) {
	x, y := f.unpack(a), f.unpack(b)
	if x.kind >= infinite || y.kind >= infinite {
		return f.addSpecial(x, y)
	}
	return f.sum(widen(x), widen(y), rm)
}

// addSpecial adds where at least one operand is infinite or a NaN.
func (f *format) addSpecial(x, y number) (uint64, Flags) {
	switch {
	case x.isNaN() || y.isNaN():
		return f.nanResult(x, y)
	case x.kind != infinite:
		return f.inf(y.neg), 0
	case y.kind == infinite && x.neg != y.neg:
		return f.invalid()
	}
	return f.inf(x.neg), 0
}

// fma is the exact fused multiply-add, a×b+c.
func (f *format) fma(a, b, c uint64, rm RM) (uint64, Flags) {
	x, y, z := f.unpack(a), f.unpack(b), f.unpack(c)
	if x.kind >= infinite || y.kind >= infinite || z.kind >= infinite {
		return f.fmaSpecial(x, y, z)
	}
	return f.sum(product(x, y), widen(z), rm)
}

// fmaSpecial is fma where at least one operand is infinite or a NaN. Infinity times zero is invalid before the addend is
// looked at, and a signalling NaN anywhere is invalid too.
func (f *format) fmaSpecial(x, y, z number) (uint64, Flags) {
	switch {
	case x.kind == infinite && y.kind == zero || x.kind == zero && y.kind == infinite:
		return f.invalid()
	case x.isNaN() || y.isNaN():
		_, flags := f.nanResult(x, y)
		return f.nan, flags | flagIf(z.kind == signallingNaN, NV)
	}
	p := number{neg: x.neg != y.neg, kind: finite}
	if x.kind == infinite || y.kind == infinite {
		p.kind = infinite
	}
	return f.addSpecial(p, z)
}

// sum adds two wide numbers and rounds once.
//
// The smaller operand is shifted into place with a sticky bit 0. That is a rounding to odd, and it stays one through the
// addition because the other operand's bit 0 is clear. Bits are lost only if the shift is 22 or more, and then the
// leading bit of the result moves by one place at most: the sticky bit stays far below the rounding position.
func (f *format) sum(p, q wide, rm RM) (uint64, Flags) {
	if p.exp < q.exp || p.exp == q.exp && (p.hi < q.hi || p.hi == q.hi && p.lo < q.lo) {
		p, q = q, p
	}
	qhi, qlo := shiftRightSticky128(q.hi, q.lo, uint(p.exp-q.exp))
	if p.neg == q.neg {
		lo, carry := bits.Add64(p.lo, qlo, 0)
		hi, carry := bits.Add64(p.hi, qhi, carry)
		if carry != 0 {
			return f.round(p.neg, p.exp+1, 1<<63|hi>>1|sticky(hi&1|lo), rm)
		}
		if hi == 0 {
			return f.zero(p.neg), 0
		}
		return f.round(p.neg, p.exp, hi|sticky(lo), rm)
	}
	lo, borrow := bits.Sub64(p.lo, qlo, 0)
	hi, _ := bits.Sub64(p.hi, qhi, borrow)
	if hi|lo == 0 {
		return f.zero(rm == RDN), 0
	}
	hi, lo, shift := normalise128(hi, lo)
	return f.round(p.neg, p.exp-shift, hi|sticky(lo), rm)
}

// normalise128 shifts a non-zero hi:lo left until bit 63 of hi is set, and returns by how much.
func normalise128(hi, lo uint64) (uint64, uint64, int) {
	shift := 0
	if hi == 0 {
		hi, lo, shift = lo, 0, 64
	}
	n := bits.LeadingZeros64(hi)
	return hi<<n | lo>>(64-n), lo << n, shift + n
}

// shiftRightSticky128 shifts hi:lo right and or's everything shifted out into bit 0.
func shiftRightSticky128(hi, lo uint64, n uint) (uint64, uint64) {
	if n < 64 {
		return hi >> n, lo>>n | hi<<(64-n) | sticky(lo<<(64-n))
	}
	return 0, shiftRightSticky(hi, n-64) | sticky(lo)
}
