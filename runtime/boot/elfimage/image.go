package elfimage

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"sort"
)

// Segment is one loadable part of an image.
type Segment struct {
	Vaddr, Paddr uint64 // where it is linked and where it is loaded, without bias
	Offset       uint64 // of its bytes in the file
	FileSize     uint64 // bytes taken from the file
	MemSize      uint64 // bytes of memory; those beyond FileSize are zero
	Exec         bool   // the segment's flags allow execution
}

// Image is an ELF file whose headers have been checked.
type Image struct {
	// Name is the file's name, for messages.
	Name string
	// Entry is the entry point, a virtual address. PhysicalEntry maps it.
	Entry uint64
	// Dynamic says that the file is position independent (ET_DYN).
	Dynamic bool
	// Segments are sorted by physical address, do not overlap and are not empty.
	Segments []Segment

	r            io.ReaderAt
	size         uint64
	head         header
	descriptions []extent // of the file, not of the program: headers and notes
}

// Open checks the ELF file of size bytes behind r and returns its description.
// name is used in messages only. The errors are the package's sentinels, wrapped
// with the file's name and, where there is one, the remedy.
func Open(name string, r io.ReaderAt, size int64) (*Image, error) {
	if size < 0 {
		return nil, fmt.Errorf("%s: %w: negative size", name, ErrMalformed)
	}
	h, err := readHeader(name, r, uint64(size))
	if err != nil {
		return nil, err
	}
	im := &Image{Name: name, Entry: h.entry, Dynamic: h.typ == typeDyn, r: r, size: uint64(size), head: h}
	if err := im.readSegments(); err != nil {
		return nil, err
	}
	if err := im.checkOverlap(); err != nil {
		return nil, err
	}
	if _, ok := im.PhysicalEntry(); !ok {
		return nil, fmt.Errorf("%s: %w (%#x): the file is damaged or was linked without a start symbol", name, ErrEntry, h.entry)
	}
	return im, nil
}

// readSegments reads the program headers.
func (im *Image) readSegments() error {
	h := &im.head
	if h.phnum == 0 {
		return fmt.Errorf("%s: %w: the ELF has no program headers", im.Name, ErrEmpty)
	}
	if h.phsize != phdrSize || h.phnum == phnumExtended {
		return fmt.Errorf("%s: %w: %d program headers of %d bytes", im.Name, ErrMalformed, h.phnum, h.phsize)
	}
	b, err := table(im.Name, "program headers", im.r, im.size, h.phoff, h.phnum, phdrSize)
	if err != nil {
		return err
	}
	im.descriptions = []extent{{0, headerSize}, {h.phoff, h.phoff + uint64(len(b))}}
	for ; len(b) > 0; b = b[phdrSize:] {
		switch binary.LittleEndian.Uint32(b) {
		case segInterp:
			return fmt.Errorf("%s: %w: it wants a dynamic linker; link it with -static", im.Name, ErrType)
		case segNote:
			im.addNote(b)
		case segLoad:
			if err := im.addSegment(b); err != nil {
				return err
			}
		}
	}
	if len(im.Segments) == 0 {
		return fmt.Errorf("%s: %w: the ELF has no loadable segment", im.Name, ErrEmpty)
	}
	return nil
}

// addSegment checks one program header of type PT_LOAD and keeps it unless it is
// empty.
func (im *Image) addSegment(b []byte) error {
	le := binary.LittleEndian
	s := Segment{
		Exec:   le.Uint32(b[4:])&1 != 0,
		Offset: le.Uint64(b[8:]), Vaddr: le.Uint64(b[16:]), Paddr: le.Uint64(b[24:]),
		FileSize: le.Uint64(b[32:]), MemSize: le.Uint64(b[40:]),
	}
	if s.MemSize == 0 && s.FileSize == 0 {
		return nil
	}
	if s.FileSize > s.MemSize {
		return fmt.Errorf("%s: %w: segment at %#x has %d bytes in the file but %d in memory",
			im.Name, ErrMalformed, s.Paddr, s.FileSize, s.MemSize)
	}
	if s.Offset > im.size || s.FileSize > im.size-s.Offset {
		return fmt.Errorf("%s: %w: segment at %#x wants %d bytes from offset %#x, the file has %d",
			im.Name, ErrTruncated, s.Paddr, s.FileSize, s.Offset, im.size)
	}
	for _, start := range []uint64{s.Vaddr, s.Paddr} {
		// The last byte, not the end, must be an address: kernels reach up to 2^64.
		if _, carry := bits.Add64(start, s.MemSize-1, 0); carry != 0 {
			return fmt.Errorf("%s: %w: segment at %#x with %d bytes leaves the address space",
				im.Name, ErrMalformed, start, s.MemSize)
		}
	}
	if len(im.Segments) == maxSegments {
		return fmt.Errorf("%s: %w: more than %d loadable segments", im.Name, ErrMalformed, maxSegments)
	}
	im.Segments = append(im.Segments, s)
	return nil
}

// checkOverlap sorts the segments and refuses any two that share an address.
func (im *Image) checkOverlap() error {
	sort.SliceStable(im.Segments, func(i, j int) bool { return im.Segments[i].Paddr < im.Segments[j].Paddr })
	for i := 1; i < len(im.Segments); i++ {
		a, b := im.Segments[i-1], im.Segments[i]
		if b.Paddr-a.Paddr < a.MemSize {
			return fmt.Errorf("%s: %w: %#x+%#x and %#x+%#x: check the linker script's load addresses",
				im.Name, ErrOverlap, a.Paddr, a.MemSize, b.Paddr, b.MemSize)
		}
	}
	return nil
}

// ByVirtual returns the image with its physical addresses replaced by the virtual
// ones. Kernels that are linked to high virtual addresses want that: they have to
// lie in memory as they do in the address space, wherever that is, and not every
// linker script gives them physical addresses that say so.
func (im *Image) ByVirtual() (*Image, error) {
	v := *im
	v.Segments = slices.Clone(im.Segments)
	for i := range v.Segments {
		v.Segments[i].Paddr = v.Segments[i].Vaddr
	}
	if err := v.checkOverlap(); err != nil {
		return nil, err
	}
	return &v, nil
}

// Low returns the lowest physical address of the image, without bias.
func (im *Image) Low() uint64 { return im.Segments[0].Paddr }

// Physical maps a virtual address of the image to the physical address it is
// loaded at, without bias; ok is false if it lies in no segment.
func (im *Image) Physical(va uint64) (pa uint64, ok bool) {
	for _, s := range im.Segments {
		if off := va - s.Vaddr; off < s.MemSize {
			return s.Paddr + off, true
		}
	}
	return 0, false
}

// PhysicalEntry returns the entry point's physical address, without bias. An
// entry that is no virtual address of the image but a physical one (some kernels
// are linked so) is taken as it is.
func (im *Image) PhysicalEntry() (pa uint64, ok bool) {
	if pa, ok := im.Physical(im.Entry); ok {
		return pa, true
	}
	for _, s := range im.Segments {
		if im.Entry-s.Paddr < s.MemSize {
			return im.Entry, true
		}
	}
	return 0, false
}
