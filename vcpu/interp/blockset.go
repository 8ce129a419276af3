package interp

import (
	"iter"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// blockSet is the blocks of one page by offset in halfwords, crossKey included. It is a
// table in parts that are made when they are needed: looking a block up, which harts do at
// every way that they have not gone lately, is two loads.
type blockSet struct {
	parts [crossKey/partSize + 1]*[partSize]*Block
	n     int // blocks
	made  int // parts
}

// partSize is the number of offsets in a part: 128 bytes of code.
const partSize = 64

// at returns the block at key, or nil.
func (s *blockSet) at(key uint16) *Block {
	if part := s.parts[key/partSize]; part != nil {
		return part[key%partSize]
	}
	return nil
}

// put enters b at key, where there is no block.
func (s *blockSet) put(key uint16, b *Block) {
	part := &s.parts[key/partSize]
	if *part == nil {
		*part = new([partSize]*Block)
		s.made++
	}
	(*part)[key%partSize] = b
	s.n++
}

// remove takes out the block at key.
func (s *blockSet) remove(key uint16) {
	s.parts[key/partSize][key%partSize] = nil
	s.n--
}

// all yields the blocks, of which the one at hand may be removed.
func (s *blockSet) all() iter.Seq2[uint16, *Block] {
	return func(yield func(uint16, *Block) bool) {
		for i, part := range s.parts {
			if part == nil {
				continue
			}
			for j, b := range part {
				if b != nil && !yield(uint16(i*partSize+j), b) {
					return
				}
			}
		}
	}
}

// near yields the blocks that may have one of the bytes from first to last of the page, as
// all does: those that begin there or not far before, and the page-crossing ones.
func (s *blockSet) near(first, last uint64) iter.Seq2[uint16, *Block] {
	return func(yield func(uint16, *Block) bool) {
		from := max(first, maxReach) - maxReach
		for key := uint16(from / 2); key <= uint16(last/2); key++ {
			if b := s.at(key); b != nil && !yield(key, b) {
				return
			}
		}
		for _, key := range [...]uint16{crossKey - 1, crossKey} {
			if b := s.at(key); b != nil && (key == crossKey || last < physmem.PageSize-2) && !yield(key, b) {
				return
			}
		}
	}
}
