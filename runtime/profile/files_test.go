package profile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/profile/profiletest"
)

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// code is n pages of which no two are equal.
func code(n int) []byte {
	b := make([]byte, n*pageSize)
	for i := range b {
		b[i] = byte(i/pageSize*31 + i%251)
	}
	return b
}

// A page of code is found wherever a process has it, and the file with the same build id names what is in it.
func TestFiles(t *testing.T) {
	text := code(3)
	stripped := profiletest.ELF{Vaddr: 0x10000, Text: text, BuildID: "one"}
	symbols := stripped
	symbols.Symbols = map[string]uint64{"first": 0x10000, "second": 0x11100}
	symbols.NoText = true
	other := profiletest.ELF{Vaddr: 0x40000, Text: code(5)[3*pageSize:], BuildID: "two", Symbols: map[string]uint64{"third": 0x40000}}
	fs, err := Open(t.Context(), []string{write(t, "a", stripped.Bytes()), write(t, "b", symbols.Bytes()), write(t, "c", other.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		addr uint64
		name string
		off  uint64
	}{{0x10000, "first", 0}, {0x11000, "first", 0x1000}, {0x12000, "second", 0xf00}} {
		at, ok := fs.find(text[i*pageSize:][:pageSize])
		if !ok || at != (place{0, want.addr}) {
			t.Errorf("page %d: %v at %+v", i, ok, at)
			continue
		}
		if name, off := fs.list[at.file].function(at.addr); name != want.name || off != want.off {
			t.Errorf("page %d is of %s+%#x", i, name, off)
		}
	}
	if at, ok := fs.find(code(4)[3*pageSize:]); !ok || at != (place{2, 0x40000}) {
		t.Errorf("the other file's page: %v at %+v", ok, at)
	}
	changed := slices.Clone(text[:pageSize])
	changed[100]++
	for _, page := range [][]byte{changed, make([]byte, pageSize)} {
		if at, ok := fs.find(page); ok {
			t.Errorf("a page of no file is at %+v", at)
		}
	}
	if name, _ := fs.list[0].function(0x9000); name != "" {
		t.Errorf("an address before all functions is in %s", name)
	}
}

func TestBadFiles(t *testing.T) {
	good := (&profiletest.ELF{Vaddr: 0x1000, Text: code(1)}).Bytes()
	x86 := slices.Clone(good)
	x86[18] = 62
	for what, b := range map[string][]byte{"no ELF file": []byte("#!/bin/sh\n"), "another machine's": x86, "cut off": good[:100], "empty": nil} {
		if _, err := Open(t.Context(), []string{write(t, "bad", b)}); err == nil || !strings.Contains(err.Error(), "give an ELF file of the guest's") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Open(t.Context(), []string{t.TempDir()}); !errors.Is(err, hostfile.ErrKind) {
		t.Errorf("a folder: %v", err)
	}
}
