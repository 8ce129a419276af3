package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Rough doubles (region/rough.go) lie in registers that have a host register in the region, and never
// leave it: smooth is on all ways out. A NaN that is signalling is never rough, so that looking raises nothing.

// mayBeRough sets the f registers that may be rough anywhere in the region: those with a host register that
// something rough is computed into.
func (in *inside) mayBeRough() {
	in.rough = 0
	if !in.Floats {
		return
	}
	for i := range in.Parts {
		set := in.Rough[i]
		for j := range in.Parts[i].Uops() {
			set = in.AfterRough(&in.Parts[i].Uops()[j], set)
			in.rough |= set
		}
	}
	for n, x := range in.xpins {
		if x == x86.NoXmm {
			in.rough &^= 1 << n
		}
	}
}

// canonicalResult is canonical for u's result, unless that may be rough.
func (c *Compiler) canonicalResult(u *code.Uop, f x86.Float, x x86.Xmm) {
	if c.inside != nil && region.MakesRough(u.Op) && c.inside.rough>>(u.Rd-hart.F)&1 != 0 {
		return
	}
	c.canonical(f, x)
}

// smoothOperands looks at those of u's operands for which it matters. RAX is left alone: it may have the
// addend of a group.
func (c *Compiler) smoothOperands(u *code.Uop) {
	if c.floats.rough == 0 || region.TakesRough(u.Op) || region.MovesRough(u) {
		return
	}
	info := code.Of(u.Op)
	for _, x := range []struct {
		file isa.RegFile
		slot uint8
	}{{info.Rs1, u.Rs1}, {info.Rs2, u.Rs2}, {info.Rs3, u.Rs3()}} {
		if x.file == isa.RegF && c.floats.rough>>(x.slot-hart.F)&1 != 0 {
			c.floats.rough &^= 1 << (x.slot - hart.F)
			c.canonicalBy(x86.RDX, x86.F64, c.xpin(x.slot))
		}
	}
}

// smooth looks at all that is rough, where the region is left; what is known of the code that goes on stays. RDX is used.
func (c *Compiler) smooth() {
	if c.inside == nil || c.home() {
		return
	}
	for n := range uint8(32) {
		if c.floats.rough>>n&1 == 0 {
			continue
		}
		x, done := c.inside.xpins[n], c.NewLabel()
		c.UcomisXX(x86.F64, x, x)
		c.Jcc(x86.NP, done)
		c.MovRI(x86.RDX, canonicalNaN[x86.F64])
		c.MovXR(x86.F64, x, x86.RDX)
		c.Bind(done)
	}
}

// check makes sure, from the home map, that what code of the region takes for granted is so: no register of Checked
// that may be rough holds another NaN than the canonical one. Else the interpreter executes the rest of the block.
func (c *Compiler) check() {
	checked := c.inside.Checked & c.inside.rough
	if checked == 0 {
		return
	}
	rest := c.interpretRest()
	c.MovRI(x86.RCX, canonicalNaN[x86.F64])
	c.MovRI(x86.RDX, -1<<53) // infinity without its sign, at the left
	for n := range uint8(32) {
		if checked>>n&1 == 0 {
			continue
		}
		nan, done := c.NewLabel(), c.NewLabel()
		c.bitsIn(x86.RAX, hart.F+n)
		c.AluRR(x86.ADD, x86.RAX, x86.RAX)
		c.AluRR(x86.CMP, x86.RAX, x86.RDX)
		c.Jcc(x86.A, nan)
		c.Bind(done)
		slot := hart.F + n
		c.asideFunc(func() {
			c.Bind(nan)
			c.bitsIn(x86.RAX, slot)
			c.AluRR(x86.CMP, x86.RAX, x86.RCX)
			c.Jcc(x86.NE, rest)
			c.Jmp(done)
		})
	}
}
