package difftest

// Program is one random program with its initial state.
type Program struct {
	Slot  int // place in the image, which fixes every address
	Frame int // index into the frames
	X, F  [32]uint64
	FCSR  uint64
	Data  uint64 // seed of the data, see fillData; 0 for zeros
	Code  []byte // the body

	faults bool // exceptions are part of it; for lockstep only

	units []unit // what Code was assembled from; nil if it was read from a file
	end   int    // the unit that ends the main part; subroutines follow
}

// Result is what a program leaves behind.
type Result struct {
	X, F [32]uint64
	FCSR uint64
	Data []byte
}

// unit is a group of instructions that stays together: jumps lead only to the
// beginning of units, but for those within one.
type unit struct {
	items []item
	pair  int  // the other end of a loop, or -1
	gone  bool // left out; what leads here leads on to the next
	keep  bool // must not be left out: the ends of the main part and of subroutines

	entrable bool // of the head of a loop: jumps may lead into it
}

// item is one instruction. If patch says so its immediate is filled in when the
// addresses are known.
type item struct {
	raw   uint32
	patch patch
	to    place  // target, unless addr is set
	addr  uint64 // target
	from  int    // item of the same unit that the distance is counted from
	odd   bool   // set bit 0 of a jalr's offset, which must be ignored
}

// place is an item of a unit.
type place struct{ unit, item int }

type patch uint8

const (
	patchNone patch = iota
	patchJump       // displacement of a jump or branch, compressed ones too
	patchHigh       // upper 20 bits of the distance from this item to the target
	patchLow        // lower 12 bits of the distance from item from to the target
)

func (it item) size() int {
	if it.raw&3 == 3 {
		return 4
	}
	return 2
}
