package fpu

import "math/bits"

// format describes one IEEE 754 binary interchange format. The three instances below are never written.
type format struct {
	man     uint   // bits of the fraction
	sign    uint   // position of the sign bit
	expMask int    // biased exponent of infinities and NaNs
	bias    int    // exponent bias
	nan     uint64 // canonical NaN
}

var (
	f16 = &format{man: 10, sign: 15, expMask: 0x1f, bias: 15, nan: uint64(CanonicalNaN16)}
	f32 = &format{man: 23, sign: 31, expMask: 0xff, bias: 127, nan: uint64(CanonicalNaN32)}
	f64 = &format{man: 52, sign: 63, expMask: 0x7ff, bias: 1023, nan: CanonicalNaN64}
)

// emin is the exponent of the smallest normal number.
func (f *format) emin() int { return 1 - f.bias }

// inf returns an infinity.
func (f *format) inf(neg bool) uint64 { return f.signBit(neg) | uint64(f.expMask)<<f.man }

// zero returns a zero.
func (f *format) zero(neg bool) uint64 { return f.signBit(neg) }

// max returns the finite number of the largest magnitude.
func (f *format) max(neg bool) uint64 { return f.inf(neg) - 1 }

func (f *format) signBit(neg bool) uint64 {
	if neg {
		return 1 << f.sign
	}
	return 0
}

// kind tells numbers from things that are not. Everything from infinite on needs special treatment in arithmetic, and
// everything from quietNaN on is a NaN.
type kind uint8

const (
	zero kind = iota
	finite
	infinite
	quietNaN
	signallingNaN
)

// zeroExp is the exponent given to zeros: below that of any number, any product and any quotient, so that aligning
// operands by exponent needs no case for zero.
const zeroExp = -1 << 20

// number is an unpacked operand. A finite one has the value sig × 2^(exp-63) with bit 63 of sig set: subnormals are
// normalised. A zero has sig 0 and exp zeroExp.
type number struct {
	sig  uint64
	exp  int
	neg  bool
	kind kind
}

func (n number) isNaN() bool { return n.kind >= quietNaN }

// unpack takes a bit pattern apart.
func (f *format) unpack(v uint64) number {
	neg := v>>f.sign&1 != 0
	exp := int(v>>f.man) & f.expMask
	frac := v & (1<<f.man - 1)
	switch {
	case exp == f.expMask:
		return number{neg: neg, kind: f.specialKind(frac)}
	case exp != 0:
		return number{1<<63 | frac<<(63-f.man), exp - f.bias, neg, finite}
	case frac == 0:
		return number{0, zeroExp, neg, zero}
	}
	shift := bits.LeadingZeros64(frac)
	return number{frac << shift, f.emin() - int(f.man) + 63 - shift, neg, finite}
}

func (f *format) specialKind(frac uint64) kind {
	switch {
	case frac == 0:
		return infinite
	case frac>>(f.man-1) == 0:
		return signallingNaN
	}
	return quietNaN
}

// invalid is the result of an invalid operation.
func (f *format) invalid() (uint64, Flags) { return f.nan, NV }

// nanResult is the result of an operation on operands of which at least one is a NaN.
func (f *format) nanResult(x, y number) (uint64, Flags) {
	return f.nan, flagIf(x.kind == signallingNaN || y.kind == signallingNaN, NV)
}
