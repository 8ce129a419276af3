package codemap

import (
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The conversions below are safe because places is a mapping of the system's that is page-aligned,
// holds no Go pointers, and is unmapped by Close only, after which nobody may use the Map.

const (
	// EntryBits is the width of a word's field for the code.
	EntryBits = 24
	// Granule is what entries are multiples of, bytes from the base.
	Granule = 64
	// Factor is the hash's multiplier: the first bits of the golden ratio, as far as a host's
	// instruction can hold them as a signed constant.
	Factor = 0x61c88647

	entryMask = 1<<EntryBits - 1
	keyBits   = 64 - EntryBits
	minShift  = 12 // of the number of places
)

// MaxSpan is the number of bytes from the base within which code may lie.
const MaxSpan = Granule << EntryBits

// Map is a table of native code by physical address.
type Map struct {
	places []atomic.Uint64 // written by who publishes and unpublishes code, read by native code and Get
	base   uintptr
	shift  uint // of a hash, to get a place
	mem    []byte
}

// View is what native code has to know of a Map.
type View struct {
	Places uintptr // address of the first place
	Base   uintptr // what entries are relative to
	Shift  uint8   // a hash is shifted right by this
}

// New returns an empty map for code that begins at multiples of Granule from base on, with room for
// about n entries. It takes up to 32 bytes an entry, as they come to be used.
func New(base uintptr, n int) (*Map, error) {
	log := max(minShift, bits.Len(uint(max(n, 1)))+1)
	mem, err := unix.Mmap(-1, 0, 8<<log, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve the map of native code: %w", err)
	}
	places := unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(&mem[0])), 1<<log)
	return &Map{places: places, base: base, shift: uint(64 - log), mem: mem}, nil
}

// View returns what native code has to know.
func (m *Map) View() View {
	return View{Places: uintptr(unsafe.Pointer(&m.places[0])), Base: m.base, Shift: uint8(m.shift)}
}

// Close gives the memory back. Nobody may use the map any more.
func (m *Map) Close() error {
	m.places = nil
	return unix.Munmap(m.mem)
}

// place is the first of the two places of a key. Native code finds it in the same way.
func (m *Map) place(key uint64) uint64 { return key * Factor << (64 - keyBits) >> m.shift }

// word makes an entry, or 0 of what the map cannot hold.
func (m *Map) word(pa uint64, entry uintptr) uint64 {
	code := uint64(entry-m.base) / Granule
	if code > entryMask || pa>>1 >= 1<<keyBits {
		return 0
	}
	return pa>>1<<EntryBits | code
}

// Put has pa lead to the code at entry. Code that is not within MaxSpan from the base, or whose
// physical address is 2^41 or more, is not entered.
func (m *Map) Put(pa uint64, entry uintptr) {
	w := m.word(pa, entry)
	if w == 0 {
		return
	}
	first := m.place(pa >> 1)
	for i := range uint64(2) {
		p := &m.places[first^i]
		if old := p.Load(); old == 0 && p.CompareAndSwap(0, w) {
			return
		}
	}
	m.places[first^w&1].Store(w) // either one, by chance
}

// Remove takes the code at entry out, if it is there. Afterwards nobody finds it.
func (m *Map) Remove(pa uint64, entry uintptr) {
	w := m.word(pa, entry)
	if w == 0 {
		return
	}
	first := m.place(pa >> 1)
	for i := range uint64(2) {
		m.places[first^i].CompareAndSwap(w, 0)
	}
}

// Get returns the entry of the code for pa, or 0.
func (m *Map) Get(pa uint64) uintptr {
	first := m.place(pa >> 1)
	for i := range uint64(2) {
		if w := m.places[first^i].Load(); w != 0 && w>>EntryBits == pa>>1 {
			return m.base + uintptr(w&entryMask)*Granule
		}
	}
	return 0
}
