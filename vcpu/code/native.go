package code

// Unit is what a compiler makes code of: one block, or several that lead to each other. The first
// part is where the code is entered.
type Unit struct {
	Parts []Part
}

// Part is a block of a unit: a body at its place, with what is known of its executions.
type Part struct {
	*Body
	PA       uint64 // physical address of the first byte
	Crossing bool   // the body is an instruction that crosses into another page
	Counts   Counts // so far
	// Ways are where the indirect jump at the block's end has been found to lead.
	Ways []Way
	// Stay and Stray have a bit for each of the first loads and stores: samples have found it to lie mostly in the page that
	// it lay in before, or mostly in another. Of those with neither nothing is known.
	Stay, Stray uint64
	// Next has by link the part that the exit leads to, counted from 1; 0: it leads out of the unit.
	Next [MaxLinks]uint8
	// Jumps are the parts that the indirect jump leads to, counted from 1, the likeliest first; 0 ends them.
	Jumps [MaxWays]uint8
}

// Way is a place, by its physical address, that an indirect jump was found to lead to, and how often.
type Way struct {
	PA    uint64
	Times uint64
}

// MaxWays bounds the ways of a block.
const MaxWays = 16

// MaxParts bounds the parts of a unit: the number of a link of any of them fits a byte.
const MaxParts = 256 / MaxLinks

// LinkOf returns the number of a part's link within its unit.
func LinkOf(part int, link uint8) int { return part*MaxLinks + int(link&(MaxLinks-1)) }

// NativeExit is a place at which native code leaves a micro-operation to the interpreter.
type NativeExit struct {
	Part   uint8  // the unit's part whose it is
	Op     uint8  // the micro-operation's index there
	Resume uint32 // offset from the code's entry at which it goes on behind it (NativeUop)
}

// The exit word of native code: a kind in bits 0-7, in bits 8-31 the number of the part
// (NativePoll), of the link (NativeLink, LinkOf) or of the NativeExit (NativeUop, NativeRest).
const (
	// NativePoll: the poll word demands attention; PC is the part's start.
	NativePoll = iota
	// NativeJump: State.PC has the target, which the jump table does not know.
	NativeJump
	// NativeLink: the exit has no successor yet.
	NativeLink
	// NativeUop: the micro-operation is left to the interpreter.
	NativeUop
	// NativeRest: the rest of the part's block is left to the interpreter, from the
	// micro-operation on.
	NativeRest
	// NativeKinds is the number of kinds.
	NativeKinds
)
