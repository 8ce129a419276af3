package crypt

import "math/bits"

// A state of AES is two registers, columns 0 and 1 in the first, each column with row 0 in its lowest byte. What a round
// makes of columns 0 and 1 of the new state is one result, so that the other two come of the operands the other way round.

// Encrypt64 is aes64es: ShiftRows and SubBytes.
func Encrypt64(lo, hi uint64) uint64 { return shifted(lo, hi, 1, &aesBox) }

// EncryptMix64 is aes64esm: Encrypt64 and MixColumns.
func EncryptMix64(lo, hi uint64) uint64 { return columns(Encrypt64(lo, hi), mix) }

// Decrypt64 is aes64ds: the inverse of ShiftRows and SubBytes.
func Decrypt64(lo, hi uint64) uint64 { return shifted(lo, hi, -1, &aesInverse) }

// DecryptMix64 is aes64dsm: Decrypt64 and the inverse of MixColumns.
func DecryptMix64(lo, hi uint64) uint64 { return columns(Decrypt64(lo, hi), unmix) }

// Unmix64 is aes64im: the inverse of MixColumns on two columns.
func Unmix64(a uint64) uint64 { return columns(a, unmix) }

// LastRound is the largest round number of Schedule64: the one of AES-256, without rotation.
const LastRound = 10

// Schedule64 is aes64ks1i: the last word of a round key, rotated, substituted and with the round's constant, twice.
func Schedule64(a uint64, round uint) uint64 {
	word := uint32(a >> 32)
	var constant byte
	if round < LastRound {
		word = bits.RotateLeft32(word, -8)
		constant = RoundConstant(round)
	}
	word = substituted(word) ^ uint32(constant)
	return uint64(word)<<32 | uint64(word)
}

// RoundConstant is the constant of a round before the last one.
func RoundConstant(round uint) byte {
	v := byte(1)
	for range round {
		v = double(v, aesField)
	}
	return v
}

// Chain64 is aes64ks2: the next two words of a round key.
func Chain64(a, b uint64) uint64 {
	first := uint32(a>>32) ^ uint32(b)
	return uint64(first^uint32(b>>32))<<32 | uint64(first)
}

// shifted returns columns 0 and 1 of the state in which row r comes from r columns further, by direction, through box.
func shifted(lo, hi uint64, direction int, box *[256]byte) (r uint64) {
	for i := range 8 {
		column, row := i/4, i%4
		from := (column+direction*row)&3*4 + row
		word := lo
		if from >= 8 {
			word = hi
		}
		r |= uint64(box[byte(word>>(from%8*8))]) << (8 * i)
	}
	return r
}

func substituted(w uint32) (r uint32) {
	for i := 0; i < 32; i += 8 {
		r |= uint32(aesBox[byte(w>>i)]) << i
	}
	return r
}

func columns(a uint64, f func(uint32) uint32) uint64 {
	return uint64(f(uint32(a>>32)))<<32 | uint64(f(uint32(a)))
}

// doubled doubles each byte.
func doubled(c uint32) uint32 { return c&0x7f7f7f7f<<1 ^ c>>7&0x01010101*aesField }

// mix is MixColumns: each byte doubled, thrice the next one, and the two after that.
func mix(c uint32) uint32 {
	next := bits.RotateLeft32(c, -8)
	return doubled(c^next) ^ next ^ bits.RotateLeft32(c, -16) ^ bits.RotateLeft32(c, -24)
}

// unmix is its inverse: 14, 11, 13 and 9 times.
func unmix(c uint32) uint32 {
	two := doubled(c)
	four := doubled(two)
	eight := doubled(four)
	return eight ^ four ^ two ^ bits.RotateLeft32(eight^two^c, -8) ^ bits.RotateLeft32(eight^four^c, -16) ^
		bits.RotateLeft32(eight^c, -24)
}
