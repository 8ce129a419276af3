package crypt

import "math/bits"

// Map is one of the linear maps of a hash function: the exclusive or of its argument rotated to the right by some amounts
// and, if Shift is not 0, shifted to the right by that. Amounts of 0 count: they are the argument itself.
type Map struct {
	Rotate []uint8
	Shift  uint8
	Word   bool // of 32 bits, and the result sign-extended
}

// The maps of SHA-256 and SHA-512 (FIPS 180-4, section 4.1) and of SM3 (GB/T 32905).
var (
	SHA256Sum0 = Map{[]uint8{2, 13, 22}, 0, true}
	SHA256Sum1 = Map{[]uint8{6, 11, 25}, 0, true}
	SHA256Sig0 = Map{[]uint8{7, 18}, 3, true}
	SHA256Sig1 = Map{[]uint8{17, 19}, 10, true}
	SHA512Sum0 = Map{[]uint8{28, 34, 39}, 0, false}
	SHA512Sum1 = Map{[]uint8{14, 18, 41}, 0, false}
	SHA512Sig0 = Map{[]uint8{1, 8}, 7, false}
	SHA512Sig1 = Map{[]uint8{19, 61}, 6, false}
	SM3P0      = Map{[]uint8{0, 32 - 9, 32 - 17}, 0, true}
	SM3P1      = Map{[]uint8{0, 32 - 15, 32 - 23}, 0, true}
)

// Of applies the map.
func (m *Map) Of(a uint64) (r uint64) {
	if m.Word {
		return signed(uint32(m.of32(uint32(a))))
	}
	for _, n := range m.Rotate {
		r ^= bits.RotateLeft64(a, -int(n))
	}
	if m.Shift != 0 {
		r ^= a >> m.Shift
	}
	return r
}

func (m *Map) of32(a uint32) (r uint32) {
	for _, n := range m.Rotate {
		r ^= bits.RotateLeft32(a, -int(n))
	}
	if m.Shift != 0 {
		r ^= a >> m.Shift
	}
	return r
}
