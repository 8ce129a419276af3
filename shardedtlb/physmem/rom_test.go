package physmem

import (
	"errors"
	"math"
	"testing"
)

const romBase, romSize = 0x2000_0000, 2 * PageSize

func newROM(t testing.TB) *Memory {
	t.Helper()
	m, err := New(base, 4*PageSize, Options{ROM: Range{romBase, romSize}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// ROM holds code and is no RAM; its pages are apart from those of RAM.
func TestROM(t *testing.T) {
	m := newROM(t)
	m.ROM()[PageSize+5] = 7
	if len(m.ROM()) != romSize || m.Pages() != 6 {
		t.Errorf("%d bytes, %d pages", len(m.ROM()), m.Pages())
	}
	for _, c := range []struct {
		pa, n    uint64
		rom, ram bool
	}{
		{romBase, romSize, true, false}, {romBase - 1, 1, false, false}, {romBase + romSize - 1, 2, false, false}, {romBase + romSize, 1, false, false},
		{base, 4 * PageSize, false, true}, {base + 4*PageSize, 1, false, false}, {math.MaxUint64, 1, false, false}, {romBase, math.MaxUint64, false, false},
	} {
		_, codeErr := m.Code(c.pa, c.n)
		_, host := m.HostCode(c.pa, c.n)
		if m.IsROM(c.pa, c.n) != c.rom || m.IsRAM(c.pa, c.n) != c.ram || (codeErr == nil) != (c.rom || c.ram) || host != (c.rom || c.ram) {
			t.Errorf("%d bytes at %#x: ROM %v, RAM %v, %v", c.n, c.pa, m.IsROM(c.pa, c.n), m.IsRAM(c.pa, c.n), codeErr)
		}
		if _, ok := m.Host(c.pa, c.n); ok != c.ram {
			t.Errorf("%d bytes at %#x can be stored to: %v", c.n, c.pa, ok)
		}
	}
	if b, err := m.Code(romBase+PageSize+4, 2); err != nil || b[1] != 7 {
		t.Errorf("code in ROM: %v, %v", b, err)
	}
	if !m.Executable(romBase) || m.Executable(romBase+romSize) || m.Executable(romBase-2) {
		t.Error("other code than that in ROM and RAM can be executed")
	}
	pages := map[uint64]bool{}
	for _, pa := range []uint64{base, base + 3*PageSize, romBase, romBase + PageSize} {
		pages[m.Page(pa)] = true
	}
	if len(pages) != 4 || m.Page(0) < m.Pages() {
		t.Errorf("pages %v", pages)
	}
}

// Whoever has made code of ROM is told of its changes.
func TestROMWritesAreNoted(t *testing.T) {
	m := newROM(t)
	var told [2]uint64
	m.OnCodeWrite(func(pa, n uint64) { told = [2]uint64{pa, n} })
	if m.MarkCode(romBase + PageSize) {
		t.Error("somebody may have stored to ROM")
	}
	m.NoteWrite(romBase, PageSize+4)
	if want := [2]uint64{romBase + PageSize, 4}; told != want || m.HasCode(romBase) || !m.HasCode(romBase+PageSize) {
		t.Errorf("told of %#x, want %#x", told, want)
	}
	m.ClearCode(romBase + PageSize)
	if m.HasCode(romBase + PageSize) {
		t.Error("still code")
	}
}

func TestImpossibleROM(t *testing.T) {
	for _, r := range []Range{
		{romBase + 1, PageSize}, {romBase, PageSize + 1}, {base, PageSize}, {base - PageSize, 2 * PageSize}, {base + 3*PageSize, 2 * PageSize},
		{math.MaxUint64 &^ (PageSize - 1), 2 * PageSize}, {0, MaxSize + PageSize},
	} {
		if _, err := New(base, 4*PageSize, Options{ROM: r}); !errors.Is(err, ErrSize) {
			t.Errorf("%#x: %v", r, err)
		}
	}
}
