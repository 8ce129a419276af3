package quick

import (
	"errors"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// ErrSize reports a block whose code would be too long.
var ErrSize = errors.New("the block's code is too long")

// Code is a compiled block. Its slices are valid until the next Compile.
type Code struct {
	Bytes []byte
	Links [interp.MaxLinks]Link
	// Calls are calls of the engine's routines, which know where they are to go when the
	// code has its place.
	Calls []Call
	// Exits are the places at which the code leaves micro-operations to the interpreter.
	Exits []interp.NativeExit
	// Insns is the number of instructions executed by who leaves at the code's end.
	Insns int
	// Marks say which guest instruction the bytes are for, by rising offset.
	Marks []Mark // if the compiler is to make them
}

// Link is an exit that can be patched. Of the instructions it has the offsets of their
// rel32 fields, multiples of 4.
type Link struct {
	Target int32  // distance from the block's start, bytes
	Jump   uint16 // the jump or call; 0: there is none to be patched
	Stub   uint16 // offset of the code where it leads at first
	// Where a link leads to another page the hart's table decides. Code goes there by the
	// jump if the table has the address that the link knows.
	Known uint16 // the instruction with that address; 0: the link stays in its page
	Else  uint16 // the jump in the other case: to the stub, and once the link is patched to behind itself
}

// maxCode bounds the bytes of one block's code: links and calls have 16 bits for an offset. The
// longest block is far shorter.
const maxCode = 1<<16 - 1

// Compiler compiles blocks, one at a time; each worker has its own.
type Compiler struct {
	x86.Asm
	host Host

	b     *interp.Block
	head  x86.Label // where the code begins
	tail  x86.Label // where it leaves
	out   Code
	later []later // code out of line, emitted behind the block
	index int     // of the current micro-operation, or -1

	// Dense has code be small and not fast: pages are looked up, and other code is found,
	// by routines, there are no copies, and where a group of accesses cannot be checked at
	// once the rest of the block is left to the interpreter.
	Dense bool
	// Marked has Code have marks.
	Marked bool
	// Counter gives the address of ProfileWords words in which code counts executions
	// of a block and of its exits, for profiles; nil or 0: none are counted.
	Counter func(*interp.Block) uintptr
	counts  uintptr       // of the current block
	seen    interp.Counts // of the current block, as the interpreter has counted

	copies copies
	late   int64   // what the current load's base register lacks, see sumInLoad
	groups []uint8 // of each micro-operation: the number in sets, or noGroup
	sets   [1 + maxGroups]group
	used   uint8           // of sets
	open   [maxBases]uint8 // while groups are looked for: of each base
	bases  uint8           // likewise: how many there are
	// held is the group whose addend is in RAX, before and during the current
	// micro-operation; holds is the same for the next one.
	held, holds *group
	floats      floats
}

// New returns a compiler for a host with the given abilities.
func New(h Host) *Compiler { return &Compiler{host: h} }

// Compile compiles b. The error is ErrSize.
func (c *Compiler) Compile(b *interp.Block) (*Code, error) {
	c.Reset()
	c.b = b
	c.out = Code{Marks: c.out.Marks[:0], Calls: c.out.Calls[:0], Exits: c.out.Exits[:0]}
	c.later = c.later[:0]
	c.floats = floats{}
	c.index = -1
	c.late = 0
	c.mark()

	c.head, c.tail = c.NewLabel(), c.NewLabel()
	c.Bind(c.head)
	c.poll()
	c.countExecution()
	c.seen = b.Counts()
	uops := b.Uops()
	uops = c.survey(uops)
	c.emit(uops)
	last := &uops[len(uops)-1]
	if len(uops) < len(b.Uops()) {
		c.goOn(last)
	}
	c.out.Insns = int(last.N)
	c.emitCopies(uops)
	for i := 0; i < len(c.later); i++ {
		l := &c.later[i]
		c.index = int(l.index)
		c.mark()
		l.emit(c, l)
	}
	c.index = -1
	c.mark()
	c.Bind(c.tail)
	c.Copy(&leaving, c.head)
	c.out.Bytes = c.Finish()
	if len(c.out.Bytes) > maxCode {
		return nil, ErrSize
	}
	return &c.out, nil
}

// uop compiles micro-operation i.
func (c *Compiler) uop(i int, u *interp.Uop) {
	c.index = i
	c.mark()
	c.held, c.holds = c.holds, nil
	if c.sparesRAX(u) {
		c.holds = c.held
	}
	if emit := lowerings[u.Op]; emit != nil {
		emit(c, u)
	} else {
		c.interpret()
	}
}
