package crypt

import "math/bits"

// Brev8 is brev8: the bits of each byte in reverse.
func Brev8(a uint64) uint64 { return bits.ReverseBytes64(bits.Reverse64(a)) }

// Xperm8 is xperm8: the bytes of table that the bytes of index name, 0 where there is none.
func Xperm8(table, index uint64) uint64 { return permute(table, index, 8) }

// Xperm4 is xperm4: the same for nibbles.
func Xperm4(table, index uint64) uint64 { return permute(table, index, 4) }

func permute(table, index uint64, size uint) (r uint64) {
	mask := uint64(1)<<size - 1
	for at := uint(0); at < 64; at += size {
		r |= table >> (index >> at & mask * uint64(size)) & mask << at // 0 if shifted by 64 or more
	}
	return r
}
