package elfimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

const ram = 0x80000000

func open(b []byte) (*Image, error) {
	return Open("prog", bytes.NewReader(b), int64(len(b)))
}

func newRAM(t testing.TB, size uint64) *physmem.Memory {
	t.Helper()
	m, err := physmem.New(ram, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func sample() []byte {
	return build(ram+4, []seg{
		{vaddr: ram + 0x2000, paddr: ram + 0x2000, data: []byte("data"), memsz: 0x3000, flags: 6},
		{vaddr: ram, paddr: ram, data: []byte("code and so on"), flags: 5},
	}, []sym{
		{"_start", ram, 0, symNone, 1},
		{"main", ram + 8, 4, symFunc, 1},
		{"tohost", ram + 0x2000, 8, 1, 2},
		{"$x", ram, 0, symNone, 1},
		{"undefined", 0, 0, symFunc, 0},
		{"counter", ram + 0x2008, 8, symNone, 2},
	})
}

func TestLoad(t *testing.T) {
	im, err := open(sample())
	if err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 1<<20)
	dirt := bytes.Repeat([]byte{0xaa}, 0x8000)
	if err := m.WriteAt(dirt, ram); err != nil {
		t.Fatal(err)
	}
	if err := im.Load(m, 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 0x8000)
	if err := m.ReadAt(got, ram); err != nil {
		t.Fatal(err)
	}
	if string(got[:14]) != "code and so on" || got[14] != 0xaa {
		t.Errorf("code segment: %q", got[:16])
	}
	if string(got[0x2000:0x2004]) != "data" {
		t.Errorf("data segment: %q", got[0x2000:0x2004])
	}
	if !bytes.Equal(got[0x2004:0x5000], make([]byte, 0x2ffc)) {
		t.Error(".bss is not zero")
	}
	if got[0x5000] != 0xaa || got[0x1fff] != 0xaa {
		t.Error("bytes outside the segments were written")
	}
	if im.Low() != ram || span(im) != 0x5000 {
		t.Errorf("low %#x span %#x", im.Low(), span(im))
	}
}

// TestLargeBSS loads a small file that wants much memory, which the host is to provide only where it is touched.
func TestLargeBSS(t *testing.T) {
	im, err := open(build(ram, []seg{{vaddr: ram, paddr: ram, data: []byte("code"), memsz: 4 << 30, flags: 7}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 8<<30)
	before := resident(t)
	if err := im.Load(m, 0); err != nil {
		t.Fatal(err)
	}
	if grown := resident(t) - before; grown > 64<<20 {
		t.Errorf("the host has provided %d MiB", grown>>20)
	}
}

// resident is what the process has of the host's memory, page tables included, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	sum := 0
	for line := range strings.Lines(string(status)) {
		var kib int
		for _, name := range []string{"VmRSS:", "VmPTE:"} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				if _, err := fmt.Sscan(rest, &kib); err != nil {
					t.Fatal(err)
				}
				sum += kib << 10
			}
		}
	}
	return sum
}

func TestLoadTellsTheCodeMap(t *testing.T) {
	im, err := open(sample())
	if err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 1<<20)
	var told []uint64
	m.OnCodeWrite(func(pa, n uint64) { told = append(told, pa) })
	m.MarkCode(ram + 0x2000)
	if err := im.Load(m, 0); err != nil {
		t.Fatal(err)
	}
	// What comes from the file and what is zero are told apart.
	if !slices.Equal(told, []uint64{ram + 0x2000, ram + 0x2004}) {
		t.Errorf("code map was told of %#x", told)
	}
}

func TestBias(t *testing.T) {
	// A position-independent firmware linked at 0 and a kernel linked high.
	for _, tc := range []struct{ vaddr, paddr uint64 }{{0, 0}, {0xffffffff80000000, 0}, {0xffffffff80000000, 0xffffffff80000000}} {
		im, err := open(build(tc.vaddr+2, []seg{{vaddr: tc.vaddr, paddr: tc.paddr, data: []byte("kernel"), flags: 5}}, nil))
		if err != nil {
			t.Fatal(err)
		}
		m := newRAM(t, 1<<20)
		if err := im.Load(m, 0); !errors.Is(err, ErrRange) {
			t.Errorf("without bias: %v", err)
		}
		bias := ram + 0x1000 - im.Low()
		if err := im.Load(m, bias); err != nil {
			t.Fatal(err)
		}
		pa, ok := im.PhysicalEntry()
		if !ok || pa+bias != ram+0x1002 {
			t.Errorf("entry %#x", pa+bias)
		}
		var got [6]byte
		if err := m.ReadAt(got[:], ram+0x1000); err != nil || string(got[:]) != "kernel" {
			t.Errorf("%q %v", got, err)
		}
	}
}

func TestEntryGivenPhysically(t *testing.T) {
	im, err := open(build(0x1004, []seg{{vaddr: 0xffffffc000000000, paddr: 0x1000, data: make([]byte, 64), flags: 5}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if pa, ok := im.PhysicalEntry(); !ok || pa != 0x1004 {
		t.Errorf("entry %#x %v", pa, ok)
	}
}

func TestByVirtual(t *testing.T) {
	const high = 0xffffffff80000000
	im, err := open(build(high, []seg{
		{vaddr: high, paddr: high, data: []byte("head"), flags: 5},
		{vaddr: high + 0x2000, paddr: 0x2000, data: []byte("data")},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	v, err := im.ByVirtual()
	if err != nil {
		t.Fatal(err)
	}
	if v.Low() != high || span(v) != 0x2004 || im.Low() != 0x2000 {
		t.Errorf("low %#x span %#x, before %#x", v.Low(), span(v), im.Low())
	}
	im, err = open(build(high, []seg{{vaddr: high, paddr: 0, data: []byte("a")}, {vaddr: high, paddr: 0x1000, data: []byte("b")}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.ByVirtual(); !errors.Is(err, ErrOverlap) {
		t.Error(err)
	}
}

func TestSymbols(t *testing.T) {
	im, err := open(sample())
	if err != nil {
		t.Fatal(err)
	}
	s, err := im.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	if y, ok := s.Lookup("tohost"); !ok || y.Value != ram+0x2000 || y.Size != 8 {
		t.Errorf("tohost: %+v %v", y, ok)
	}
	for _, name := range []string{"undefined", "tohos", "tohost2", "fromhost"} {
		if _, ok := s.Lookup(name); ok {
			t.Errorf("found %q", name)
		}
	}
	var names []string
	for _, f := range s.Functions() {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "_start main" {
		t.Errorf("functions: %s", got)
	}
}

func TestStrippedHasNoSymbols(t *testing.T) {
	im, err := open(build(ram, []seg{{vaddr: ram, paddr: ram, data: []byte("x"), flags: 5}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	s, err := im.Symbols()
	if err != nil || s.Len() != 0 || len(s.Functions()) != 0 {
		t.Errorf("%v %v", s, err)
	}
}

// linked makes a program as a linker does that was told where the code goes and nothing else: the file's headers are
// part of its first segment, on the page below.
func linked(n uint64) []byte {
	b := build(ram, []seg{{vaddr: ram, paddr: ram, data: []byte("code and so on"), flags: 5}}, nil)
	const headers = headerSize + phdrSize
	b = slices.Insert(b, headers, make([]byte, n-headers)...)
	p, le := b[headerSize:], binary.LittleEndian
	le.PutUint64(p[8:], 0)
	le.PutUint64(p[16:], ram-n)
	le.PutUint64(p[24:], ram-n)
	le.PutUint64(p[32:], uint64(len(b)))
	le.PutUint64(p[40:], uint64(len(b)))
	return b
}

func TestHeadersBelowRAMAreDropped(t *testing.T) {
	m := newRAM(t, 1<<20)
	for _, n := range []uint64{headerSize + phdrSize, 4096, maxHeaders} {
		im, err := open(linked(n))
		if err != nil {
			t.Fatal(err)
		}
		if err := im.Load(m, 0); !errors.Is(err, ErrRange) {
			t.Errorf("with its headers: %v", err)
		}
		if im, err = im.Inside(m); err != nil {
			t.Fatal(err)
		}
		if err := im.Load(m, 0); err != nil {
			t.Fatal(err)
		}
		var got [14]byte
		if err := m.ReadAt(got[:], ram); err != nil || string(got[:]) != "code and so on" || im.Low() != ram {
			t.Errorf("%q %v, low %#x", got, err, im.Low())
		}
	}
	// What the program may need is not dropped.
	for name, b := range map[string][]byte{
		"data in front":         func() []byte { b := linked(4096); b[4095] = 1; return b }(),
		"too far":               linked(maxHeaders + 4096),
		"an entry point there":  func() []byte { b := linked(4096); binary.LittleEndian.PutUint64(b[24:], ram-4); return b }(),
		"more memory than file": func() []byte { b := linked(4096); binary.LittleEndian.PutUint64(b[headerSize+32:], 200); return b }(),
	} {
		im, err := open(b)
		if err != nil {
			t.Fatal(name, err)
		}
		if im, err = im.Inside(m); err != nil {
			t.Fatal(name, err)
		}
		if err := im.Load(m, 0); !errors.Is(err, ErrRange) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNotesBelowRAMAreDropped has the headers and a note in a segment of their own, as linkers for Linux put them.
func TestNotesBelowRAMAreDropped(t *testing.T) {
	le := binary.LittleEndian
	b := build(ram, []seg{
		{vaddr: ram, paddr: ram, data: []byte("code"), flags: 5},
		{vaddr: 0x10000, paddr: 0x10000, data: []byte("x"), flags: 4},
		{vaddr: 0x10000, paddr: 0x10000, data: []byte("build id"), flags: 4},
	}, nil)
	headers, note := b[headerSize+phdrSize:], b[headerSize+2*phdrSize:]
	le.PutUint64(headers[8:], 0)
	le.PutUint64(headers[32:], uint64(len(b)))
	le.PutUint64(headers[40:], uint64(len(b)))
	le.PutUint32(note, segNote)
	m := newRAM(t, 1<<20)
	inside := func() error {
		im, err := open(b)
		if err != nil {
			return err
		}
		if im, err = im.Inside(m); err != nil {
			return err
		}
		return im.Load(m, 0)
	}
	// The code is part of that segment too.
	if err := inside(); !errors.Is(err, ErrRange) {
		t.Errorf("%v", err)
	}
	le.PutUint64(headers[8:], le.Uint64(note[8:]))
	le.PutUint64(headers[32:], 8)
	le.PutUint64(headers[40:], 8)
	if err := inside(); err != nil {
		t.Error(err)
	}
}

func TestBadFiles(t *testing.T) {
	le := binary.LittleEndian
	edit := func(f func(b []byte)) []byte { b := sample(); f(b); return b }
	const ph = headerSize // first program header
	for _, tc := range []struct {
		name string
		file []byte
		want error
		says string
	}{
		{"empty", nil, ErrEmpty, "empty"},
		{"text", []byte("#!/bin/sh\n"), ErrNotELF, ""},
		{"two bytes", []byte("\x7fE"), ErrNotELF, ""},
		{"header cut", sample()[:40], ErrTruncated, ""},
		{"x86-64", edit(func(b []byte) { le.PutUint16(b[18:], 62) }), ErrMachine, "x86-64"},
		{"PowerPC, big-endian", edit(func(b []byte) { b[5] = 2; binary.BigEndian.PutUint16(b[18:], 20) }), ErrMachine, "PowerPC"},
		{"unknown machine", edit(func(b []byte) { le.PutUint16(b[18:], 999) }), ErrMachine, "999"},
		{"32-bit", edit(func(b []byte) { b[4] = 1 }), ErrClass, "rv64gc"},
		{"big-endian RISC-V", edit(func(b []byte) { b[5] = 2; b[18], b[19] = 0, 243 }), ErrClass, ""},
		{"RVE", edit(func(b []byte) { b[48] |= flagRVE }), ErrMachine, "RV64E"},
		{"object file", edit(func(b []byte) { le.PutUint16(b[16:], 1) }), ErrType, "link"},
		{"dynamically linked", edit(func(b []byte) { le.PutUint32(b[ph:], segInterp) }), ErrType, "-static"},
		{"no program headers", edit(func(b []byte) { le.PutUint16(b[56:], 0) }), ErrEmpty, ""},
		{"no loadable segment", edit(func(b []byte) { le.PutUint32(b[ph:], 0); le.PutUint32(b[ph+phdrSize:], 0) }), ErrEmpty, ""},
		{"extended phnum", edit(func(b []byte) { le.PutUint16(b[56:], 0xffff) }), ErrMalformed, ""},
		{"program headers beyond the file", edit(func(b []byte) { le.PutUint64(b[32:], 1<<40) }), ErrTruncated, ""},
		{"program headers at 2^64", edit(func(b []byte) { le.PutUint64(b[32:], ^uint64(0)) }), ErrTruncated, ""},
		{"odd header size", edit(func(b []byte) { le.PutUint16(b[54:], 8) }), ErrMalformed, ""},
		{"segment beyond the file", edit(func(b []byte) { le.PutUint64(b[ph+8:], 1<<20) }), ErrTruncated, ""},
		{"segment offset 2^64", edit(func(b []byte) { le.PutUint64(b[ph+8:], ^uint64(0)) }), ErrTruncated, ""},
		{"huge file size", edit(func(b []byte) {
			le.PutUint64(b[ph+32:], 1<<62)
			le.PutUint64(b[ph+40:], 1<<62)
		}), ErrTruncated, ""},
		{"file larger than memory", edit(func(b []byte) { le.PutUint64(b[ph+40:], 1) }), ErrMalformed, ""},
		{"leaves the address space", edit(func(b []byte) { le.PutUint64(b[ph+40:], ^uint64(0)-0x100) }), ErrMalformed, ""},
		{"overlap", edit(func(b []byte) { le.PutUint64(b[ph+24:], ram+4) }), ErrOverlap, "linker script"},
		{"same address", edit(func(b []byte) { le.PutUint64(b[ph+24:], ram) }), ErrOverlap, ""},
		{"entry outside", edit(func(b []byte) { le.PutUint64(b[24:], 0x1234) }), ErrEntry, "0x1234"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			im, err := open(tc.file)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v (%+v), want %v", err, im, tc.want)
			}
			if !strings.HasPrefix(err.Error(), "prog: ") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("message: %v", err)
			}
		})
	}
}

func TestTooManySegments(t *testing.T) {
	var segs []seg
	for i := range uint64(maxSegments + 1) {
		segs = append(segs, seg{vaddr: ram + i*16, paddr: ram + i*16, data: []byte("x")})
	}
	if _, err := open(build(ram, segs, nil)); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	if _, err := open(build(ram, segs[1:], nil)); !errors.Is(err, ErrEntry) {
		t.Error(err)
	}
}

func TestBadSymbols(t *testing.T) {
	le := binary.LittleEndian
	for _, tc := range []struct {
		name string
		edit func(b []byte, sh int)
		want error
	}{
		{"table cut off", func(b []byte, sh int) { le.PutUint64(b[40:], uint64(len(b)-10)) }, ErrTruncated},
		{"table far away", func(b []byte, sh int) { le.PutUint64(b[sh+sectionSize+24:], 1<<50) }, ErrTruncated},
		{"huge table", func(b []byte, sh int) { le.PutUint64(b[sh+sectionSize+32:], 1<<50) }, ErrMalformed},
		{"bad link", func(b []byte, sh int) { le.PutUint32(b[sh+sectionSize+40:], 77) }, ErrMalformed},
		{"odd section size", func(b []byte, sh int) { le.PutUint16(b[58:], 1) }, ErrMalformed},
	} {
		b := sample()
		tc.edit(b, int(le.Uint64(b[40:])))
		im, err := open(b)
		if err != nil {
			t.Fatal(tc.name, err)
		}
		if _, err := im.Symbols(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestNothingHalfWritten(t *testing.T) {
	im, err := open(build(ram, []seg{
		{vaddr: ram, paddr: ram, data: []byte("first"), flags: 5},
		{vaddr: ram + 1<<20, paddr: ram + 1<<20, data: []byte("outside")},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 1<<20)
	err = im.Load(m, 0)
	if !errors.Is(err, ErrRange) || !strings.Contains(err.Error(), "--memory") {
		t.Fatal(err)
	}
	var b [5]byte
	if err := m.ReadAt(b[:], ram); err != nil || b != [5]byte{} {
		t.Errorf("memory was written: %q %v", b, err)
	}
}

func TestFileShrinksAfterOpen(t *testing.T) {
	b := sample()
	r := &shrinking{b: b}
	im, err := Open("prog", r, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	r.b = b[:headerSize+2*phdrSize+2]
	if err := im.Load(newRAM(t, 1<<20), 0); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
}

type shrinking struct{ b []byte }

func (s *shrinking) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.b).ReadAt(p, off)
}

// span returns the bytes from Low to the end of the last segment.
func span(im *Image) uint64 {
	last := im.Segments[len(im.Segments)-1]
	return last.Paddr - im.Low() + last.MemSize
}
