package codemap

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

const base = 0x7f00_0000_0000

func newMap(t *testing.T, n int) *Map {
	t.Helper()
	m, err := New(base, n)
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

// The map against Go's own, at a third of its room: what it says is true, and it knows nearly all.
func TestModel(t *testing.T) {
	const n = 4000
	m := newMap(t, n)
	rng := rand.New(rand.NewPCG(1, 2))
	model := map[uint64]uintptr{}
	known, asked := 0, 0
	for range 200_000 {
		// Code clusters: some pages, every few halfwords.
		pa := 0x8000_0000 + rng.Uint64N(64)<<12 + rng.Uint64N(64)*34
		entry := base + uintptr(rng.IntN(1<<20))*Granule
		if old, ok := model[pa]; ok {
			asked++
			switch got := m.Get(pa); got {
			case old:
				known++
			case 0:
			default:
				t.Fatalf("%#x leads to %#x, not %#x", pa, got, old)
			}
			m.Remove(pa, old)
			delete(model, pa)
			if m.Get(pa) != 0 {
				t.Fatalf("%#x is there after it was removed", pa)
			}
		} else if m.Get(pa) != 0 {
			t.Fatalf("%#x is there and was never put", pa)
		} else if len(model) < n {
			m.Put(pa, entry)
			model[pa] = entry
			if m.Get(pa) != entry {
				t.Fatalf("%#x is not there after it was put", pa)
			}
		}
	}
	if known < asked*8/10 {
		t.Errorf("%d of %d known", known, asked)
	}
}

// Removing code takes out that code alone, and what does not fit is not entered.
func TestEdges(t *testing.T) {
	m := newMap(t, 16)
	m.Put(0x8000_0000, base+64)
	m.Remove(0x8000_0000, base+128)
	m.Remove(0x8000_0002, base+64)
	if m.Get(0x8000_0000) != base+64 {
		t.Error("other code was removed with it")
	}
	for _, test := range []struct {
		pa    uint64
		entry uintptr
		fits  bool
	}{
		{1<<41 - 2, base + 64, true},
		{1 << 41, base + 64, false},
		{0x8000_1000, base + MaxSpan - Granule, true},
		{0x8000_2000, base + MaxSpan, false},
		{0x8000_3000, base - Granule, false},
	} {
		m.Put(test.pa, test.entry)
		if got := m.Get(test.pa); (got == test.entry) != test.fits || !test.fits && got != 0 {
			t.Errorf("%#x leads to %#x, want %#x: %v", test.pa, got, test.entry, test.fits)
		}
	}
}

// Native code's way to a place is that of Get: from the View alone.
func TestView(t *testing.T) {
	m := newMap(t, 1000)
	v := m.View()
	if v.Base != base || v.Places%16 != 0 {
		t.Fatalf("%+v", v)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		pa := 0x8000_0000 + rng.Uint64N(1<<35)&^1
		m.Put(pa, base+64)
		key := pa >> 1
		at := v.Places + uintptr(key*Factor<<EntryBits>>v.Shift*8)
		first := (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(&m.places[0]), at-v.Places)).Load()
		second := (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(&m.places[0]), (at-v.Places)^8)).Load()
		if want := key<<EntryBits | 1; first != want && second != want {
			t.Fatalf("%#x: %#x and %#x", pa, first, second)
		}
		m.Remove(pa, base+64)
	}
}

// Writers of different addresses contend for the same few places while readers look: a reader finds
// for an address nothing or its own code, and nothing of what has been removed is left.
func TestHammer(t *testing.T) {
	m := newMap(t, 1)
	const writers, addresses, rounds = 4, 2000, 40
	code := func(pa uint64) uintptr { return base + uintptr(pa&0xfffff)/2*Granule }
	var group sync.WaitGroup
	var over atomic.Bool
	group.Go(func() {
		for i := uint64(0); !over.Load(); i++ {
			pa := 0x8000_0000 + i%(writers*addresses)*2
			if got := m.Get(pa); got != 0 && got != code(pa) {
				t.Errorf("%#x leads to %#x", pa, got)
				return
			}
		}
	})
	var done sync.WaitGroup
	for w := range uint64(writers) {
		done.Go(func() {
			for range rounds {
				for i := range uint64(addresses) {
					pa := 0x8000_0000 + (i*writers+w)*2
					m.Put(pa, code(pa))
					if i >= 16 {
						old := pa - 16*writers*2
						m.Remove(old, code(old))
						if m.Get(old) != 0 {
							t.Errorf("%#x is still there", old)
						}
					}
				}
				for i := range uint64(addresses) {
					pa := 0x8000_0000 + (i*writers+w)*2
					m.Remove(pa, code(pa))
				}
			}
		})
	}
	done.Wait()
	over.Store(true)
	group.Wait()
	for i := range m.places {
		if w := m.places[i].Load(); w != 0 {
			t.Fatalf("%#x is left over", w)
		}
	}
}
