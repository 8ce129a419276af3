package tier

import (
	"errors"

	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// ErrSize reports code that would be too long.
var ErrSize = errors.New("the block's code is too long")

// Tier makes native code of units.
type Tier interface {
	// Compile returns code that is entered at u's beginning. The error is ErrSize.
	Compile(u *code.Unit) (*Code, error)
}

// Options are what is to be known of the code beside what it does.
type Options struct {
	// Marked has Code have marks.
	Marked bool
	// Counter gives the address of ProfileWords words in which code counts executions of a
	// block and of its exits; nil or 0: none are counted.
	Counter func(*code.Part) uintptr
}

// Code is native code that has no place yet.
type Code struct {
	Bytes []byte
	// Relocs are the places that hold the way to somewhere else. While the code runs those of a
	// link have to be changed from the last one on.
	Relocs []Reloc
	// Links are the exits that can be led to other code, by number (code.LinkOf).
	Links []Link
	// Exits are the places at which the code leaves micro-operations to the interpreter.
	Exits []code.NativeExit
	// Insns is the number of instructions executed by who leaves at the code's end.
	Insns int
	// Marks say which guest instruction the bytes are for, by rising offset.
	Marks []Mark
}

// Reloc is a place in code.
type Reloc struct {
	Offset uint32 // of its word, a multiple of 4 if a link's
	Kind   Kind   // how the word says where it leads
	Target Target
	N      uint8 // the Target's number
}

// Kind is a way to hold the way to somewhere else; kinds are the host's own.
type Kind uint8

// Target is what a place leads to.
type Target uint8

const (
	// Routine: the host's routine of number N, for ever.
	Routine Target = iota
	// ToLink: the code that link N leads to, while it does; its Stub else.
	ToLink
)

// Link is an exit that can be led to other code.
type Link struct {
	Target int32  // distance of the guest's target from the block's start, bytes
	Stub   uint32 // offset of the code that leaves by this link to Go; 0: there are no places to be changed
	// Checked: the link leads to another page, and the hart's table decides whether that is the
	// code it has been led to.
	Checked bool
}

// ProfileWords is the number of words in which code counts: the executions of a block, and by
// link how often each exit was taken.
const ProfileWords = 1 + code.MaxLinks

// Mark says that the host code from Host on, up to the next mark, is for the guest instruction
// at Guest halfwords from the block's start, or for the block as a whole if Guest is MarkBlock.
type Mark struct {
	Host  uint32
	Guest uint8
}

// MarkBlock is the Guest of code that belongs to no instruction: the poll.
const MarkBlock = 0xff
