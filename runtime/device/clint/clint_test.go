package clint

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

var _ device.Device = (*Device)(nil)

type fakeHarts struct {
	software []atomic.Bool
	compare  []atomic.Uint64
	time     atomic.Uint64
}

func newHarts(n int) *fakeHarts {
	return &fakeHarts{software: make([]atomic.Bool, n), compare: make([]atomic.Uint64, n)}
}

func (f *fakeHarts) Count() int                      { return len(f.software) }
func (f *fakeHarts) SetSoftware(h int, level bool)   { f.software[h].Store(level) }
func (f *fakeHarts) SetTimerCompare(h int, v uint64) { f.compare[h].Store(v) }
func (f *fakeHarts) TimerCompare(h int) uint64       { return f.compare[h].Load() }
func (f *fakeHarts) Time() uint64                    { return f.time.Load() }
func (f *fakeHarts) SetTime(v uint64)                { f.time.Store(v) }

func TestRegisters(t *testing.T) {
	f := newHarts(4095)
	d, err := New(Config{f})
	if err != nil {
		t.Fatal(err)
	}
	store := func(off uint64, size int, v uint64) {
		t.Helper()
		if !d.Store(off, size, v) {
			t.Errorf("store of %d bytes at %#x refused", size, off)
		}
	}
	expect := func(off uint64, size int, want uint64) {
		t.Helper()
		if v, ok := d.Load(off, size); v != want || !ok {
			t.Errorf("load of %d bytes at %#x = %#x, %v; want %#x", size, off, v, ok, want)
		}
	}
	store(4*4094, 4, ^uint64(0))
	expect(4*4094, 4, 1)
	if !f.software[4094].Load() || f.software[4093].Load() {
		t.Error("software interrupt went to the wrong hart")
	}
	store(4*4094, 4, 0xfffe)
	if f.software[4094].Load() {
		t.Error("only bit 0 counts")
	}
	store(0x4000+8*7, 8, 0x1122334455667788)
	expect(0x4000+8*7, 8, 0x1122334455667788)
	store(0x4000+8*7, 4, 0xaaaaaaaa)
	store(0x4004+8*7, 4, 0xbbbbbbbb)
	expect(0x4000+8*7, 8, 0xbbbbbbbbaaaaaaaa)
	expect(0x4004+8*7, 4, 0xbbbbbbbb)
	expect(0x4000+8*6, 8, 0)
	store(0xbff8, 8, 1<<32|5)
	store(0xbffc, 4, 9)
	expect(0xbff8, 8, 9<<32|5)
	expect(0xbff8, 4, 5)
	store(0xc000, 8, 1)
	expect(0xc000, 8, 0)

	d.Reset()
	expect(0x4000+8*7, 8, ^uint64(0))
	expect(0xbff8, 4, 5)
}

func TestAbsentHartsAndSizes(t *testing.T) {
	f := newHarts(2)
	d, _ := New(Config{f})
	for _, off := range []uint64{8, 0x3ffc, 0x4010, 0xbff0} {
		if !d.Store(off, 4, 1) {
			t.Errorf("store at %#x refused", off)
		}
		if v, ok := d.Load(off, 4); v != 0 || !ok {
			t.Errorf("load at %#x = %#x, %v", off, v, ok)
		}
	}
	for _, c := range []struct {
		off  uint64
		size int
	}{{0, 1}, {0, 2}, {0, 8}, {0x4000, 1}, {0xbff8, 2}} {
		if _, ok := d.Load(c.off, c.size); ok {
			t.Errorf("load of %d bytes at %#x accepted", c.size, c.off)
		}
		if d.Store(c.off, c.size, 0) {
			t.Errorf("store of %d bytes at %#x accepted", c.size, c.off)
		}
	}
}

func TestHartCount(t *testing.T) {
	for _, n := range []int{0, 4096} {
		if _, err := New(Config{newHarts(n)}); !errors.Is(err, ErrHarts) {
			t.Errorf("%d harts: %v", n, err)
		}
	}
	if _, err := New(Config{}); !errors.Is(err, ErrHarts) {
		t.Errorf("no harts: %v", err)
	}
}

// The register and the hart's pending bit agree once the writers have finished,
// and halves written by two harts at once both arrive.
func TestConcurrentWritersAgree(t *testing.T) {
	f := newHarts(2)
	d, _ := New(Config{f})
	for i := range uint64(300) {
		var wg sync.WaitGroup
		for w := range uint64(4) {
			wg.Go(func() { d.Store(4, 4, w&1) })
		}
		wg.Go(func() { d.Store(0x4000, 4, i) })
		wg.Go(func() { d.Store(0x4004, 4, i) })
		wg.Wait()
		if v, _ := d.Load(4, 4); (v != 0) != f.software[1].Load() {
			t.Fatalf("round %d: msip reads %d, hart has %v", i, v, f.software[1].Load())
		}
		if got := f.compare[0].Load(); got != i<<32|i {
			t.Fatalf("round %d: mtimecmp = %#x", i, got)
		}
	}
}
