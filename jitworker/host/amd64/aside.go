package amd64

import "github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"

// aside is code out of line for a micro-operation. emit finds all that it has to
// know here, so that what most blocks need costs no allocation.
type aside struct {
	emit   func(c *Compiler, l *aside)
	do     func()
	exit   int       // number of the exit behind which code goes on at resume, if emit wants that
	rough  uint32    // what is rough there
	index  int32     // of the micro-operation, or -1
	start  x86.Label // where it begins, likewise
	end    x86.Label // where the block goes on, likewise
	slow   x86.Label // of the slow case, likewise
	resume x86.Label // where the block goes on behind the micro-operation, likewise
	link   uint8     // that is left by, likewise
	look   lookup    // what is looked for, likewise
	warm   bool      // the f registers are loaded at resume
	home   bool      // registers lie where the home map has them
	part   uint8     // that the micro-operation is of
}

// aside has emit make code behind the block, of what the caller enters into the record that it
// returns, at once.
func (c *Compiler) aside(emit func(*Compiler, *aside)) *aside {
	c.asides = append(c.asides, aside{})
	l := &c.asides[len(c.asides)-1] // filled in place, for it is read in other pieces than it is written in
	l.index, l.emit = int32(c.index), emit
	l.part, l.home, l.rough = uint8(c.part), c.home(), c.floats.rough
	return l
}

// asideFunc is aside for code that needs to know more.
func (c *Compiler) asideFunc(f func()) {
	c.aside(func(_ *Compiler, l *aside) { l.do() }).do = f
}
