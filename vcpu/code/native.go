package code

// Unit is what a compiler makes code of: a body at its place, with what is known of its
// executions.
type Unit struct {
	*Body
	PA       uint64 // physical address of the first byte
	Crossing bool   // the body is an instruction that crosses into another page
	Counts   Counts // so far
}

// NativeExit is a place at which native code leaves a micro-operation to the interpreter.
type NativeExit struct {
	Op     uint16 // the micro-operation's index
	Resume uint32 // offset from the code's entry at which it goes on behind it (NativeUop)
}

// The exit word of native code: a kind in bits 0-7, in bits 8-31 the number of the link
// (NativeLink) or of the NativeExit (NativeUop, NativeRest).
const (
	// NativePoll: the poll word demands attention; PC is the block's start.
	NativePoll = iota
	// NativeJump: State.PC has the target, which the jump table does not know.
	NativeJump
	// NativeLink: the exit has no successor yet.
	NativeLink
	// NativeUop: the micro-operation is left to the interpreter.
	NativeUop
	// NativeRest: the rest of the block is left to the interpreter, from the
	// micro-operation on.
	NativeRest
	// NativeKinds is the number of kinds.
	NativeKinds
)
