package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Comparisons of C that must not raise an exception, as the one in front of every square root, are
//
//	frflags a4
//	flt.d   a5, fa5, fs4
//	fsflags a4
//
// where a4 is another register than a5. Unless one of the two is a NaN the flags stay as they are, and
// setting them, which takes longer than all else, is left out.

// quiet is such a comparison: the micro-operation that sets the flags, or -1, and the label behind it.
type quiet struct {
	end  int
	past x86.Label
}

// beginQuiet looks whether the current micro-operation begins one.
func (c *Compiler) beginQuiet() {
	rest := c.plan.Ops[c.index:]
	if len(rest) < 3 {
		return
	}
	read, compare, set := &rest[0], &rest[1], &rest[2]
	if read.Op != isa.CSRRS || read.CSR() != isa.CSR_FFLAGS || read.WritesCSR() || read.Rd == hart.Sink {
		return
	}
	if compare.Op != isa.FLT_D && compare.Op != isa.FLE_D || compare.Rd == read.Rd {
		return
	}
	if set.Op == isa.CSRRW && set.CSR() == isa.CSR_FFLAGS && set.Rs1 == read.Rd && set.Rd == hart.Sink {
		c.quiet = quiet{c.index + 2, c.NewLabel()}
	}
}

// compareQuietly compares x with a slot if the current micro-operation is in a quiet comparison; false if it
// is not. RAX is 0.
func (c *Compiler) compareQuietly(u *code.Uop, x x86.Xmm, slot uint8) bool {
	if c.quiet.end != c.index+1 {
		return false
	}
	c.comis(x86.F64, false, x, slot)
	nan, past, flags := c.NewLabel(), c.quiet.past, c.plan.Ops[c.quiet.end].Rs1
	c.Jcc(x86.P, nan)
	c.asideFunc(func() {
		c.Bind(nan)
		c.put(u.Rd, x86.RAX)
		c.Stmxcsr(x86.At(rState, offMXCSR)) // invalid has been raised if one signals
		c.load64(x86.RDX, flags)
		c.setFlags()
		c.Jmp(past)
	})
	return true
}
