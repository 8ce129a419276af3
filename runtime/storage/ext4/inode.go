package ext4

import (
	"fmt"
	"io"
)

const (
	rootInode  = 2
	firstInode = 11 // that is not reserved

	typeMask, typeDir, typeFile, typeLink = 0xf000, 0x4000, 0x8000, 0xa000

	isEncrypted = 0x800
	useExtents  = 0x80000
	isInline    = 0x10000000

	pointers = 60 // bytes of an inode that lead to its blocks
)

// inode is a file, directory or link.
type inode struct {
	fs     *FS
	number uint32
	mode   uint16
	flags  uint32
	size   int64
	blocks [pointers]byte
}

// inode reads an inode.
func (s *FS) inode(number uint32) (*inode, error) {
	if number == 0 || number > s.inodes {
		return nil, fmt.Errorf("%w: inode %d of %d", ErrBad, number, s.inodes)
	}
	group, index := int64((number-1)/s.perGroup), int64((number-1)%s.perGroup)
	var descriptor [wideGroup]byte
	wide := s.groupSize >= wideGroup
	d := descriptor[:minGroup]
	if wide {
		d = descriptor[:]
	}
	if err := s.descriptor(d, group); err != nil {
		return nil, err
	}
	table := int64(le.Uint32(d[0x8:]))
	if wide {
		table |= int64(le.Uint32(d[0x28:])) << 32
	}
	at := index * s.inodeSize
	var b [minInode]byte
	if table > s.size/s.block { // the product fits then
		return nil, fmt.Errorf("%w: inodes at block %d of %d", ErrBad, table, s.size/s.block)
	}
	if err := s.at(b[:], table+at/s.block, at%s.block); err != nil {
		return nil, err
	}
	i := &inode{
		fs: s, number: number, mode: le.Uint16(b[0:]), flags: le.Uint32(b[0x20:]),
		size: int64(uint64(le.Uint32(b[0x6c:]))<<32 | uint64(le.Uint32(b[4:]))),
	}
	copy(i.blocks[:], b[0x28:])
	switch {
	case i.size < 0:
		return nil, fmt.Errorf("%w: inode %d has %d bytes", ErrBad, number, uint64(i.size))
	case i.flags&(isInline|isEncrypted) != 0:
		return nil, fmt.Errorf("%w: inode %d is encrypted, or holds its own data", ErrUnknown, number)
	}
	return i, nil
}

func (i *inode) is(kind uint16) bool { return i.mode&typeMask == kind }

// ReadAt reads the inode's data.
func (i *inode) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		if at >= i.size {
			return n, io.EOF
		}
		run, err := i.run(at / i.fs.block)
		if err != nil {
			return n, err
		}
		within := at % i.fs.block
		part := p[n:]
		part = part[:min(int64(len(part)), i.size-at, run.length*i.fs.block-within)]
		if run.hole {
			clear(part)
		} else if err := i.fs.at(part, run.first, within); err != nil {
			return n, err
		}
		n, at = n+len(part), at+int64(len(part))
	}
	return n, nil
}

// target is where a link leads.
func (i *inode) target() (string, error) {
	if i.size > maxTarget {
		return "", fmt.Errorf("%w: a link of %d bytes", ErrBad, i.size)
	}
	if i.size < pointers { // it stands in the inode
		return string(i.blocks[:i.size]), nil
	}
	text := make([]byte, i.size)
	if err := readFull(i, text, 0); err != nil {
		return "", err
	}
	return string(text), nil
}
