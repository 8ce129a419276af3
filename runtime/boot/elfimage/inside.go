package elfimage

import (
	"encoding/binary"
	"slices"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// maxHeaders bounds what Inside looks through in front of a program, in bytes: linkers put the headers on the page, of
// 64 KiB at most, before the code.
const maxHeaders = 64 << 10

// Inside returns the image without what lies below mem's RAM and is no part of the program: the ELF file's own headers
// and notes, which linkers put in front of a program whose code alone was given an address (-Ttext=0x80000000). What
// else lies outside RAM stays, and Check refuses it. A position-independent image has no place yet and stays as it is.
func (im *Image) Inside(mem *physmem.Memory) (*Image, error) {
	if im.Dynamic {
		return im, nil
	}
	in := *im
	in.Segments = nil
	for _, s := range im.Segments {
		outside := uint64(0)
		if s.Paddr < mem.Base() {
			outside = min(mem.Base()-s.Paddr, s.MemSize)
		}
		if outside > 0 {
			drop, err := im.describesOnly(s, outside)
			if err != nil {
				return nil, err
			}
			if drop {
				s = s.from(outside)
			}
		}
		if s.MemSize > 0 {
			in.Segments = append(in.Segments, s)
		}
	}
	if _, ok := in.PhysicalEntry(); !ok {
		return im, nil
	}
	return &in, nil
}

// from returns the segment without its first n bytes.
func (s Segment) from(n uint64) Segment {
	s.Vaddr, s.Paddr, s.Offset = s.Vaddr+n, s.Paddr+n, s.Offset+n
	s.FileSize, s.MemSize = s.FileSize-min(n, s.FileSize), s.MemSize-n
	return s
}

// describesOnly reports whether the first n bytes of a segment only describe the file: its header, program headers and
// notes, and zeros between them.
func (im *Image) describesOnly(s Segment, n uint64) (bool, error) {
	if n > maxHeaders || n > s.FileSize {
		return false, nil
	}
	b := make([]byte, n)
	if err := readFull(im.r, b, s.Offset); err != nil {
		return false, err
	}
	for _, d := range im.descriptions {
		// Both lie in the file, so that no sum wraps round.
		if start, end := max(d.start, s.Offset), min(d.end, s.Offset+n); start < end {
			clear(b[start-s.Offset : end-s.Offset])
		}
	}
	return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 }), nil
}

// extent is a range of bytes of the file.
type extent struct{ start, end uint64 }

// addNote keeps where the notes are that a program header of type PT_NOTE describes, if that is in the file.
func (im *Image) addNote(b []byte) {
	off, n := binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[32:])
	if off <= im.size && n <= im.size-off && len(im.descriptions) < maxSegments {
		im.descriptions = append(im.descriptions, extent{off, off + n})
	}
}
