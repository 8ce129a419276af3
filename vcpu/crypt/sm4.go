package crypt

import "math/bits"

// The cipher's words have their first byte at the top, registers at the bottom: the linear maps are between two reversals.

// Encipher is sm4ed: byte n of b through the S-box and the linear map of the cipher, into a. Of 32 bits, sign-extended.
func Encipher(a, b uint64, n uint) uint64 {
	x := substitute(b, n)
	return gathered(a, x^bits.RotateLeft32(x, 2)^bits.RotateLeft32(x, 10)^bits.RotateLeft32(x, 18)^bits.RotateLeft32(x, 24), n)
}

// Expand is sm4ks: Encipher with the linear map of the key schedule.
func Expand(a, b uint64, n uint) uint64 {
	x := substitute(b, n)
	return gathered(a, x^bits.RotateLeft32(x, 13)^bits.RotateLeft32(x, 23), n)
}

// substitute returns what the S-box makes of byte n as the first byte of a word.
func substitute(b uint64, n uint) uint32 { return uint32(SM4Box[byte(b>>(8*n))]) << 24 }

// gathered adds x, which is as if it had come of the first byte, where it belongs to.
func gathered(a uint64, x uint32, n uint) uint64 {
	return signed(uint32(a) ^ bits.RotateLeft32(bits.ReverseBytes32(x), int(8*n)))
}

func signed(v uint32) uint64 { return uint64(int64(int32(v))) }
