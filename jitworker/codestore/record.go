package codestore

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// A record is a piece of code and its origin. Its fields are varints: they are small, and many.
//
//	level, instructions
//	for each link    target, stub, checked
//	relocs, and of each  distance from the one before, kind, target, number
//	exits, and of each   micro-operation, place to go on at
//	bytes of the code, bytes of the origin
//	origin, code

// maxPiece bounds the bytes of code and of an origin, and the numbers of relocs and exits.
const maxPiece = 1 << 20

// errRecord reports a record that is none. If its checksum was right the writer was wrong.
var errRecord = errors.New("malformed record")

var le = binary.LittleEndian

// storable reports whether the code is of a kind that is kept: it is one block's, and nobody has asked for marks.
func storable(origin []byte, level uint8, c *tier.Code) bool {
	return level <= levelMask && len(origin) <= maxPiece && len(c.Bytes) > 0 && len(c.Bytes) <= maxPiece && len(c.Links) == code.MaxLinks &&
		len(c.Relocs) <= maxPiece && len(c.Exits) <= maxPiece && len(c.Marks) == 0
}

// appendRecord appends the record of storable code.
func appendRecord(b []byte, origin []byte, level uint8, c *tier.Code) []byte {
	b = binary.AppendUvarint(b, uint64(level))
	b = binary.AppendVarint(b, int64(c.Insns))
	for _, l := range c.Links {
		b = binary.AppendVarint(b, int64(l.Target))
		stub := uint64(l.Stub) << 1
		if l.Checked {
			stub |= 1
		}
		b = binary.AppendUvarint(b, stub)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Relocs)))
	last := int64(0)
	for _, r := range c.Relocs {
		b = binary.AppendVarint(b, int64(r.Offset)-last)
		b = append(b, uint8(r.Kind), uint8(r.Target), r.N)
		last = int64(r.Offset)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Exits)))
	for _, x := range c.Exits {
		b = binary.AppendUvarint(b, uint64(x.Op))
		b = binary.AppendUvarint(b, uint64(x.Resume))
	}
	b = binary.AppendUvarint(b, uint64(len(c.Bytes)))
	b = binary.AppendUvarint(b, uint64(len(origin)))
	b = append(b, origin...)
	return append(b, c.Bytes...)
}

// readRecord makes c the code of a record, whose bytes it refers to, and returns the origin. What refers
// to places in the code is within it.
func readRecord(b []byte, c *tier.Code) (origin []byte, level uint8, err error) {
	r := cursor{left: b}
	*c = tier.Code{Links: c.Links[:0], Relocs: c.Relocs[:0], Exits: c.Exits[:0]}
	level = uint8(r.atMost(levelMask))
	c.Insns = int(r.signed())
	for range code.MaxLinks {
		target, stub := r.between(math.MinInt32, math.MaxInt32), r.atMost(2*maxPiece-1)
		c.Links = append(c.Links, tier.Link{Target: int32(target), Stub: uint32(stub >> 1), Checked: stub&1 != 0})
	}
	last := int64(0)
	for range r.atMost(maxPiece) {
		last += r.between(-maxPiece, maxPiece)
		c.Relocs = append(c.Relocs, tier.Reloc{Offset: uint32(last), Kind: tier.Kind(r.byte()), Target: tier.Target(r.byte()), N: r.byte()})
		if r.bad {
			break
		}
	}
	for range r.atMost(maxPiece) {
		c.Exits = append(c.Exits, code.NativeExit{Op: uint8(r.atMost(math.MaxUint8)), Resume: uint32(r.atMost(maxPiece))})
		if r.bad {
			break
		}
	}
	text := r.atMost(maxPiece)
	origin = r.bytes(r.atMost(maxPiece))
	c.Bytes = r.bytes(text)
	if r.bad || len(r.left) != 0 || !within(c) {
		return nil, 0, errRecord
	}
	return origin, level, nil
}

// within reports whether the places that code says are in it.
func within(c *tier.Code) bool {
	n := int64(len(c.Bytes))
	if n == 0 || n > maxPiece {
		return false
	}
	for _, l := range c.Links {
		if int64(l.Stub) >= n {
			return false
		}
	}
	for _, r := range c.Relocs {
		if int64(r.Offset)+4 > n || r.Target == tier.ToLink && (r.N >= code.MaxLinks || r.Offset%4 != 0) {
			return false
		}
	}
	for _, x := range c.Exits {
		if int64(x.Resume) >= n {
			return false
		}
	}
	return true
}

// cursor reads fields. It is bad, and they are zero, from one on that is not there or out of its range.
type cursor struct {
	left []byte
	bad  bool
}

func (r *cursor) atMost(most uint64) uint64 {
	if len(r.left) > 0 && r.left[0] < 0x80 && uint64(r.left[0]) <= most { // most are short
		v := uint64(r.left[0])
		r.left = r.left[1:]
		return v
	}
	v, n := binary.Uvarint(r.left)
	if n <= 0 || v > most {
		r.fail()
		return 0
	}
	r.left = r.left[n:]
	return v
}

func (r *cursor) signed() int64 { return r.between(math.MinInt64, math.MaxInt64) }

func (r *cursor) between(least, most int64) int64 {
	v, n := binary.Varint(r.left)
	if n <= 0 || v < least || v > most {
		r.fail()
		return 0
	}
	r.left = r.left[n:]
	return v
}

func (r *cursor) byte() uint8 {
	if len(r.left) == 0 {
		r.fail()
		return 0
	}
	v := r.left[0]
	r.left = r.left[1:]
	return v
}

func (r *cursor) bytes(n uint64) []byte {
	if n > uint64(len(r.left)) {
		r.fail()
		return nil
	}
	v := r.left[:n:n]
	r.left = r.left[n:]
	return v
}

func (r *cursor) fail() { r.left, r.bad = nil, true }
