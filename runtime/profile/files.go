package profile

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/cespare/xxhash/v2"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

const (
	pageSize = 4096
	// maxFile bounds a file, in bytes.
	maxFile = 512 << 20
	// maxPages bounds the pages of code of all files: 1 GiB.
	maxPages = 1 << 18
)

// Files are ELF files that processes of the guest run: programs, libraries, and files of symbols that were taken out of them.
// They are constant once they are open.
type Files struct {
	list  []*file
	pages map[uint64]place // of code, by the hash of what is in them
}

// file is an ELF file.
type file struct {
	path, buildID string
	symbols       []symbol // by rising address
}

// symbol is a function of a file.
type symbol struct {
	name        string
	value, size uint64
}

// Open reads the ELF files at paths. Reading ends with ctx.
func Open(ctx context.Context, paths []string) (*Files, error) {
	fs := &Files{pages: map[uint64]place{}}
	for _, path := range paths {
		if err := fs.open(ctx, path); err != nil {
			return nil, err
		}
	}
	fs.share()
	return fs, nil
}

func (fs *Files) open(ctx context.Context, path string) (err error) {
	in, err := hostfile.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if in.Size > maxFile {
		return fmt.Errorf("%s: %d bytes are too many; give at most %d", path, in.Size, maxFile)
	}
	e, err := elf.NewFile(io.NewSectionReader(in, 0, in.Size))
	if err != nil {
		return fmt.Errorf("%s: %w; give an ELF file of the guest's", path, err)
	}
	if e.Machine != elf.EM_RISCV || e.Class != elf.ELFCLASS64 {
		return fmt.Errorf("%s: it is for another machine (%v, %v); give an ELF file of the guest's", path, e.Machine, e.Class)
	}
	f := &file{path: path, buildID: buildID(e), symbols: symbolsOf(e)}
	fs.list = append(fs.list, f)
	for _, p := range e.Progs {
		if p.Type == elf.PT_LOAD && p.Flags&elf.PF_X != 0 {
			if err := fs.addPages(in, in.Size, &p.ProgHeader, int32(len(fs.list)-1)); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

// addPages learns the pages of code of a segment: as a kernel maps them, whole pages of the file.
func (fs *Files) addPages(in io.ReaderAt, size int64, p *elf.ProgHeader, index int32) error {
	if p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off || p.Vaddr%pageSize != p.Off%pageSize {
		return nil // a file of symbols has no code, and what lies askew is not mapped
	}
	for off := p.Off &^ (pageSize - 1); off < p.Off+p.Filesz; off += pageSize {
		var b [pageSize]byte
		if _, err := in.ReadAt(b[:], int64(off)); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if b == ([pageSize]byte{}) {
			continue // says nothing
		}
		if len(fs.pages) == maxPages {
			return fmt.Errorf("the files have more than %d MiB of code; give fewer", maxPages*pageSize>>20)
		}
		if h := xxhash.Sum64(b[:]); fs.pages[h] == (place{}) {
			fs.pages[h] = place{index, p.Vaddr - p.Off + off}
		}
	}
	return nil
}

// find returns which page of which file has these contents.
func (fs *Files) find(page []byte) (place, bool) {
	at, ok := fs.pages[xxhash.Sum64(page)]
	return at, ok
}

// share gives each file the symbols of the one with the same build id that has the most.
func (fs *Files) share() {
	best := map[string]*file{}
	for _, f := range fs.list {
		if b := best[f.buildID]; b == nil || len(f.symbols) > len(b.symbols) {
			best[f.buildID] = f
		}
	}
	for _, f := range fs.list {
		if f.buildID != "" {
			f.symbols = best[f.buildID].symbols
		}
	}
}

// function names the function at an address of the file, with the distance from its start; "" if it has none.
func (f *file) function(at uint64) (name string, off uint64) {
	i := sort.Search(len(f.symbols), func(i int) bool { return f.symbols[i].value > at })
	if i == 0 {
		return "", 0
	}
	s := &f.symbols[i-1]
	if off = at - s.value; s.size != 0 && off >= s.size || off >= maxReach {
		return "", 0
	}
	return s.name, off
}

// maxReach bounds the distance to a symbol without a size, in bytes.
const maxReach = 64 << 10

// symbolsOf returns the functions of a file: of its symbol table and, for libraries that were stripped, of the one for dynamic
// linkers. A damaged table is none.
func symbolsOf(e *elf.File) []symbol {
	table, _ := e.Symbols()
	dynamic, _ := e.DynamicSymbols()
	var list []symbol
	for _, s := range append(table, dynamic...) {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF && s.Name != "" {
			list = append(list, symbol{s.Name[:min(len(s.Name), maxName)], s.Value, s.Size})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].value < list[j].value })
	return list
}

// maxName bounds a name, in bytes.
const maxName = 1024

// buildID returns a file's build id, "" if it has none.
func buildID(e *elf.File) string {
	s := e.Section(".note.gnu.build-id")
	if s == nil || s.Size > pageSize {
		return ""
	}
	note, err := s.Data()
	if err != nil || len(note) < 16 || !bytes.Equal(note[12:16], []byte("GNU\x00")) {
		return ""
	}
	return fmt.Sprintf("%x", note[16:])
}
