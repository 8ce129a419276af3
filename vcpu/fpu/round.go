package fpu

// round rounds sig × 2^(exp-63), bit 63 of sig set, to the format and packs it. Whatever the true significand holds below
// bit 0 must have been or'ed into bit 0; sig then has at least two bits more than any format's significand, which is
// what every rounding mode needs.
func (f *format) round(neg bool, exp int, sig uint64, rm RM) (uint64, Flags) {
	drop := 63 - f.man
	if exp < f.emin() {
		return f.roundTiny(neg, exp, sig, rm)
	}
	rest := sig & (1<<drop - 1)
	sig >>= drop
	if roundsUp(rm, neg, sig&1 != 0, rest, 1<<(drop-1)) {
		sig++
	}
	if exp > f.bias {
		return f.overflow(neg, rm)
	}
	// The leading bit of sig adds one to the exponent field, and so does a carry out of the significand.
	mag := uint64(exp+f.bias-1)<<f.man + sig
	if mag >= f.inf(false) {
		return f.overflow(neg, rm)
	}
	return f.signBit(neg) | mag, flagIf(rest != 0, NX)
}

// roundTiny rounds a number below the normal range. It underflows if it is inexact, unless rounding with an unbounded
// exponent would have carried it up to the smallest normal number.
func (f *format) roundTiny(neg bool, exp int, sig uint64, rm RM) (uint64, Flags) {
	drop := 63 - f.man
	half := uint64(1) << (drop - 1)
	ones := uint64(2)<<f.man - 1
	tiny := exp < f.emin()-1 || sig>>drop != ones || !roundsUp(rm, neg, true, sig&(1<<drop-1), half)

	sig = shiftRightSticky(sig, uint(f.emin()-exp))
	rest := sig & (1<<drop - 1)
	sig >>= drop
	if roundsUp(rm, neg, sig&1 != 0, rest, half) {
		sig++ // a carry into the exponent field makes the smallest normal number
	}
	if rest == 0 {
		return f.signBit(neg) | sig, 0
	}
	return f.signBit(neg) | sig, NX | flagIf(tiny, UF)
}

// overflow is the result of a number too large for the format.
func (f *format) overflow(neg bool, rm RM) (uint64, Flags) {
	if rm == RTZ || rm == RDN && !neg || rm == RUP && neg {
		return f.max(neg), OF | NX
	}
	return f.inf(neg), OF | NX
}

// roundsUp says whether a magnitude grows in rounding, given whether its last kept bit is odd, the rest that is dropped,
// and what would be half a unit of the last kept bit.
func roundsUp(rm RM, neg, odd bool, rest, half uint64) bool {
	switch rm {
	case RNE:
		return rest > half || rest == half && odd
	case RDN:
		return rest != 0 && neg
	case RUP:
		return rest != 0 && !neg
	case RMM:
		return rest >= half
	}
	return false
}

// shiftRightSticky shifts right and or's everything shifted out into bit 0. It is not written with min(n, 64): Go 1.26
// on amd64 lets that comparison share its flags with the range check of v>>n, which overwrites them.
func shiftRightSticky(v uint64, n uint) uint64 {
	if n >= 64 {
		return sticky(v)
	}
	return v>>n | sticky(v<<(64-n))
}

// sticky is 1 if v is not zero.
func sticky(v uint64) uint64 {
	if v != 0 {
		return 1
	}
	return 0
}
