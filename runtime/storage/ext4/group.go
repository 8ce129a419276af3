package ext4

import "slices"

// Blocks come in groups, each with a descriptor that says where its inodes are. Descriptors stand one behind the other after the superblock; in
// large file systems with meta groups those from some block of descriptors on stand in the groups that they describe, so that no
// place needs room for all.

// layout is where descriptors of groups are.
type layout struct {
	meta      bool  // there are meta groups
	firstMeta int64 // the block of descriptors with which they begin
	blocks    int64 // of a group
	// sparse and two say which groups have a copy of the superblock in front besides the first: some with odd numbers, or those
	// that two names. With neither all have one.
	sparse bool
	two    []int64
}

// Features that a driver may ignore.
const (
	sparseSuper  = 0x1   // of those it may ignore when it only reads
	sparseSuper2 = 0x200 // of those it may always ignore
)

// layoutOf reads it from the superblock.
func layoutOf(b *[superSize]byte, features uint32) layout {
	l := layout{meta: features&metaGroups != 0}
	if !l.meta {
		return l
	}
	l.firstMeta, l.blocks, l.sparse = int64(le.Uint32(b[0x104:])), int64(le.Uint32(b[0x20:])), le.Uint32(b[0x64:])&sparseSuper != 0
	if le.Uint32(b[0x5c:])&sparseSuper2 != 0 {
		l.two = []int64{int64(le.Uint32(b[0x24c:])), int64(le.Uint32(b[0x250:]))}
	}
	return l
}

// hasSuper says whether a copy of the superblock is in front of a group with an even number.
func (l *layout) hasSuper(group int64) bool {
	switch {
	case group == 0:
		return true
	case l.two != nil:
		return slices.Contains(l.two, group)
	}
	return !l.sparse
}

// descriptor reads the beginning of a group's.
func (s *FS) descriptor(p []byte, group int64) error {
	l, inBlock := &s.layout, s.block/s.groupSize
	n := group / inBlock
	if !l.meta || n < l.firstMeta {
		return s.bytes(p, (s.first+1)*s.block+group*s.groupSize)
	}
	described := n * inBlock // the first group, of an even number
	block := s.first + described*l.blocks
	if l.hasSuper(described) {
		block++
	}
	if n == 0 && s.block == superAt && s.first == 0 { // the superblock is not in the first block
		block++
	}
	return s.at(p, block, group%inBlock*s.groupSize)
}
