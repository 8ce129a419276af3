package amd64

import (
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// later is code out of line for a micro-operation. emit finds all that it has to
// know here, so that what most blocks need costs no allocation.
type later struct {
	emit   func(c *Compiler, l *later)
	do     func()
	index  int32     // of the micro-operation, or -1
	start  x86.Label // where it begins, if emit wants that
	end    x86.Label // where the block goes on, likewise
	slow   x86.Label // of the slow case, likewise
	resume x86.Label // where the block goes on behind the micro-operation, likewise
	link   uint8     // that is left by, likewise
	look   lookup    // what is looked for, likewise
	warm   bool      // the f registers are loaded at resume
	exit   int       // number of the exit behind which code goes on at resume, likewise
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
var polling = x86.NewTemplate(func(a *x86.Asm, stub, _ x86.Label) {
	a.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
	a.Jcc(x86.AE, stub)
})

func (c *Compiler) poll() {
	stub := c.NewLabel()
	c.Copy(&polling, stub)
	c.behind((*Compiler).leaveAtPoll, later{start: stub})
}

func (c *Compiler) leaveAtPoll(l *later) {
	c.Bind(l.start)
	c.leave(code.NativePoll, 0)
}

// leave returns to Go with an exit word.
func (c *Compiler) leave(kind, arg int) {
	c.Copy(&exiting, c.tail)
	c.fillExit(kind, arg)
}

// leaveOp leaves micro-operation i to the interpreter, and returns the exit's number.
func (c *Compiler) leaveOp(kind, i int) (exit int) {
	exit = c.newExit(i)
	c.leave(kind, exit)
	return exit
}

// newExit makes a record of an exit for micro-operation i and returns its number.
func (c *Compiler) newExit(i int) int {
	c.out.Exits = append(c.out.Exits, code.NativeExit{Op: uint16(i)})
	return len(c.out.Exits) - 1
}

var exiting = x86.NewTemplate(func(a *x86.Asm, tail, _ x86.Label) { exit(a, tail) })

// exit is a way out of the block with an exit word that is filled in, exitWord bytes from
// the end.
func exit(a *x86.Asm, tail x86.Label) {
	a.MovRI(x86.RAX, math.MaxInt32)
	a.Jmp(tail)
}

const exitWord = 4 + 5 // the word itself, and the jump

// fillExit sets the exit word of the exit that has just been emitted.
func (c *Compiler) fillExit(kind, arg int) { c.SetImm32(c.Len()-exitWord, int32(kind|arg<<8)) }

// leaving is where all of a block's code leaves, with the exit word in RAX. The jump of the
// template goes to the block's head.
var leaving = x86.NewTemplate(func(a *x86.Asm, head, _ x86.Label) {
	a.LeaLabel(x86.RDX, head)
	a.MovMR(x86.At(rState, offExitCode), x86.RDX)
	a.JmpM(x86.At(rState, offLeave))
})

// interpret leaves the current micro-operation to the interpreter; code goes on at
// the current position.
func (c *Compiler) interpret() {
	exit := c.leaveOp(code.NativeUop, c.index)
	resume, warm := c.NewLabel(), c.warm()
	c.Bind(resume)
	c.behind((*Compiler).resumed, later{resume: resume, warm: warm, exit: exit})
}

// resumed is where the interpreter returns to.
func (c *Compiler) resumed(l *later) { c.resumeAt(l.exit, l.resume, l.warm) }

// slowCase gives the label of out-of-line code that leaves the current
// micro-operation to the interpreter and goes on at resume.
func (c *Compiler) slowCase(resume x86.Label) x86.Label {
	start := c.NewLabel()
	c.behind((*Compiler).leaveUop, later{start: start, resume: resume, warm: c.warm()})
	return start
}

func (c *Compiler) leaveUop(l *later) {
	c.Bind(l.start)
	l.exit = c.leaveOp(code.NativeUop, int(l.index))
	c.resumed(l)
}
