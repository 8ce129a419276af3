package crypt

import "math/bits"

// The S-boxes. SM4Box is exported for native code to be given.
var aesBox, aesInverse, SM4Box = boxes()

// Polynomials of the two fields, the terms below x^8.
const (
	aesField = 0x1b
	sm4Field = 0xf5
)

// boxes makes the S-boxes of AES (FIPS 197, section 5.1.1), its inverse, and that of SM4 (GB/T 32907, as an inversion
// between two equal affine maps).
func boxes() (aes, inverse, sm4 [256]byte) {
	for i := range 256 {
		v := byte(i)
		aes[v] = affine(invert(v, aesField), 0xf1, 0x63)
		inverse[aes[v]] = v
		sm4[v] = affine(invert(affine(v, 0xa7, 0xd3), sm4Field), 0xa7, 0xd3)
	}
	return aes, inverse, sm4
}

// affine multiplies v by the circulant matrix whose first row is row, over bits, and adds c.
func affine(v, row, c byte) (r byte) {
	for i := range 8 {
		r |= byte(bits.OnesCount8(v&bits.RotateLeft8(row, i))&1) << i
	}
	return r ^ c
}

// double multiplies by x.
func double(v, field byte) byte {
	if v&0x80 != 0 {
		return v<<1 ^ field
	}
	return v << 1
}

func product(a, b, field byte) (r byte) {
	for ; b != 0; b >>= 1 {
		if b&1 != 0 {
			r ^= a
		}
		a = double(a, field)
	}
	return r
}

// invert returns the inverse, of 0 that is 0: the 254th power, which is the product of the 2nd, 4th, and so on to the
// 128th.
func invert(v, field byte) byte {
	r := byte(1)
	for range 7 {
		v = product(v, v, field)
		r = product(r, v, field)
	}
	return r
}
