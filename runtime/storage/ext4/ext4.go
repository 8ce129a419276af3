package ext4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var (
	// ErrNone reports a disk without such a file system.
	ErrNone = errors.New("there is no ext4 file system")
	// ErrBad reports one that contradicts itself, or leads out of the disk.
	ErrBad = errors.New("the ext4 file system is damaged")
	// ErrUnknown reports one with something that is not known here.
	ErrUnknown = errors.New("the ext4 file system has what cannot be read here")
)

// Layout of the superblock.
const (
	superAt, superSize = 1024, 1024

	magic        = 0xef53
	minInode     = 128 // bytes
	minGroup     = 32  // bytes of a group's descriptor
	wideGroup    = 64
	maxBlockLog  = 6 // 64 KiB
	dynamicInode = 1 // the revision from which inodes have a size
)

// Incompatible features.
const (
	hasTypes     = 0x2 // of files, in directories
	needsJournal = 0x4
	metaGroups   = 0x10
	hasExtents   = 0x40
	is64Bit      = 0x80
	hasMMP       = 0x100
	flexGroups   = 0x200
	hasBigXattr  = 0x400
	hasSeed      = 0x2000
	largeDir     = 0x4000
	inlineData   = 0x8000 // of small files, which alone cannot be read then
	encryption   = 0x10000
	caseFold     = 0x20000

	known = hasTypes | needsJournal | metaGroups | hasExtents | is64Bit | hasMMP | flexGroups | hasBigXattr | hasSeed | largeDir | inlineData | encryption | caseFold
)

var le = binary.LittleEndian

// FS is a file system.
type FS struct {
	disk      io.ReaderAt
	size      int64 // bytes of the disk
	block     int64 // bytes of a block
	first     int64 // the block with the superblock
	inodes    uint32
	perGroup  uint32
	inodeSize int64
	groupSize int64 // bytes of a group's descriptor
	layout    layout
}

// Open finds the file system of a disk of this many bytes.
func Open(disk io.ReaderAt, size int64) (*FS, error) {
	if size < superAt+superSize {
		return nil, ErrNone
	}
	var b [superSize]byte
	if err := readFull(disk, b[:], superAt); err != nil {
		return nil, err
	}
	if le.Uint16(b[0x38:]) != magic {
		return nil, ErrNone
	}
	s := &FS{
		disk: disk, size: size, first: int64(le.Uint32(b[0x14:])), inodes: le.Uint32(b[0:]), perGroup: le.Uint32(b[0x28:]),
		inodeSize: minInode, groupSize: minGroup,
	}
	logarithm, features := le.Uint32(b[0x18:]), le.Uint32(b[0x60:])
	if logarithm > maxBlockLog {
		return nil, fmt.Errorf("%w: blocks of 2^%d KiB", ErrBad, logarithm)
	}
	s.block = 1024 << logarithm
	if le.Uint32(b[0x4c:]) >= dynamicInode {
		s.inodeSize = int64(le.Uint16(b[0x58:]))
	} else {
		features = 0
	}
	if features&is64Bit != 0 {
		s.groupSize = int64(le.Uint16(b[0xfe:]))
	}
	s.layout = layoutOf(&b, features)
	switch {
	case features&^known != 0:
		return nil, fmt.Errorf("%w: features %#x", ErrUnknown, features&^known)
	case s.inodeSize < minInode || s.inodeSize > s.block, s.groupSize < minGroup || s.groupSize > s.block,
		s.first > 1, s.perGroup == 0, s.inodes < firstInode,
		s.layout.blocks > 8*s.block, s.layout.meta && s.block%(2*s.groupSize) != 0:
		return nil, fmt.Errorf("%w: %d inodes of %d bytes, %d in a group of %d bytes", ErrBad, s.inodes, s.inodeSize, s.perGroup, s.groupSize)
	}
	return s, nil
}

// at reads bytes of a block, which has to be one of the disk's.
func (s *FS) at(p []byte, block, offset int64) error {
	if block < 0 || block >= s.size/s.block {
		return fmt.Errorf("%w: block %d of %d", ErrBad, block, s.size/s.block)
	}
	return s.bytes(p, block*s.block+offset)
}

// bytes reads bytes of the disk.
func (s *FS) bytes(p []byte, at int64) error {
	if at < 0 || at > s.size-int64(len(p)) {
		return fmt.Errorf("%w: byte %d of %d", ErrBad, at, s.size)
	}
	return readFull(s.disk, p, at)
}

func readFull(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
