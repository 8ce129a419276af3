package fpu

// The bits of the mask that fclass writes ("F" chapter, "Single-Precision Floating-Point Classify Instruction").
const (
	ClassNegInf = 1 << iota
	ClassNegNormal
	ClassNegSubnormal
	ClassNegZero
	ClassPosZero
	ClassPosSubnormal
	ClassPosNormal
	ClassPosInf
	ClassSignallingNaN
	ClassQuietNaN
)

// Class64 is fclass.d: a mask with exactly one bit set.
func Class64(a uint64) uint64 { return f64.class(a) }

// Class32 is fclass.s: a mask with exactly one bit set.
func Class32(a uint32) uint64 { return f32.class(uint64(a)) }

func (f *format) class(v uint64) uint64 {
	frac, exp := v&(1<<f.man-1), int(v>>f.man)&f.expMask
	if exp == f.expMask && frac != 0 {
		if f.specialKind(frac) == signallingNaN {
			return ClassSignallingNaN
		}
		return ClassQuietNaN
	}
	neg, pos := uint64(ClassNegNormal), uint64(ClassPosNormal)
	switch {
	case exp == f.expMask:
		neg, pos = ClassNegInf, ClassPosInf
	case exp == 0 && frac == 0:
		neg, pos = ClassNegZero, ClassPosZero
	case exp == 0:
		neg, pos = ClassNegSubnormal, ClassPosSubnormal
	}
	if v>>f.sign&1 != 0 {
		return neg
	}
	return pos
}
