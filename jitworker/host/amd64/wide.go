package amd64

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A loop that copies or fills (plan.Wide) does many rounds at once, 32 bytes at a time, where that is no different from
// doing them one after the other: ahead of a round of the loop body, behind its poll,
//
//	bytes    of all rounds but one that the loop's branch lets go on, that lie in the pages noted, and that the poll word
//	         has room for; fewer than minWide: no
//	overlap  what is loaded and what is stored are apart in the host's memory: else no
//	copy     carried registers, then the rest; a map is in map.go
//	count    registers and instructions move on by as many rounds
//
// and then goes on with that round, which neither ends the loop nor leaves the pages: it sets all registers of which nothing has
// been said here before anybody can see them.
//
// RDX has the bytes, RAX and RCX where they come from and go to.

const (
	minWide  = 4 * wideUnit // bytes
	wideUnit = 32
	// maxWide bounds the instructions of the rounds that are done at once.
	maxWide = 2048
	// apart is more than the bytes that are copied at once, and those of the round behind.
	apart = physmem.PageSize + 512
)

// wide emits all that, if the loop is one for it.
func (c *Compiler) wide() {
	w := c.plan.Wide
	if w == nil || c.Counter != nil || w.Map != nil && !c.host.Lanes {
		return
	}
	insns := int32(c.plan.Ops[c.plan.Loop].N)
	rounds := maxWide / int64(insns)
	if rounds*w.Bytes < 2*minWide {
		return
	}
	narrow := c.NewLabel()
	c.boundByBranch(w, rounds, narrow)
	c.boundByPage(w.ToGroup, w.To, narrow)
	if w.Copies {
		c.boundByPage(w.FromGroup, w.From, narrow)
	}
	c.loadsElsewhere(w, narrow)
	c.AluRI(x86.SUB, x86.RDX, int32(w.Bytes))
	c.AluRI(x86.AND, x86.RDX, int32(-max(w.Bytes, wideUnit)))
	c.AluRI(x86.CMP, x86.RDX, minWide)
	c.Jcc(x86.L, narrow)
	c.roundInsns(w, insns)
	c.Lea(x86.RAX, x86.Scaled(rCount, x86.RAX, 0, insns))
	c.AluRM(x86.CMP, x86.RAX, x86.At(rState, offLimit))
	c.Jcc(x86.AE, narrow)
	if w.Copies {
		c.hostOf(x86.RAX, w.FromGroup, plan.Place{Slot: w.From.Slot, Delta: w.From.Delta - 8*int64(len(w.Carried))})
	}
	c.hostOf(x86.RCX, w.ToGroup, w.To)
	if w.Copies {
		c.AluRR(x86.SUB, x86.RCX, x86.RAX)
		c.AluRI(x86.ADD, x86.RCX, apart)
		c.AluRI(x86.CMP, x86.RCX, 2*apart)
		c.Jcc(x86.BE, narrow)
		c.Lea(x86.RCX, x86.Indexed(x86.RCX, x86.RAX, -apart))
	}
	c.mapBases(w, narrow)
	c.moveOn(w, insns)
	switch {
	case w.Map != nil:
		c.mapWide(w)
	case w.Copies:
		c.copyWide(w)
	default:
		c.fillWide(w)
	}
	c.Bind(narrow)
}

// boundByBranch sets RDX to the bytes of the rounds, as many as given at most, until the loop's branch ends it. RCX is used.
func (c *Compiler) boundByBranch(w *plan.Wide, rounds int64, narrow x86.Label) {
	c.placeIn(x86.RDX, w.High)
	if w.Low != (plan.Place{Slot: hart.X}) || w.Order == plan.Signed {
		c.placeIn(x86.RCX, w.Low)
		c.AluRR(x86.CMP, x86.RDX, x86.RCX)
		switch w.Order {
		case plan.Unsigned:
			c.Jcc(x86.BE, narrow)
		case plan.Signed:
			c.Jcc(x86.LE, narrow)
		}
		c.AluRR(x86.SUB, x86.RDX, x86.RCX)
	}
	c.atMost(rounds * w.Step)
	if n := bits.TrailingZeros64(uint64(w.Bytes / w.Step)); n != 0 {
		c.ShiftRI(x86.SHL, x86.RDX, uint8(n))
	}
	c.AluRI(x86.CMP, x86.RDX, int32(minWide+w.Bytes))
	c.Jcc(x86.B, narrow)
}

// atMost has RDX, unsigned, be n at most. RCX is used.
func (c *Compiler) atMost(n int64) {
	c.MovRI(x86.RCX, n)
	c.AluRR(x86.CMP, x86.RDX, x86.RCX)
	c.CmovRR(x86.A, x86.RDX, x86.RCX)
}

// boundByPage has RDX be no more than the bytes from a place to the end of the page that g has noted. RAX and RCX are used.
func (c *Compiler) boundByPage(g *plan.Group, at plan.Place, narrow x86.Label) {
	c.placeIn(x86.RCX, at)
	c.AluRM(x86.SUB, x86.RCX, x86.At(rState, offPages+8*int32(g.Slot)))
	c.MovRI(x86.RAX, physmem.PageSize)
	c.AluRR(x86.SUB, x86.RAX, x86.RCX)
	c.Jcc(x86.B, narrow)
	c.AluRR(x86.CMP, x86.RDX, x86.RAX)
	c.CmovRR(x86.A, x86.RDX, x86.RAX)
}

// roundInsns sets RAX to the instructions of the rounds that store RDX bytes.
func (c *Compiler) roundInsns(w *plan.Wide, insns int32) {
	c.MovRR(x86.RAX, x86.RDX)
	if n := bits.TrailingZeros64(uint64(w.Bytes)); n != 0 {
		c.ShiftRI(x86.SHR, x86.RAX, uint8(n))
	}
	c.ImulRRI(x86.RAX, x86.RAX, insns)
}

// hostOf sets r to the host's address of a place in the page that g has noted.
func (c *Compiler) hostOf(r x86.Reg, g *plan.Group, at plan.Place) {
	c.placeIn(r, at)
	c.AluRM(x86.ADD, r, kept(g))
}

// placeIn sets r to a place's address.
func (c *Compiler) placeIn(r x86.Reg, at plan.Place) {
	c.load64(r, at.Slot)
	if at.Delta != 0 {
		c.AluRI(x86.ADD, r, int32(at.Delta))
	}
}

// moveOn moves the registers and the instructions retired on by the rounds that store RDX bytes, and RAX and RCX to the ends of
// what these load and store. XMM2 has what RDX had.
func (c *Compiler) moveOn(w *plan.Wide, insns int32) {
	c.MovXR(x86.F64, x86.XMM2, x86.RAX)
	c.roundInsns(w, insns)
	c.AluRR(x86.ADD, rCount, x86.RAX)
	c.MovRX(x86.F64, x86.RAX, x86.XMM2)
	if c.AluRR(x86.ADD, x86.RCX, x86.RDX); w.Copies || w.Map != nil {
		c.AluRR(x86.ADD, x86.RAX, x86.RDX)
	}
	c.MovXR(x86.F64, x86.XMM2, x86.RDX)
	for _, m := range w.Moves {
		op, step := x86.ADD, m.Step
		if step < 0 {
			op, step = x86.SUB, -step
		}
		n := bits.TrailingZeros64(uint64(w.Bytes / step))
		if n != 0 {
			c.ShiftRI(x86.SHR, x86.RDX, uint8(n))
		}
		if r := c.pin(m.Slot); r != x86.NoReg {
			c.AluRR(op, r, x86.RDX)
		} else {
			c.AluMR(op, cell(m.Slot), x86.RDX)
		}
		if n != 0 {
			c.MovRX(x86.F64, x86.RDX, x86.XMM2)
		}
	}
	for _, s := range w.Sets {
		d := c.dst(s.Slot, x86.RDX)
		c.placeIn(d, s.Place)
		c.put(s.Slot, d)
	}
}

// copyWide copies the bytes ahead of RAX to those ahead of RCX, as many as XMM2 says, and loads what is carried on.
// Nothing is loaded twice, or stored twice, what a guest might see.
func (c *Compiler) copyWide(w *plan.Wide) {
	c.MovRX(x86.F64, x86.RDX, x86.XMM2)
	c.UnaryR(x86.NEG, x86.RDX)
	if len(w.Carried) > 0 {
		for i, slot := range w.Carried {
			at := int32(8 * i)
			if r := c.pin(slot); r != x86.NoReg {
				c.MovMR(x86.Scaled(x86.RCX, x86.RDX, 0, at), r)
			} else {
				c.MovXM(x86.F64, x86.XMM0, cell(slot))
				c.MovMX(x86.F64, x86.Scaled(x86.RCX, x86.RDX, 0, at), x86.XMM0)
			}
		}
		for at := int32(8 * len(w.Carried)); at < wideUnit; at += 8 {
			c.MovXM(x86.F64, x86.XMM0, x86.Scaled(x86.RAX, x86.RDX, 0, at))
			c.MovMX(x86.F64, x86.Scaled(x86.RCX, x86.RDX, 0, at), x86.XMM0)
		}
		c.AluRI(x86.ADD, x86.RDX, wideUnit)
	}
	loop := c.NewLabel()
	c.Bind(loop)
	for i, x := range []x86.Xmm{x86.XMM0, x86.XMM1} {
		c.MovXMUnaligned(x, x86.Scaled(x86.RAX, x86.RDX, 0, int32(16*i)))
	}
	for i, x := range []x86.Xmm{x86.XMM0, x86.XMM1} {
		c.MovMXUnaligned(x86.Scaled(x86.RCX, x86.RDX, 0, int32(16*i)), x)
	}
	c.AluRI(x86.ADD, x86.RDX, wideUnit)
	c.Jcc(x86.NE, loop)
	for i, slot := range w.Carried {
		d := c.dst(slot, x86.RDX)
		c.MovRM(d, x86.At(x86.RAX, int32(8*i)))
		c.put(slot, d)
	}
}

// fillWide fills the bytes ahead of RCX, as many as XMM2 says.
func (c *Compiler) fillWide(w *plan.Wide) {
	switch r := c.pin(w.Fill); {
	case w.Fill == hart.X:
		c.VopXX(x86.VXOR, x86.XMM0, x86.XMM0)
	case r != x86.NoReg:
		c.MovXR(x86.F64, x86.XMM0, r)
	default:
		c.MovXM(x86.F64, x86.XMM0, cell(w.Fill))
	}
	if w.Fill != hart.X {
		c.SelectX(x86.XMM0, x86.XMM0, lowTwice)
	}
	c.MovRX(x86.F64, x86.RDX, x86.XMM2)
	c.UnaryR(x86.NEG, x86.RDX)
	loop := c.NewLabel()
	c.Bind(loop)
	c.MovMXUnaligned(x86.Scaled(x86.RCX, x86.RDX, 0, 0), x86.XMM0)
	c.MovMXUnaligned(x86.Scaled(x86.RCX, x86.RDX, 0, 16), x86.XMM0)
	c.AluRI(x86.ADD, x86.RDX, wideUnit)
	c.Jcc(x86.NE, loop)
}

// lowTwice selects the lower half for both (PSHUFD).
const lowTwice = 0b01_00_01_00
