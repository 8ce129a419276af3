package network

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// sum adds p to a ones' complement sum (RFC 1071). p begins at an even offset of what is summed.
func sum(p []byte, s uint64) uint64 {
	var carry uint64
	for len(p) >= 8 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(p), 0)
		s += carry
		p = p[8:]
	}
	var last [8]byte
	copy(last[:], p)
	s, carry = bits.Add64(s, binary.BigEndian.Uint64(last[:]), 0)
	return s + carry
}

// fold makes of a sum the checksum that goes into a header.
func fold(s uint64) uint16 {
	s = s>>32 + s&0xffff_ffff
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

// finish puts the checksum of data from start on at start+offset. It is never 0, which for UDP would mean that there is
// none; 0xffff is the same number.
func finish(data []byte, start, offset uint16) error {
	at := int(start) + int(offset)
	if at+2 > len(data) {
		return fmt.Errorf("%w: the checksum is at %d of %d bytes", ErrFrame, at, len(data))
	}
	c := fold(sum(data[start:], 0))
	if c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(data[at:], c)
	return nil
}
