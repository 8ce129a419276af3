package physmem

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

const base = 0x8000_0000

func newMemory(t testing.TB, size uint64) *Memory {
	t.Helper()
	m, err := New(base, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestImpossibleSizes(t *testing.T) {
	const lastPage = math.MaxUint64 - PageSize + 1
	for _, c := range []struct{ base, size uint64 }{
		{base, 0}, {base, 100}, {base, PageSize + 1}, {base + 1, PageSize}, {base, MaxSize + PageSize},
		{base, math.MaxUint64 &^ (PageSize - 1)}, {lastPage, 2 * PageSize}, {lastPage, PageSize},
	} {
		m, err := New(c.base, c.size, Options{})
		if !errors.Is(err, ErrSize) {
			t.Errorf("New(%#x, %#x) = %v, %v", c.base, c.size, m, err)
		}
	}
}

func TestBounds(t *testing.T) {
	const size = 4 * PageSize
	m := newMemory(t, size)
	for _, c := range []struct {
		pa, n uint64
		ok    bool
	}{
		{base, 1, true}, {base, size, true}, {base + size - 1, 1, true}, {base + size - 8, 8, true}, {base, 0, true},
		{base - 1, 1, false}, {base - 1, 2, false}, {base + size, 1, false}, {base + size, 0, false},
		{base + size - 7, 8, false}, {base, size + 1, false}, {0, 1, false}, {base, math.MaxUint64, false},
		{base + 8, math.MaxUint64 - 7, false}, {math.MaxUint64, 1, false}, {math.MaxUint64, 2, false},
	} {
		if m.IsRAM(c.pa, c.n) != c.ok {
			t.Errorf("IsRAM(%#x, %#x) is not %v", c.pa, c.n, c.ok)
		}
		if _, ok := m.Host(c.pa, c.n); ok != c.ok {
			t.Errorf("Host(%#x, %#x) is not %v", c.pa, c.n, c.ok)
		}
		if s, err := m.Slice(c.pa, c.n); (err == nil) != c.ok || c.ok && uint64(len(s)) != c.n || !c.ok && !errors.Is(err, ErrRange) {
			t.Errorf("Slice(%#x, %#x): %d bytes, %v", c.pa, c.n, len(s), err)
		}
	}
	for pa, ok := range map[uint64]bool{base: true, base + size - 8: true, base + 4: false, base - 8: false, base + size: false, base + size - 4: false} {
		if _, got := m.Word64(pa); got != ok {
			t.Errorf("Word64(%#x) is not %v", pa, ok)
		}
	}
	if s, _ := m.Slice(base, 8); cap(s) != 8 {
		t.Errorf("a slice reaches %d bytes", cap(s))
	}
}

func TestCopying(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	want := bytes.Repeat([]byte("guest"), 2000)
	if err := m.WriteAt(want, base+1234); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if err := m.ReadAt(got, base+1234); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read back: %v", err)
	}
	h, _ := m.Host(base+1234, 1)
	if *(*byte)(unsafe.Add(unsafe.Pointer(nil), h)) != 'g' {
		t.Error("Host points elsewhere")
	}
	// All or nothing.
	end := uint64(base + 4*PageSize - 4)
	if err := m.WriteAt([]byte("12345678"), end); !errors.Is(err, ErrRange) {
		t.Errorf("write past the end: %v", err)
	}
	if s, _ := m.Slice(end, 4); !bytes.Equal(s, make([]byte, 4)) {
		t.Errorf("a refused write left %q", s)
	}
	if err := m.ReadAt(make([]byte, 8), end); !errors.Is(err, ErrRange) {
		t.Errorf("read past the end: %v", err)
	}
}

// resident returns the process's resident memory in bytes.
func resident(t *testing.T) uint64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	pages, err := strconv.ParseUint(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * uint64(os.Getpagesize())
}

// RAM of 64 GiB takes what is touched of it, and the whole of it can be touched.
func TestHugeRAMIsCommittedLazily(t *testing.T) {
	before := resident(t)
	const size = 64 << 30
	m := newMemory(t, size)
	for off := uint64(0); off < size; off += size / 64 {
		w, ok := m.Word64(base + off)
		if !ok {
			t.Fatalf("no RAM at offset %#x", off)
		}
		w.Store(off + 1)
		m.MarkStored(base + off)
	}
	w, _ := m.Word64(base + size - 8)
	w.Store(1)
	if now := resident(t); now > before+32<<20 {
		t.Errorf("64 GiB took %d MiB", (now-before)>>20)
	}
}

func TestCloseTwice(t *testing.T) {
	m := newMemory(t, PageSize)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if m.IsRAM(base, 1) {
		t.Error("RAM after Close")
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
