package blocks

import (
	"iter"
	"sync/atomic"
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// blockSet is the blocks of one page. For each mode it is a table by offset in parts that are
// made when they are needed: looking a block up, which harts do at every way that they have not gone
// lately, is three loads and no lock. Who changes the set holds Page.mu, but for at.
type blockSet struct {
	modes [code.Modes]atomic.Pointer[table] // written under Page.mu, read by harts without it
	n     int                               // blocks
	bytes int64                             // that the tables and their parts take
}

// place is where a block stands in a page: its offset in halfwords, or crossing.
type place struct {
	mode code.Mode
	at   uint16
}

// crossing files a page-crossing block in its second page, at an offset that no block of that page can have.
const crossing = physmem.PageSize / 2

// table is the blocks for one mode.
type table [crossing/partSize + 1]atomic.Pointer[part]

type part [partSize]atomic.Pointer[Block]

// partSize is the number of offsets in a part: 128 bytes of code.
const partSize = 64

// tableBytes and partBytes are what a table and a part take.
const (
	tableBytes = int64(unsafe.Sizeof(table{}))
	partBytes  = int64(unsafe.Sizeof(part{}))
)

// at returns the block at a place, or nil.
func (s *blockSet) at(where place) *Block {
	if t := s.modes[where.mode].Load(); t != nil {
		return t.block(where.at)
	}
	return nil
}

func (t *table) block(at uint16) *Block {
	if part := t[at/partSize].Load(); part != nil {
		return part[at%partSize].Load()
	}
	return nil
}

// put enters b where there is no block.
func (s *blockSet) put(where place, b *Block) {
	t := s.modes[where.mode].Load()
	if t == nil {
		t = new(table)
		s.modes[where.mode].Store(t)
		s.bytes += tableBytes
	}
	p := t[where.at/partSize].Load()
	if p == nil {
		p = new(part)
		t[where.at/partSize].Store(p)
		s.bytes += partBytes
	}
	p[where.at%partSize].Store(b)
	s.n++
}

// remove takes out the block at a place.
func (s *blockSet) remove(where place) {
	s.modes[where.mode].Load()[where.at/partSize].Load()[where.at%partSize].Store(nil)
	s.n--
}

// all yields the blocks, of which the one at hand may be removed.
func (s *blockSet) all() iter.Seq2[place, *Block] {
	return func(yield func(place, *Block) bool) {
		for mode := range s.modes {
			t := s.modes[mode].Load()
			if t == nil {
				continue
			}
			for i := range t {
				p := t[i].Load()
				if p == nil {
					continue
				}
				for j := range p {
					if b := p[j].Load(); b != nil && !yield(place{code.Mode(mode), uint16(i*partSize + j)}, b) {
						return
					}
				}
			}
		}
	}
}

// near yields the blocks that may have one of the bytes from first to last of the page, as
// all does: those that begin there or not far before, and the page-crossing ones.
func (s *blockSet) near(first, last uint64) iter.Seq2[place, *Block] {
	return func(yield func(place, *Block) bool) {
		from := max(first, code.MaxReach) - code.MaxReach
		for mode := range s.modes {
			t := s.modes[mode].Load()
			if t == nil {
				continue
			}
			for at := uint16(from / 2); at <= uint16(last/2); at++ {
				if b := t.block(at); b != nil && !yield(place{code.Mode(mode), at}, b) {
					return
				}
			}
			for _, at := range [...]uint16{crossing - 1, crossing} {
				if b := t.block(at); b != nil && (at == crossing || last < physmem.PageSize-2) && !yield(place{code.Mode(mode), at}, b) {
					return
				}
			}
		}
	}
}
