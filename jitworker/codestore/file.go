package codestore

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
)

// The header's fields, 8 bytes each.
const (
	atMagic   = 0
	atSize    = 8  // bytes of the file
	atMaker   = 16 // bytes of the maker, which follows the header
	atIndex   = 24 // where the index begins, which is the rest of the file
	atContent = 32 // checksum of maker and index
	atHeader  = 56 // checksum of the header before it; what is between is zero
	headBytes = 64

	magic = 0x01_45524f5453_5748 // "HWSTORE" and the format's version
)

// An index entry: u64 hash of the origin, u32 offset, u32 length, u64 checksum of the record and its level.
const entryBytes = 24

// maxFile bounds what is read as a file of the store.
const maxFile = 1 << 30

// errFile reports a file that is not a whole file of this store and this maker.
var errFile = errors.New("damaged or another's")

// place is where a record is.
type place struct {
	file   *file
	sum    uint64 // checksum of the record
	offset uint32
	length uint32
	level  uint8
}

// batch is records on their way into a file.
type batch struct {
	head  int    // bytes of header and maker
	bytes []byte // room for the header, the maker, records
	index []byte
}

func newBatch(maker string) *batch {
	b := append(make([]byte, headBytes, headBytes+len(maker)), maker...)
	return &batch{head: len(b), bytes: b}
}

// size is the length of the file that the batch will be.
func (b *batch) size() int { return len(b.bytes) + len(b.index) }

// seal ends a record of length n, the last bytes of b.
func (b *batch) seal(hash uint64, level uint8, n int) {
	offset := len(b.bytes) - n
	b.index = le.AppendUint64(b.index, hash)
	b.index = le.AppendUint32(b.index, uint32(offset))
	b.index = le.AppendUint32(b.index, uint32(n))
	b.index = le.AppendUint64(b.index, sumOf(b.bytes[offset:], level))
}

// sumOf is the checksum of a record, whose lowest bits stand for the level.
func sumOf(record []byte, level uint8) uint64 {
	return xxhash.Sum64(record)&^levelMask | uint64(level)&levelMask
}

// levelMask has the bits of a checksum that hold the level.
const levelMask = 0xf

// finish returns the file.
func (b *batch) finish() []byte {
	at := len(b.bytes)
	out := append(b.bytes, b.index...)
	le.PutUint64(out[atMagic:], magic)
	le.PutUint64(out[atSize:], uint64(len(out)))
	le.PutUint64(out[atMaker:], uint64(b.head-headBytes))
	le.PutUint64(out[atIndex:], uint64(at))
	le.PutUint64(out[atContent:], contentSum(out[headBytes:b.head], out[at:]))
	le.PutUint64(out[atHeader:], xxhash.Sum64(out[:atHeader]))
	return out
}

func contentSum(maker, index []byte) uint64 {
	d := xxhash.New()
	// Writing to a digest cannot fail.
	_, _ = d.Write(maker)
	_, _ = d.Write(index)
	return d.Sum64()
}

// readIndex checks a file of size bytes that maker is to have written, and yields its records.
// The error wraps errFile if it is not that.
func readIndex(r io.ReaderAt, size int64, maker string, yield func(hash uint64, p place)) error {
	var head [headBytes]byte
	if size < headBytes || size > maxFile {
		return fmt.Errorf("%d bytes: %w", size, errFile)
	}
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return err
	}
	at, end := le.Uint64(head[atIndex:]), headBytes+uint64(len(maker))
	switch {
	case le.Uint64(head[atHeader:]) != xxhash.Sum64(head[:atHeader]), le.Uint64(head[atMagic:]) != magic:
		return fmt.Errorf("its header: %w", errFile)
	case le.Uint64(head[atSize:]) != uint64(size), le.Uint64(head[atMaker:]) != uint64(len(maker)),
		at < end, at > uint64(size), (uint64(size)-at)%entryBytes != 0:
		return fmt.Errorf("its lengths: %w", errFile)
	}
	wrote := make([]byte, len(maker))
	index := make([]byte, uint64(size)-at)
	if _, err := r.ReadAt(wrote, headBytes); err != nil && len(wrote) > 0 {
		return err
	}
	if n, err := r.ReadAt(index, int64(at)); n < len(index) {
		return err
	}
	if !bytes.Equal(wrote, []byte(maker)) || le.Uint64(head[atContent:]) != contentSum(wrote, index) {
		return fmt.Errorf("its maker or index: %w", errFile)
	}
	for ; len(index) > 0; index = index[entryBytes:] {
		p := place{offset: le.Uint32(index[8:]), length: le.Uint32(index[12:]), sum: le.Uint64(index[16:])}
		p.level = uint8(p.sum & levelMask)
		if uint64(p.offset) < end || uint64(p.offset)+uint64(p.length) > at {
			return fmt.Errorf("a record's place: %w", errFile)
		}
		yield(le.Uint64(index), p)
	}
	return nil
}
