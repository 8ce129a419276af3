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
	word := int32(kind | arg<<8)
	if c.home() {
		c.Copy(&leaving, noLabel)
		c.SetImm32(c.Len()-leavingWord, word)
	} else {
		c.MovRI(x86.RAX, int64(word))
		c.Jmp(c.region.farewell)
	}
}

// leaving leaves code with an exit word that is filled in, leavingWord bytes from the end.
var leaving = x86.NewTemplate(func(a *x86.Asm, _, _ x86.Label) {
	a.MovRI(x86.RAX, math.MaxInt32)
	leaveFrom(a)
})

const leavingWord = 4 + 6 // the word itself, and the call

// leaveFrom leaves code with the exit word in RAX: the call says which.
func leaveFrom(a *x86.Asm) { a.CallM(x86.At(rState, offLeaveFrom)) }

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

// linkOf returns the record of one of the current part's links.
func (c *Compiler) linkOf(link uint8) *tier.Link { return &c.out.Links[code.LinkOf(c.part, link)] }

// links returns the records of the links of a unit of some parts, empty.
func (c *Compiler) links(parts int) []tier.Link {
	n := parts * code.MaxLinks
	out := slices.Grow(c.out.Links[:0], n)[:n]
	clear(out)
	return out
}
