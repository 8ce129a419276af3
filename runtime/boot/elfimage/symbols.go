package elfimage

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

const (
	// maxTable bounds the symbol and the string table, in bytes each. The symbols
	// of a Linux kernel with everything built in take a tenth of it.
	maxTable = 64 << 20
	// maxName bounds the names that Functions returns; longer ones are cut.
	maxName = 1024

	symNone = 0 // symbol types
	symFunc = 2
)

// Symbol is a named address of the image.
type Symbol struct {
	Name  string
	Value uint64 // virtual address
	Size  uint64 // bytes, 0 if the file does not say
}

// Symbols is an image's symbol table. A stripped image has an empty one.
type Symbols struct {
	tab []byte
	str string
	im  *Image
}

// Symbols reads the symbol table.
func (im *Image) Symbols() (*Symbols, error) {
	s := &Symbols{im: im}
	h := &im.head
	if h.shoff == 0 || h.shnum == 0 {
		return s, nil
	}
	if h.shsize != sectionSize {
		return nil, fmt.Errorf("%s: %w: section headers of %d bytes", im.Name, ErrMalformed, h.shsize)
	}
	sects, err := table(im.Name, "section headers", im.r, im.size, h.shoff, h.shnum, sectionSize)
	if err != nil {
		return nil, err
	}
	for sh := sects; len(sh) > 0; sh = sh[sectionSize:] {
		if binary.LittleEndian.Uint32(sh[4:]) != sectSymtab {
			continue
		}
		link := uint64(binary.LittleEndian.Uint32(sh[40:]))
		if link >= h.shnum {
			return nil, fmt.Errorf("%s: %w: symbol table names section %d of %d", im.Name, ErrMalformed, link, h.shnum)
		}
		if s.tab, err = im.section(sh, "symbol table"); err != nil {
			return nil, err
		}
		str, err := im.section(sects[link*sectionSize:], "symbol names")
		s.str = string(str)
		return s, err
	}
	return s, nil
}

// section reads the contents of the section whose header sh begins with.
func (im *Image) section(sh []byte, what string) ([]byte, error) {
	off, n := binary.LittleEndian.Uint64(sh[24:]), binary.LittleEndian.Uint64(sh[32:])
	if n > maxTable {
		return nil, fmt.Errorf("%s: %w: %s of %d bytes (at most %d): strip it", im.Name, ErrMalformed, what, n, maxTable)
	}
	return table(im.Name, what, im.r, im.size, off, n, 1)
}

// Len returns the number of symbols.
func (s *Symbols) Len() int { return len(s.tab) / symbolSize }

// entry returns the i-th symbol's name offset, type, section index, value and size.
func (s *Symbols) entry(i int) (name uint32, typ byte, sect uint16, value, size uint64) {
	b := s.tab[i*symbolSize : (i+1)*symbolSize]
	le := binary.LittleEndian
	return le.Uint32(b), b[4] & 15, le.Uint16(b[6:]), le.Uint64(b[8:]), le.Uint64(b[16:])
}

// Lookup finds a defined symbol by its name.
func (s *Symbols) Lookup(name string) (Symbol, bool) {
	for i := range s.Len() {
		off, _, sect, value, size := s.entry(i)
		if sect != 0 && s.named(off, name) {
			return Symbol{name, value, size}, true
		}
	}
	return Symbol{}, false
}

// named reports whether the string at off of the string table is name.
func (s *Symbols) named(off uint32, name string) bool {
	o, n := uint64(off), uint64(len(name))
	size := uint64(len(s.str))
	return o < size && n < size-o && s.str[o:o+n] == name && s.str[o+n] == 0
}

// Functions returns the function symbols sorted by address, for profiles. Labels
// of assembly sources that carry no type count if they lie in an executable
// segment.
func (s *Symbols) Functions() []Symbol {
	var out []Symbol
	for i := range s.Len() {
		off, typ, sect, value, size := s.entry(i)
		if sect == 0 || !(typ == symFunc || typ == symNone && s.im.executable(value)) {
			continue
		}
		name := s.name(off)
		if name == "" || name[0] == '$' || strings.HasPrefix(name, ".L") {
			continue
		}
		out = append(out, Symbol{name, value, size})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Value < out[j].Value })
	return out
}

func (s *Symbols) name(off uint32) string {
	if uint64(off) >= uint64(len(s.str)) {
		return ""
	}
	rest := s.str[off:]
	rest = rest[:min(len(rest), maxName)]
	if i := strings.IndexByte(rest, 0); i >= 0 {
		return rest[:i]
	}
	return rest
}

// executable reports whether va lies in an executable segment.
func (im *Image) executable(va uint64) bool {
	for _, s := range im.Segments {
		if s.Exec && va-s.Vaddr < s.MemSize {
			return true
		}
	}
	return false
}
