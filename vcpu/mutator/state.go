package mutator

import (
	"sync/atomic"
	"unsafe"
)

const (
	// Classes is the number of sizes of small objects.
	Classes = 40
	// MaxSmall is the size in bytes of the largest small object, header included.
	MaxSmall = 16384
	// Granule is the alignment of objects in bytes.
	Granule = 16
	// HeaderSize is the bytes in front of an object's fields: type number in bits 0-31,
	// length in bits 32-63.
	HeaderSize = 8
	// LogEntries is the number of values that the barrier logs before they are flushed.
	LogEntries = 512
	// MaxLength bounds the number of elements of an object.
	MaxLength = 1<<32 - 1
)

// Values of State.Marking.
const (
	// Off: the barrier does nothing.
	Off = iota
	// Rooting: it logs the value overwritten and the value stored.
	Rooting
	// Marking: it logs the value overwritten.
	Marking
)

// Visit is called with words that may be references, a page of a stack at a time, none for
// a page that cannot be read. It reports whether more are wanted: they are not when the
// heap is going away.
type Visit func(words []uint64, from Source) (more bool)

// Source is where words that may be references come from.
type Source uint8

const (
	// Registers: they are what the guest computes with.
	Registers Source = iota
	// Stack: some may be left over from when the stack was deeper.
	Stack
)

// Buffer is a run of free, zeroed slots of one size, as addresses in the guest's
// terms: allocation takes the one at Cur and moves Cur on by Size until End.
type Buffer struct {
	Cur, End uint64
	Size     uint64
	_        uint64
}

// Shape is what allocation needs to know of a type. Both are less than 2^32 but for the
// header in Fixed, which is stored last and loaded first: a type may come into being
// while others allocate.
type Shape struct {
	Fixed uint64 // bytes of an object without elements, header included; 0: no such type
	Elem  uint64 // bytes of an element
}

// State is a hart's part of the managed heap.
type State struct {
	// Marking says what the barrier does.
	Marking uint64
	// Base and Size are the heap's range in the guest's terms; Size 0: there is none.
	Base, Size uint64
	// Addend is the host address of a byte of the heap minus its address for the guest.
	Addend uint64
	// Types is the host address of NumTypes Shapes, Class that of the class of each size
	// in granules, a byte each, up to MaxSmall.
	Types    uintptr
	NumTypes uint64
	Class    uintptr

	// Buffers are the free slots at hand, by class.
	Buffers [Classes]Buffer

	// LogLen is the number of values in Log.
	LogLen uint64
	Log    [LogEntries]uint64
}

// Bytes returns the size of an object in bytes, header included, rounded up to
// granules; false if there is no such type, or if the size exceeds 2^48.
func (s *State) Bytes(typ, length uint64) (n uint64, ok bool) {
	if typ >= s.NumTypes || length > MaxLength {
		return 0, false
	}
	t := (*Shape)(unsafe.Add(unsafe.Pointer(nil), s.Types+uintptr(typ)*unsafe.Sizeof(Shape{})))
	fixed := atomic.LoadUint64(&t.Fixed)
	n = fixed + length*t.Elem
	return (n + Granule - 1) &^ (Granule - 1), fixed != 0 && n < 1<<48
}

// Alloc takes a new object from the buffer of its size and writes its header. False:
// the buffer is empty, or it is no small object.
func (s *State) Alloc(typ, length uint64) (ref uint64, ok bool) {
	n, ok := s.Bytes(typ, length)
	if !ok || n > MaxSmall {
		return 0, false
	}
	class := *(*uint8)(unsafe.Add(unsafe.Pointer(nil), s.Class+uintptr(n/Granule)))
	b := &s.Buffers[class]
	if b.Cur == b.End {
		return 0, false
	}
	ref = b.Cur
	b.Cur += b.Size
	s.word(ref).Store(typ | length<<32)
	return ref, true
}

// word returns the word of the heap at ref.
func (s *State) word(ref uint64) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Add(unsafe.Pointer(nil), uintptr(ref+s.Addend)))
}

// Barrier logs that a reference with the value before is about to be replaced by the
// value after. False: the log is full, and nothing has been done.
func (s *State) Barrier(before, after uint64) bool {
	if s.LogLen+2 > LogEntries {
		return false
	}
	s.log(before)
	if s.Marking == Rooting {
		s.log(after)
	}
	return true
}

// log keeps v if it may be a reference.
func (s *State) log(v uint64) {
	if v-s.Base < s.Size {
		s.Log[s.LogLen] = v
		s.LogLen++
	}
}
