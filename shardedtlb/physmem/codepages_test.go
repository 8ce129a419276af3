package physmem

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCodePageModes(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	const pa = base + PageSize + 8
	if m.HasCode(pa) || !m.MarkStored(pa) || !m.MarkStored(pa) {
		t.Fatal("a fresh page refuses stores")
	}
	if !m.MarkCode(pa) {
		t.Error("MarkCode forgot the store entry")
	}
	if !m.HasCode(pa) || m.HasCode(base) || m.MarkStored(pa) {
		t.Error("a code page takes stores")
	}
	m.ClearStored(pa)
	if m.MarkCode(pa) {
		t.Error("store entries out after ClearStored")
	}
	m.ClearCode(pa)
	if m.HasCode(pa) || !m.MarkStored(pa) {
		t.Error("the page did not become writable again")
	}
}

func TestNoteWriteReportsCodePagesOnly(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	var got []string
	m.NoteWrite(base, 8) // nobody listens yet
	m.OnCodeWrite(func(pa, n uint64) { got = append(got, fmt.Sprintf("%#x+%#x", pa-base, n)) })
	m.MarkCode(base + PageSize)
	m.MarkCode(base + 2*PageSize)
	note := func(pa, n uint64, want ...string) {
		t.Helper()
		got = nil
		m.NoteWrite(pa, n)
		if !slices.Equal(got, want) {
			t.Errorf("%#x+%#x: %v, want %v", pa-base, n, got, want)
		}
	}
	note(base, PageSize)
	note(base+PageSize-4, 8, "0x1000+0x4")
	note(base+PageSize, 1, "0x1000+0x1")
	note(base, 4*PageSize, "0x1000+0x1000", "0x2000+0x1000")
	note(base+2*PageSize-1, 2, "0x1fff+0x1", "0x2000+0x1")
	note(base+PageSize, 0)
	note(base-4, 8)
	note(base+PageSize, ^uint64(0))
	got = nil
	if err := m.WriteAt(make([]byte, 16), base+PageSize-8); err != nil || !slices.Equal(got, []string{"0x1000+0x8"}) {
		t.Errorf("WriteAt: %v, %v", got, err)
	}
}

func TestWatch(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	n, off, size := 0, uint64(0), uint64(0)
	if err := m.Watch(base+0x100, 8, func(pa, k uint64) { n, off, size = n+1, pa-base, k }); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][2]uint64{{base - 8, 8}, {base + PageSize - 4, 8}, {base + 4*PageSize, 8}} {
		if err := m.Watch(bad[0], bad[1], func(uint64, uint64) {}); !errors.Is(err, ErrRange) {
			t.Errorf("Watch(%#x, %d): %v", bad[0], bad[1], err)
		}
	}
	if m.MarkStored(base) || !m.MarkStored(base+PageSize) {
		t.Error("stores to a watched page could go unnoticed, or others could not")
	}
	for _, c := range []struct {
		off, n uint64
		hit    bool
	}{{0x100, 8, true}, {0x107, 1, true}, {0xff, 2, true}, {0, PageSize, true}, {0xff, 1, false}, {0x108, 8, false}} {
		n = 0
		m.NoteWrite(base+c.off, c.n)
		if n == 1 != c.hit {
			t.Errorf("a write of %d at %#x was reported %d times", c.n, c.off, n)
		} else if c.hit && (off != c.off || size != c.n) {
			t.Errorf("a write of %d at %#x was reported as %d at %#x", c.n, c.off, size, off)
		}
	}
}

// A hart that fills a store entry and one that marks code must never miss each
// other: either the store entry is refused, or MarkCode says that one is out.
func TestMarkStoredAgainstMarkCodeHammer(t *testing.T) {
	m := newMemory(t, PageSize)
	for range 20_000 {
		m.ClearCode(base)
		m.ClearStored(base)
		var out, allowed bool
		var wg sync.WaitGroup
		wg.Go(func() { out = m.MarkCode(base) })
		allowed = m.MarkStored(base)
		wg.Wait()
		if allowed && !out {
			t.Fatal("a store entry is out that MarkCode does not know of")
		}
	}
}

// A writer changes the bytes and notes it, a builder marks the page and reads the
// bytes: the builder sees the new bytes or the writer sees the mark.
func TestNoteWriteAgainstMarkCodeHammer(t *testing.T) {
	m := newMemory(t, PageSize)
	var told atomic.Bool
	m.OnCodeWrite(func(pa, n uint64) { told.Store(true) })
	w, _ := m.Word64(base)
	for i := range uint64(20_000) {
		m.ClearCode(base)
		told.Store(false)
		var seen uint64
		var wg sync.WaitGroup
		wg.Go(func() {
			m.MarkCode(base)
			seen = w.Load()
		})
		w.Store(i + 1)
		m.NoteWrite(base, 8)
		wg.Wait()
		if seen != i+1 && !told.Load() {
			t.Fatal("the builder read old bytes and the writer saw no mark")
		}
	}
}

// Many harts and a builder at once: the flags end as the last calls left them.
func TestCodePageFlagsHammer(t *testing.T) {
	const pages = 8
	m := newMemory(t, pages*PageSize)
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			for i := range uint64(5_000) {
				pa := base + (i+g)%pages*PageSize
				switch g {
				case 0:
					if m.MarkCode(pa) {
						m.ClearStored(pa)
					}
				case 1:
					m.ClearCode(pa)
				default:
					m.MarkStored(pa)
					m.NoteWrite(pa, 8)
				}
			}
		})
	}
	wg.Wait()
	for p := range uint64(pages) {
		pa := base + p*PageSize
		m.ClearCode(pa)
		if !m.MarkStored(pa) || !m.MarkCode(pa) {
			t.Errorf("page %d is stuck", p)
		}
	}
}

// A store without an entry counts as one with an entry for whoever makes the page code, watched pages included; it does
// not on a page that holds code.
func TestBeginStore(t *testing.T) {
	for _, c := range []struct {
		name          string
		before        func(m *Memory)
		plain, stored bool
	}{
		{"fresh page", func(*Memory) {}, true, true},
		{"page with an entry out", func(m *Memory) { m.MarkStored(base) }, true, true},
		{"watched page", func(m *Memory) {
			if err := m.Watch(base, 8, func(uint64, uint64) {}); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		{"code", func(m *Memory) { m.MarkCode(base) }, false, false},
		{"code with an entry out", func(m *Memory) { m.MarkStored(base); m.MarkCode(base) }, false, true},
	} {
		m := newMemory(t, PageSize)
		c.before(m)
		if plain := m.beginStore(base + 100); plain != c.plain {
			t.Errorf("%s: like a store through an entry: %v, want %v", c.name, plain, c.plain)
		}
		if out := m.MarkCode(base); out != c.stored {
			t.Errorf("%s: then stores are out: %v, want %v", c.name, out, c.stored)
		}
	}
}
