package physmem

import (
	"errors"
	"fmt"
	"sort"
)

// Device is a memory-mapped device. Its methods are called by any hart's
// goroutine, at any time, concurrently. off is relative to the region's base
// and off+size never exceeds the region; size is 1, 2, 4 or 8 and accesses are
// naturally aligned. ok false makes the access an access fault.
type Device interface {
	Load(off uint64, size int) (v uint64, ok bool)
	Store(off uint64, size int, v uint64) (ok bool)
}

// ErrOverlap reports a device that would share addresses with RAM or another device.
var ErrOverlap = errors.New("device overlaps")

type region struct {
	base, size uint64
	name       string
	dev        Device
}

// Map places dev at [base, base+size). It must be called before any hart runs.
func (m *Memory) Map(name string, base, size uint64, dev Device) error {
	if size == 0 || base+size < base {
		return fmt.Errorf("map %s: impossible region %#x+%#x", name, base, size)
	}
	if base < m.base+m.size && m.base < base+size {
		return fmt.Errorf("map %s at %#x: %w RAM", name, base, ErrOverlap)
	}
	for _, r := range m.regions {
		if base < r.base+r.size && r.base < base+size {
			return fmt.Errorf("map %s at %#x: %w %s", name, base, ErrOverlap, r.name)
		}
	}
	m.regions = append(m.regions, region{base, size, name, dev})
	sort.Slice(m.regions, func(i, j int) bool { return m.regions[i].base < m.regions[j].base })
	return nil
}

// IsDevice reports whether a device is mapped at the n bytes from pa.
func (m *Memory) IsDevice(pa, n uint64) bool { return m.find(pa, n) != nil }

func (m *Memory) find(pa, n uint64) *region {
	i := sort.Search(len(m.regions), func(i int) bool { return m.regions[i].base > pa })
	if i == 0 {
		return nil
	}
	r := &m.regions[i-1]
	if off := pa - r.base; off >= r.size || n > r.size-off {
		return nil
	}
	return r
}

// LoadDevice reads size bytes of the device at pa; ok is false where there is
// no device or it refuses.
func (m *Memory) LoadDevice(pa uint64, size int) (v uint64, ok bool) {
	r := m.find(pa, uint64(size))
	if r == nil {
		return 0, false
	}
	return r.dev.Load(pa-r.base, size)
}

// StoreDevice writes size bytes of the device at pa; ok is false where there is
// no device or it refuses.
func (m *Memory) StoreDevice(pa uint64, size int, v uint64) (ok bool) {
	r := m.find(pa, uint64(size))
	if r == nil {
		return false
	}
	return r.dev.Store(pa-r.base, size, v)
}
