package ext4

import "fmt"

// run are blocks of an inode that lie behind each other on the disk, or that are a hole.
type run struct {
	first, length int64
	hole          bool
}

const (
	extentMagic = 0xf30a
	extentSize  = 12 // of the header, too
	maxDepth    = 5
	// An extent longer than this is one of blocks that were never written.
	maxExtent = 32768

	direct = 12 // blocks that an inode without extents leads to by itself
	levels = 3  // of tables behind them
)

// run returns what lies at a block of the inode, and behind it. The length is at least 1.
func (i *inode) run(at int64) (run, error) {
	if i.flags&useExtents != 0 {
		return i.extent(at)
	}
	return i.mapped(at)
}

// extent looks in the tree of extents.
func (i *inode) extent(at int64) (run, error) {
	node := i.blocks[:]
	for depth := maxDepth + 1; ; {
		count, height := int(le.Uint16(node[2:])), int(le.Uint16(node[6:]))
		if le.Uint16(node) != extentMagic || (count+1)*extentSize > len(node) || height >= depth {
			return run{}, fmt.Errorf("%w: inode %d has no tree of extents", ErrBad, i.number)
		}
		depth = height
		entry, next := []byte(nil), int64(1)<<32 // the last one that begins at or before the block, and where the one behind it begins
		for e := node[extentSize:]; count > 0; e, count = e[extentSize:], count-1 {
			if begin := int64(le.Uint32(e)); begin > at {
				next = begin
				break
			}
			entry = e
		}
		if entry == nil {
			return run{hole: true, length: max(next-at, 1)}, nil
		}
		if depth == 0 {
			return leaf(entry, at, next), nil
		}
		node = make([]byte, i.fs.block)
		if err := i.fs.at(node, int64(le.Uint16(entry[8:]))<<32|int64(le.Uint32(entry[4:])), 0); err != nil {
			return run{}, err
		}
	}
}

// leaf is what an extent that begins at or before a block says of it.
func leaf(e []byte, at, next int64) run {
	skip, length := at-int64(le.Uint32(e)), int64(le.Uint16(e[4:]))
	hole := length > maxExtent
	if hole {
		length -= maxExtent
	}
	if skip >= length {
		// In a tree the next extent may be in another node, so a hole is looked at block by block there.
		return run{hole: true, length: 1}
	}
	return run{int64(le.Uint16(e[6:]))<<32 | int64(le.Uint32(e[8:])) + skip, max(min(length-skip, next-at), 1), hole}
}

// mapped looks in the tables of an inode without extents. A block's number of 0 stands for a hole.
func (i *inode) mapped(at int64) (run, error) {
	if at < direct {
		return one(le.Uint32(i.blocks[at*4:])), nil
	}
	at -= direct
	per := i.fs.block / 4
	for level, covers := 0, per; level < levels; level, covers = level+1, covers*per {
		if at >= covers {
			at -= covers
			continue
		}
		block := le.Uint32(i.blocks[(direct+level)*4:])
		for covers > 1 && block != 0 {
			covers /= per
			var b [4]byte
			if err := i.fs.at(b[:], int64(block), at/covers*4); err != nil {
				return run{}, err
			}
			block, at = le.Uint32(b[:]), at%covers
		}
		return one(block), nil
	}
	return run{}, fmt.Errorf("%w: inode %d is longer than it can be", ErrBad, i.number)
}

func one(block uint32) run { return run{int64(block), 1, block == 0} }
