package amd64

import (
	"math"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// polling leaves if the poll word demands it.
var polling = x86.NewTemplate(func(a *x86.Asm, stub, _ x86.Label) {
	a.AluRM(x86.CMP, rCount, x86.At(rState, offLimit))
	a.Jcc(x86.AE, stub)
})

func (c *Compiler) poll() {
	stub := c.NewLabel()
	c.Copy(&polling, stub)
	l := c.aside((*Compiler).pollAside)
	l.start = stub
}

func (c *Compiler) pollAside(l *aside) {
	c.Bind(l.start)
	c.leave(code.NativePoll, c.part)
}

// leave returns to Go with an exit word.
func (c *Compiler) leave(kind, arg int) {
	c.smooth()
	c.Copy(&leavingWith, c.tail)
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
	c.out.Exits = append(c.out.Exits, code.NativeExit{Part: uint8(c.part), Op: uint8(i)})
	return len(c.out.Exits) - 1
}

var leavingWith = x86.NewTemplate(func(a *x86.Asm, tail, _ x86.Label) { leaveWith(a, tail) })

// leaveWith leaves with an exit word that is filled in, exitWord bytes from
// the end.
func leaveWith(a *x86.Asm, tail x86.Label) {
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

// linkOf returns the record of one of the current part's links.
func (c *Compiler) linkOf(link uint8) *tier.Link { return &c.out.Links[code.LinkOf(c.part, link)] }

// links returns the records of the links of a unit of some parts, empty.
func (c *Compiler) links(parts int) []tier.Link {
	n := parts * code.MaxLinks
	out := slices.Grow(c.out.Links[:0], n)[:n]
	clear(out)
	return out
}
