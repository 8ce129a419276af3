package boot

import (
	"fmt"
	"sort"
)

// extent is a piece of guest memory that is taken.
type extent struct {
	What  string // "kernel", "initrd", …
	Start uint64 // physical address
	Size  uint64 // bytes, including zeroed ones
}

// space keeps track of which parts of RAM are taken.
type space struct {
	base, size uint64
	used       []extent // sorted by address
}

// fits reports whether the range lies in RAM.
func (s *space) fits(start, size uint64) bool {
	off := start - s.base
	return off < s.size && size <= s.size-off
}

// overlap returns a range that shares an address with the given one.
func (s *space) overlap(start, size uint64) (extent, bool) {
	for _, u := range s.used {
		if start-u.Start < u.Size || u.Start-start < size {
			return u, true
		}
	}
	return extent{}, false
}

// take reserves a range.
func (s *space) take(what string, start, size uint64) error {
	if !s.fits(start, size) {
		need := (start - s.base + size + 1<<20 - 1) >> 20
		if start < s.base || need > 1<<24 {
			return fmt.Errorf("%s %w: it wants %s at %#x, memory is %s at %#x",
				what, ErrMemory, human(size), start, human(s.size), s.base)
		}
		return fmt.Errorf("%s %w: it needs %s at %#x, memory is %s: raise --memory to %d MiB or more",
			what, ErrMemory, human(size), start, human(s.size), need)
	}
	if u, ok := s.overlap(start, size); ok {
		return fmt.Errorf("%s %w: its %s at %#x overlap the %s, %s at %#x",
			what, ErrMemory, human(size), start, u.What, human(u.Size), u.Start)
	}
	s.add(extent{what, start, size})
	return nil
}

func (s *space) add(r extent) {
	s.used = append(s.used, r)
	sort.Slice(s.used, func(i, j int) bool { return s.used[i].Start < s.used[j].Start })
}

// high reserves size bytes as high as possible below base+ceiling, at a multiple
// of align (a power of two); ok is false if there is no such place.
func (s *space) high(what string, size, align, ceiling uint64) (start uint64, ok bool) {
	top := min(s.size, ceiling) // relative to base
	for {
		if size > top {
			return 0, false
		}
		start = (s.base + top - size) &^ (align - 1)
		if start < s.base {
			return 0, false
		}
		u, taken := s.overlap(start, size)
		if !taken {
			s.add(extent{what, start, size})
			return start, true
		}
		if u.Start <= s.base {
			return 0, false
		}
		top = u.Start - s.base
	}
}

// free returns the bytes that are not taken.
func (s *space) free() uint64 {
	n := s.size
	for _, u := range s.used {
		n -= min(n, u.Size)
	}
	return n
}

// human writes a size for people.
func human(n uint64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
