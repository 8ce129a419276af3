package quick

import (
	"errors"
	"math"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
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
	Call  bool   // a call's link to what it calls
}

// maxCode bounds the bytes of one block's code: exit words have 16 bits for an offset. The
// longest block is far shorter.
const maxCode = 1<<16 - 1

// Compiler compiles blocks, one at a time; each worker has its own.
type Compiler struct {
	Asm
	host Host

	b     *interp.Block
	head  Label // where the code begins
	tail  Label // where it leaves
	out   Code
	later []later // code out of line, emitted behind the block
	index int     // of the current micro-operation, or -1

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
	c.out = Code{Marks: c.out.Marks[:0], Calls: c.out.Calls[:0]}
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

// later is code out of line for a micro-operation. emit finds all that it has to
// know here, so that what most blocks need costs no allocation.
type later struct {
	emit   func(c *Compiler, l *later)
	do     func()
	index  int32 // of the micro-operation, or -1
	start  Label // where it begins, if emit wants that
	end    Label // where the block goes on, likewise
	slow   Label // of the slow case, likewise
	resume Label // where the block goes on behind the micro-operation, likewise
	link   uint8 // that is left by, or a lookup, likewise
	warm   bool  // the f registers are loaded at resume
	word   int   // offset of the exit word that says where code goes on, likewise
}

// behind has emit make code behind the block.
func (c *Compiler) behind(emit func(*Compiler, *later), l later) {
	l.index, l.emit = int32(c.index), emit
	c.later = append(c.later, l)
}

// outOfLine is behind for code that needs to know more.
func (c *Compiler) outOfLine(f func()) {
	c.behind(func(_ *Compiler, l *later) { l.do() }, later{do: f})
}

// polling leaves if the poll word demands it.
var polling = NewTemplate(func(a *Asm, stub, _ Label) {
	a.AluRM(CMP, rCount, At(rState, offLimit))
	a.Jcc(AE, stub)
})

// PollSize is the length of the poll with which each block's code begins.
var PollSize = uintptr(polling.Len())

func (c *Compiler) poll() {
	stub := c.NewLabel()
	c.Copy(&polling, stub)
	c.behind((*Compiler).leaveAtPoll, later{start: stub})
}

func (c *Compiler) leaveAtPoll(l *later) {
	c.Bind(l.start)
	c.leave(interp.NativePoll, 0)
}

// leave returns to Go with an exit word, and tells where in the code that lies.
func (c *Compiler) leave(kind, arg int) (word int) {
	c.Copy(&exiting, c.tail)
	word = c.Len() - exitWord
	c.SetImm32(word, int32(kind|arg<<8))
	return word
}

var exiting = NewTemplate(func(a *Asm, tail, _ Label) { exit(a, tail) })

// exit is a way out of the block with an exit word that is filled in, exitWord bytes from
// the end.
func exit(a *Asm, tail Label) {
	a.MovRI(RAX, math.MaxInt32)
	a.Jmp(tail)
}

const exitWord = 4 + 5 // the word itself, and the jump

// leaving is where all of a block's code leaves, with the exit word in RAX. The jump of the
// template goes to the block's head.
var leaving = NewTemplate(func(a *Asm, head, _ Label) {
	a.LeaLabel(RDX, head)
	a.MovMR(At(rState, offExitCode), RDX)
	a.JmpM(At(rState, offLeave))
})

// interpret leaves the current micro-operation to the interpreter; code goes on at
// the current position.
func (c *Compiler) interpret() {
	word := c.leave(interp.NativeUop, c.index)
	resume, warm := c.NewLabel(), c.warm()
	c.Bind(resume)
	c.behind((*Compiler).resumed, later{resume: resume, warm: warm, word: word})
}

// resumed is where the interpreter returns to.
func (c *Compiler) resumed(l *later) { c.resumeAt(l.word, l.resume, l.warm) }

// slowCase gives the label of out-of-line code that leaves the current
// micro-operation to the interpreter and goes on at resume.
func (c *Compiler) slowCase(resume Label) Label {
	start := c.NewLabel()
	c.behind((*Compiler).leaveUop, later{start: start, resume: resume, warm: c.warm()})
	return start
}

func (c *Compiler) leaveUop(l *later) {
	c.Bind(l.start)
	l.word = c.leave(interp.NativeUop, int(l.index))
	c.resumed(l)
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

// get returns a register with the value of a slot: its pin, or scratch loaded.
func (c *Compiler) get(slot uint8, scratch Reg) Reg {
	if r := pin(slot); r != NoReg {
		return r
	}
	c.load64(scratch, slot)
	return scratch
}

// load64 sets r to the value of a slot.
func (c *Compiler) load64(r Reg, slot uint8) {
	switch p := pin(slot); {
	case p != NoReg:
		c.MovRR(r, p)
	case slot == hart.X:
		c.MovRI(r, 0)
	default:
		c.MovRM(r, cell(slot))
	}
}

// load32 sets the lower half of r to that of a slot.
func (c *Compiler) load32(r Reg, slot uint8) {
	switch p := pin(slot); {
	case p == r:
	case p != NoReg:
		c.MovRR32(r, p)
	case slot == hart.X:
		c.MovRI(r, 0)
	default:
		c.MovRM32(r, cell(slot))
	}
}

// sum sets r to the value of a slot and delta.
func (c *Compiler) sum(r Reg, slot uint8, delta int64) {
	if x := c.get(slot, r); x != r || delta != 0 {
		c.Lea(r, At(x, int32(delta)))
	}
}

// extend sets r to the low size bytes of a slot, sign-extended.
func (c *Compiler) extend(r Reg, slot uint8, size int) {
	if p := pin(slot); p != NoReg {
		c.MovsxRR(r, p, size)
		return
	}
	c.MovsxRM(r, cell(slot), size)
}

// dst returns the register to compute a slot's new value in: its pin, or scratch.
func (c *Compiler) dst(slot uint8, scratch Reg) Reg {
	if r := pin(slot); r != NoReg {
		return r
	}
	return scratch
}

// put stores r, which dst has returned or which holds the value, as the slot's value.
func (c *Compiler) put(slot uint8, r Reg) {
	if p := pin(slot); p != NoReg {
		c.MovRR(p, r)
		return
	}
	c.MovMR(cell(slot), r)
}

// alu is op r, slot.
func (c *Compiler) alu(op Alu, r Reg, slot uint8) {
	switch p := pin(slot); {
	case p != NoReg:
		c.AluRR(op, r, p)
	case slot == hart.X:
		c.AluRI(op, r, 0)
	default:
		c.AluRM(op, r, cell(slot))
	}
}

// alu32 is op r32, slot.
func (c *Compiler) alu32(op Alu, r Reg, slot uint8) {
	switch p := pin(slot); {
	case p != NoReg:
		c.AluRR32(op, r, p)
	case slot == hart.X:
		c.AluRI32(op, r, 0)
	default:
		c.AluRM32(op, r, cell(slot))
	}
}

// pcAt sets r to the virtual address of the byte at distance delta from the
// block's start.
func (c *Compiler) pcAt(r Reg, delta int64) {
	off := int64(c.b.PA()&0xfff) + delta
	c.MovRM(r, At(rState, offPage))
	if off >= math.MinInt32 && off <= math.MaxInt32 {
		if off != 0 {
			c.Lea(r, At(r, int32(off)))
		}
		return
	}
	c.MovRI(RDX, off) // only AUIPC reaches so far, which leaves RDX free
	c.AluRR(ADD, r, RDX)
}
