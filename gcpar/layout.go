package gcpar

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"golang.org/x/sys/unix"
)

// NumTypes bounds type numbers, which begin at 0.
const NumTypes = 4096

// Type describes the objects of a type. All but the type with number 0, which is data
// without references with an element size of one byte, are the guest's.
type Type struct {
	Number      uint64
	Fixed, Elem uint32 // bytes behind the header, and of each element
	FixedRefs   uint64 // bit i: word i behind the header is a reference
	ElemRefs    uint64 // bit i: word i of an element is a reference
	// Conservative: every word may be a reference, or point into an object.
	Conservative bool
}

// ErrType reports a Type that contradicts itself, or whose number is taken.
var ErrType = errors.New("impossible type")

func (t *Type) check() error {
	words := func(bytes uint32) uint64 { // the words of a part as a bit mask
		if bytes/8 >= 64 {
			return ^uint64(0)
		}
		return 1<<(bytes/8) - 1
	}
	switch {
	case t.Number == 0 || t.Number >= NumTypes:
		return fmt.Errorf("%w: number %d (want 1 to %d)", ErrType, t.Number, NumTypes-1)
	case t.Fixed > 1<<30 || t.Elem > 1<<30:
		return fmt.Errorf("%w: parts of %d and %d bytes (want at most 2^30)", ErrType, t.Fixed, t.Elem)
	case t.FixedRefs&^words(t.Fixed) != 0:
		return fmt.Errorf("%w: references %#x beyond a fixed part of %d bytes", ErrType, t.FixedRefs, t.Fixed)
	case t.ElemRefs&^words(t.Elem) != 0:
		return fmt.Errorf("%w: references %#x beyond an element of %d bytes", ErrType, t.ElemRefs, t.Elem)
	case t.ElemRefs != 0 && (t.Fixed%8 != 0 || t.Elem%8 != 0):
		return fmt.Errorf("%w: references in elements that do not lie on doublewords (%d and %d bytes)", ErrType, t.Fixed, t.Elem)
	}
	return nil
}

// layout is what a marker needs of a type.
type layout struct {
	fixedRefs, elemRefs uint64
	fixedWords          uint32 // of the fixed part, header not included
	elemWords           uint32 // 0: no element has a reference
	conservative        uint32
	_                   uint32
}

// tables are the types as mutators and markers read them, and the classes of sizes.
// They lie outside of Go's heap: native code reads them by their address.
type tables struct {
	shapes  [NumTypes]mutator.Shape
	layouts [NumTypes]layout
	class   [mutator.MaxSmall/mutator.Granule + 1]uint8
}

func newTables() (*tables, error) {
	mem, err := unix.Mmap(-1, 0, int(unsafe.Sizeof(tables{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map the types of the managed heap: %w", err)
	}
	t := (*tables)(unsafe.Pointer(unsafe.SliceData(mem)))
	for n := range t.class {
		t.class[n] = uint8(classOf(n))
	}
	t.reset()
	return t, nil
}

// reset forgets all types but 0. No mutator may allocate meanwhile.
func (t *tables) reset() {
	t.shapes = [NumTypes]mutator.Shape{0: {Fixed: mutator.HeaderSize, Elem: 1}}
	t.layouts = [NumTypes]layout{}
}

// add makes x known; mutators may allocate its objects at once.
func (t *tables) add(x Type) error {
	if err := x.check(); err != nil {
		return err
	}
	s, l := &t.shapes[x.Number], &t.layouts[x.Number]
	if s.Fixed != 0 {
		return fmt.Errorf("%w: number %d is taken", ErrType, x.Number)
	}
	*l = layout{fixedRefs: x.FixedRefs, elemRefs: x.ElemRefs, fixedWords: x.Fixed / 8}
	if x.ElemRefs != 0 {
		l.elemWords = x.Elem / 8
	}
	if x.Conservative {
		l.conservative = 1
	}
	s.Elem = uint64(x.Elem)
	// Fixed is what makes the type exist.
	atomic.StoreUint64(&s.Fixed, uint64(x.Fixed)+mutator.HeaderSize)
	return nil
}

func (t *tables) close() error {
	return unix.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(t)), unsafe.Sizeof(*t)))
}
