package physmem

import (
	"errors"
	"fmt"
	"testing"
)

// recorder is a device that notes its accesses.
type recorder struct {
	log    []string
	refuse bool
}

func (r *recorder) Load(off uint64, size int) (uint64, bool) {
	r.log = append(r.log, fmt.Sprintf("load %#x %d", off, size))
	return off + 100, !r.refuse
}

func (r *recorder) Store(off uint64, size int, v uint64) bool {
	r.log = append(r.log, fmt.Sprintf("store %#x %d %#x", off, size, v))
	return !r.refuse
}

func TestDevicesAreFound(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	a, b, c := new(recorder), new(recorder), new(recorder)
	for _, d := range []struct {
		name       string
		base, size uint64
		dev        Device
	}{{"b", 0x2000, 0x1000, b}, {"a", 0x1000, 0x100, a}, {"c", base + 4*PageSize, 8, c}} {
		if err := m.Map(d.name, d.base, d.size, d.dev); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		pa   uint64
		size int
		dev  *recorder
		off  uint64
	}{
		{0x1000, 4, a, 0}, {0x10f8, 8, a, 0xf8}, {0x10fc, 4, a, 0xfc}, {0x2000, 1, b, 0}, {0x2fff, 1, b, 0xfff},
		{base + 4*PageSize, 8, c, 0},
		{0xfff, 1, nil, 0}, {0x1100, 1, nil, 0}, {0x10fc, 8, nil, 0}, {0x3000, 4, nil, 0}, {0x2ffc, 8, nil, 0},
		{0, 8, nil, 0}, {^uint64(0), 1, nil, 0}, {^uint64(0) - 7, 8, nil, 0}, {base, 8, nil, 0}, {base + 4*PageSize + 8, 1, nil, 0},
	} {
		v, ok := m.LoadDevice(x.pa, x.size)
		if ok != (x.dev != nil) || ok && v != x.off+100 {
			t.Errorf("load %d at %#x: %d %v", x.size, x.pa, v, ok)
		}
		if ok := m.StoreDevice(x.pa, x.size, 5); ok != (x.dev != nil) {
			t.Errorf("store %d at %#x: %v", x.size, x.pa, ok)
		}
		if m.IsDevice(x.pa, uint64(x.size)) != (x.dev != nil) {
			t.Errorf("IsDevice(%#x, %d)", x.pa, x.size)
		}
		if x.dev != nil {
			want := []string{fmt.Sprintf("load %#x %d", x.off, x.size), fmt.Sprintf("store %#x %d 0x5", x.off, x.size)}
			if fmt.Sprint(x.dev.log) != fmt.Sprint(want) {
				t.Errorf("at %#x: %v, want %v", x.pa, x.dev.log, want)
			}
			x.dev.log = nil
		}
	}
	a.refuse = true
	if _, ok := m.LoadDevice(0x1000, 4); ok || m.StoreDevice(0x1000, 4, 0) {
		t.Error("an access that the device refused went through")
	}
}

func TestImpossibleDevices(t *testing.T) {
	m := newMemory(t, 4*PageSize)
	if err := m.Map("first", 0x1000, 0x1000, new(recorder)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []struct {
		base, size uint64
		overlap    bool
	}{
		{0x1000, 0x1000, true}, {0x1fff, 1, true}, {0, 0x1001, true}, {0x1800, 8, true}, {0, 1 << 40, true},
		{base, 1, true}, {base + 4*PageSize - 1, 2, true}, {base - 4, 8, true},
		{0x5000, 0, false}, {^uint64(0) - 3, 8, false},
	} {
		err := m.Map("second", d.base, d.size, new(recorder))
		if err == nil || errors.Is(err, ErrOverlap) != d.overlap {
			t.Errorf("Map(%#x, %#x): %v", d.base, d.size, err)
		}
	}
}
