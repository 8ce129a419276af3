package fpu

// roundInt rounds to an integer in the same format. Zeros and infinities stay, a result of zero keeps its operand's sign,
// a NaN becomes canonical, and nx is what a rounding that changed the value raises.
func (f *format) roundInt(v uint64, rm RM, nx Flags) (uint64, Flags) {
	sign := v & (1 << f.sign)
	mag := v &^ sign
	exp := int(mag>>f.man) - f.bias
	switch {
	case mag > f.inf(false):
		x := f.unpack(v)
		return f.nanResult(x, x)
	case exp >= int(f.man) || mag == 0:
		return v, 0
	case exp < 0:
		return f.roundFraction(sign, mag, rm, nx)
	}
	// The last integer bit is a bit of the fraction, or for numbers in [1, 2) the last bit of the exponent field, which is
	// set there because the bias is odd, just like the implied leading bit it stands for.
	drop := f.man - uint(exp)
	rest := mag & (1<<drop - 1)
	mag -= rest
	if roundsUp(rm, sign != 0, mag>>drop&1 != 0, rest, 1<<(drop-1)) {
		mag += 1 << drop
	}
	if rest == 0 {
		return v, 0
	}
	return sign | mag, nx
}

// roundFraction rounds a magnitude between zero and one, both excluded. Patterns of positive numbers are ordered as the
// numbers are, so comparing with the pattern of one half does.
func (f *format) roundFraction(sign, mag uint64, rm RM, nx Flags) (uint64, Flags) {
	half := uint64(f.bias-1) << f.man
	if roundsUp(rm, sign != 0, false, mag, half) {
		return sign | uint64(f.bias)<<f.man, nx
	}
	return sign, nx
}

// Round64 is fround.d of Zfa, which never raises NX.
func Round64(a uint64, rm RM) (uint64, Flags) { return f64.roundInt(a, rm, 0) }

// RoundNX64 is froundnx.d of Zfa.
func RoundNX64(a uint64, rm RM) (uint64, Flags) { return f64.roundInt(a, rm, NX) }

// Round32 is fround.s of Zfa, which never raises NX.
func Round32(a uint32, rm RM) (uint32, Flags) { return narrow(f32.roundInt(uint64(a), rm, 0)) }

// RoundNX32 is froundnx.s of Zfa.
func RoundNX32(a uint32, rm RM) (uint32, Flags) { return narrow(f32.roundInt(uint64(a), rm, NX)) }
