package fpu

const (
	boxOf32 uint64 = 0xffff_ffff_0000_0000
	boxOf16 uint64 = 0xffff_ffff_ffff_0000
)

// Box32 NaN-boxes a single-precision value for a 64-bit register ("D" chapter, "NaN Boxing of Narrower Values").
func Box32(v uint32) uint64 { return boxOf32 | uint64(v) }

// Unbox32 reads a single-precision operand from a 64-bit register. A register that is not NaN-boxed reads as the
// canonical NaN.
func Unbox32(v uint64) uint32 {
	if v >= boxOf32 {
		return uint32(v)
	}
	return CanonicalNaN32
}

// Box16 NaN-boxes a half-precision value for a 64-bit register.
func Box16(v uint16) uint64 { return boxOf16 | uint64(v) }

// Unbox16 reads a half-precision operand from a 64-bit register. A register that is not NaN-boxed reads as the canonical
// NaN.
func Unbox16(v uint64) uint16 {
	if v >= boxOf16 {
		return uint16(v)
	}
	return CanonicalNaN16
}
