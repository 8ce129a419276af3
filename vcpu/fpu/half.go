package fpu

// Half precision takes the exact way only, but for what single precision does exactly.

// narrow16 makes a pair of half precision out of what the format-independent code returns.
func narrow16(r uint64, flags Flags) (uint16, Flags) { return uint16(r), flags }

const signBit16 = 1 << 15

// Add16 returns a+b.
func Add16(a, b uint16, rm RM) (uint16, Flags) {
	return narrow16(f16.add(uint64(a), uint64(b), rm))
}

// Sub16 returns a-b.
func Sub16(a, b uint16, rm RM) (uint16, Flags) {
	return narrow16(f16.add(uint64(a), uint64(b^signBit16), rm))
}

// Mul16 returns a×b.
func Mul16(a, b uint16, rm RM) (uint16, Flags) {
	return narrow16(f16.mul(uint64(a), uint64(b), rm))
}

// Div16 returns a÷b.
func Div16(a, b uint16, rm RM) (uint16, Flags) {
	return narrow16(f16.div(uint64(a), uint64(b), rm))
}

// Sqrt16 returns the square root of a.
func Sqrt16(a uint16, rm RM) (uint16, Flags) { return narrow16(f16.sqrt(uint64(a), rm)) }

// FMA16 returns a×b+c, rounded once.
func FMA16(a, b, c uint16, rm RM) (uint16, Flags) {
	return narrow16(f16.fma(uint64(a), uint64(b), uint64(c), rm))
}

// single16 widens a half to a single of the same value and, of a NaN, of the same sort.
func single16(a uint16) uint32 {
	if frac := uint32(a) & 0x3ff; a>>10&0x1f == 0x1f {
		return uint32(a)>>15<<31 | expMask32<<23 | frac<<13
	}
	r, _ := F16ToF32(a)
	return r
}

// half16 narrows a single that single16 has made, or the canonical NaN.
func half16(a uint32, flags Flags) (uint16, Flags) {
	r, _ := F32ToF16(a, RNE)
	return r, flags
}

// Eq16 is feq.h.
func Eq16(a, b uint16) (bool, Flags) { return Eq32(single16(a), single16(b)) }

// Lt16 is flt.h.
func Lt16(a, b uint16) (bool, Flags) { return Lt32(single16(a), single16(b)) }

// Le16 is fle.h.
func Le16(a, b uint16) (bool, Flags) { return Le32(single16(a), single16(b)) }

// LtQ16 is fltq.h of Zfa.
func LtQ16(a, b uint16) (bool, Flags) { return LtQ32(single16(a), single16(b)) }

// LeQ16 is fleq.h of Zfa.
func LeQ16(a, b uint16) (bool, Flags) { return LeQ32(single16(a), single16(b)) }

// Min16 is fmin.h.
func Min16(a, b uint16) (uint16, Flags) { return half16(Min32(single16(a), single16(b))) }

// Max16 is fmax.h.
func Max16(a, b uint16) (uint16, Flags) { return half16(Max32(single16(a), single16(b))) }

// MinM16 is fminm.h of Zfa.
func MinM16(a, b uint16) (uint16, Flags) { return half16(MinM32(single16(a), single16(b))) }

// MaxM16 is fmaxm.h of Zfa.
func MaxM16(a, b uint16) (uint16, Flags) { return half16(MaxM32(single16(a), single16(b))) }

// Class16 is fclass.h: a mask with exactly one bit set.
func Class16(a uint16) uint64 { return f16.class(uint64(a)) }

// Round16 is fround.h of Zfa, which never raises NX.
func Round16(a uint16, rm RM) (uint16, Flags) { return narrow16(f16.roundInt(uint64(a), rm, 0)) }

// RoundNX16 is froundnx.h of Zfa.
func RoundNX16(a uint16, rm RM) (uint16, Flags) { return narrow16(f16.roundInt(uint64(a), rm, NX)) }

// F16ToI32 is fcvt.w.h.
func F16ToI32(a uint16, rm RM) (uint64, Flags) { return f16.toInt(uint64(a), toI32, rm) }

// F16ToU32 is fcvt.wu.h. The result is sign-extended from 32 bits.
func F16ToU32(a uint16, rm RM) (uint64, Flags) { return f16.toInt(uint64(a), toU32, rm) }

// F16ToI64 is fcvt.l.h.
func F16ToI64(a uint16, rm RM) (uint64, Flags) { return f16.toInt(uint64(a), toI64, rm) }

// F16ToU64 is fcvt.lu.h.
func F16ToU64(a uint16, rm RM) (uint64, Flags) { return f16.toInt(uint64(a), toU64, rm) }

// I32ToF16 is fcvt.h.w.
func I32ToF16(v int32, rm RM) (uint16, Flags) { return I64ToF16(int64(v), rm) }

// U32ToF16 is fcvt.h.wu.
func U32ToF16(v uint32, rm RM) (uint16, Flags) { return U64ToF16(uint64(v), rm) }

// I64ToF16 is fcvt.h.l.
func I64ToF16(v int64, rm RM) (uint16, Flags) {
	neg, mag := magnitude(v)
	return narrow16(f16.fromInt(neg, mag, rm))
}

// U64ToF16 is fcvt.h.lu.
func U64ToF16(v uint64, rm RM) (uint16, Flags) { return narrow16(f16.fromInt(false, v, rm)) }

// Li16 holds what fli.h loads, by the value of its rs1 field. 2^16 is infinity in half precision, and the smallest normal
// number is the format's own. Nobody writes it.
var Li16 = func() (t [32]uint16) {
	for i, v := range Li64 {
		t[i], _ = F64ToF16(v, RNE)
	}
	t[1] = 0x0400
	return t
}()
