package mutatortest

import (
	"testing"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"golang.org/x/sys/unix"
)

// Heap is a managed heap that is never collected. It is one hart's interp.Heap.
type Heap struct {
	// Runs are the lengths of the coming Buffers in slots, used in turn; none: 4.
	Runs []uint64
	// Stalls is the number of coming calls of Alloc that find no memory.
	Stalls int
	// OnStall is called by those; nil: nobody is.
	OnStall func()

	// Flushed are the values that have been logged, Flushes how often the log was full,
	// Allocs the calls of Alloc.
	Flushed         []uint64
	Flushes, Allocs int

	s          *mutator.State
	next, end  uint64 // free memory, as the guest sees it
	runs       int
	start, len uint64
}

// The types that are there; 4 is not.
const (
	Data    = 0 // bytes
	Pair    = 1 // two words
	Array   = 2 // a word, and a word an element
	Records = 3 // 24 bytes an element
	Missing = 4
	Huge    = 5 // the largest description that there can be
	types   = 6
)

// tables are outside of Go's heap, as native code wants them.
type tables struct {
	shapes [types]mutator.Shape
	beyond mutator.Shape // looks like one more type
	class  [mutator.MaxSmall/mutator.Granule + 1]uint8
}

// sizes are the classes' slot sizes in granules: small ones exact, then coarse.
func sizes() (s [mutator.Classes]uint64) {
	n := uint64(1)
	for i := range s {
		s[i] = n
		if i < 32 {
			n++
		} else {
			n = min(n*2, mutator.MaxSmall/mutator.Granule)
		}
	}
	return s
}

// New sets s up for a heap of size bytes, at host on the host and at base for the guest.
func New(t testing.TB, s *mutator.State, host uintptr, base, size uint64) *Heap {
	t.Helper()
	mem, err := unix.Mmap(-1, 0, int(unsafe.Sizeof(tables{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		*s = mutator.State{}
		if err := unix.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	k := (*tables)(unsafe.Pointer(unsafe.SliceData(mem)))
	k.shapes = [types]mutator.Shape{
		Data: {Fixed: mutator.HeaderSize, Elem: 1}, Pair: {Fixed: mutator.HeaderSize + 16},
		Array: {Fixed: mutator.HeaderSize + 8, Elem: 8}, Records: {Fixed: mutator.HeaderSize, Elem: 24},
		Huge: {Fixed: 1<<32 + mutator.HeaderSize - 1, Elem: 1<<32 - 1},
	}
	k.beyond = k.shapes[Pair]
	class := 0
	slots := sizes()
	for n := range k.class {
		for slots[class] < uint64(n) {
			class++
		}
		k.class[n] = uint8(class)
	}
	*s = mutator.State{
		Base: base, Size: size, Addend: uint64(host) - base,
		Types: uintptr(unsafe.Pointer(&k.shapes)), NumTypes: types, Class: uintptr(unsafe.Pointer(&k.class)),
	}
	for i := range s.Buffers {
		s.Buffers[i].Size = slots[i] * mutator.Granule
	}
	return &Heap{s: s, start: base, len: size, next: base, end: base + size}
}

// Empty makes all memory free again and forgets what has been counted. Objects that
// there are stay as they are until their memory is used again.
func (h *Heap) Empty() {
	for i := range h.s.Buffers {
		h.s.Buffers[i].Cur, h.s.Buffers[i].End = 0, 0
	}
	h.s.LogLen, h.s.Marking = 0, mutator.Off
	*h = Heap{s: h.s, start: h.start, len: h.len, next: h.start, end: h.start + h.len}
}

// Alloc fills the Buffer that the object belongs in, and allocates from it.
func (h *Heap) Alloc(typ, length uint64) (ref uint64, ok bool) {
	h.Allocs++
	if h.Stalls > 0 {
		h.Stalls--
		if h.OnStall != nil {
			h.OnStall()
		}
		return 0, false
	}
	n, ok := h.s.Bytes(typ, length)
	if !ok || n > h.end-h.next {
		return 0, true
	}
	if n > mutator.MaxSmall {
		ref = h.take(n)
		*(*uint64)(at(ref + h.s.Addend)) = typ | length<<32
		return ref, true
	}
	class := 0
	for h.s.Buffers[class].Size < n {
		class++
	}
	b := &h.s.Buffers[class]
	run := uint64(4)
	if len(h.Runs) > 0 {
		run = h.Runs[h.runs%len(h.Runs)]
		h.runs++
	}
	if b.Size*run > h.end-h.next {
		return 0, true
	}
	b.Cur = h.take(b.Size * run)
	b.End = b.Cur + b.Size*run
	return h.s.Alloc(typ, length)
}

// take returns n zeroed bytes.
func (h *Heap) take(n uint64) (ref uint64) {
	ref = h.next
	h.next += n
	clear(unsafe.Slice((*byte)(at(ref+h.s.Addend)), n))
	return ref
}

// Flush empties the log.
func (h *Heap) Flush() {
	h.Flushes++
	h.Flushed = append(h.Flushed, h.s.Log[:h.s.LogLen]...)
	h.s.LogLen = 0
}

// Logged returns what has been flushed and what has not.
func (h *Heap) Logged() []uint64 {
	return append(h.Flushed[:len(h.Flushed):len(h.Flushed)], h.s.Log[:h.s.LogLen]...)
}

// at makes a host address, which lies outside of Go's heap, a pointer.
func at(a uint64) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(nil), a) }
