package amd64

import "github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"

// aside is code out of line for a micro-operation. emit finds all that it has to
// know here, so that what most blocks need costs no allocation.
type aside struct {
	emit   func(c *Compiler, l *aside)
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
	part   int32     // that the micro-operation is of
	rough  uint32    // what is rough there
	home   bool      // registers lie where the home map has them
}

// aside has emit make code behind the block.
func (c *Compiler) aside(emit func(*Compiler, *aside), l aside) {
	l.index, l.emit = int32(c.index), emit
	l.part, l.home, l.rough = int32(c.part), c.home(), c.floats.rough
	c.asides = append(c.asides, l)
}

// asideFunc is aside for code that needs to know more.
func (c *Compiler) asideFunc(f func()) {
	c.aside(func(_ *Compiler, l *aside) { l.do() }, aside{do: f})
}
