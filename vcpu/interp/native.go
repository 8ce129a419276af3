package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// exitNative, exitAgain, exitRest, exitStep are Run's own business: native code to enter, PC
// to be looked up again, the rest of a block to interpret, and an instruction to step.
const (
	exitNative = exitReserved + 1 + iota
	exitAgain
	exitRest
	exitStep
)

// rest is what is left of a block.
type rest struct {
	block *blocks.Block
	base  uint64 // virtual address of the block
	uop   int    // micro-operation to go on with
}

// hot asks for b, which is at pc, to be compiled. True: its native code is there
// already.
func (c *Core) hot(b *blocks.Block, pc uint64) bool {
	if c.native = c.Cache.Hot(b, pc); c.native == nil {
		return false
	}
	b.Undo()
	return true
}

// runNative executes the native code n, whose block is at PC, and what follows it.
func (c *Core) runNative(n *blocks.Native) Exit {
	s := c.S
	e := c.Cache.Engine()
	c.enterAt(s.PC, n.Entry)
	entry := n.Entry
	for {
		word := e.Enter(s, entry)
		c.MMU.Follow()
		c.Native.Exits[word&0xff]++
		if word&0xff == code.NativeJump {
			if c.found = c.known(s.PC); c.found == nil {
				entry = c.codeAt(s.PC)
			} else if n := c.found.Native(); n != nil {
				c.found, entry = nil, n.Entry
				c.enterAt(s.PC, entry)
				c.Fetch(s.PC) // the first level may not know the page, which native code asks
			} else {
				entry = 0
			}
			if entry == 0 {
				return exitAgain
			}
			continue
		}
		n = e.Find(s.ExitCode - 1)
		arg := int(uint32(word >> 8))
		switch word & 0xff {
		case code.NativePoll:
			s.PC = s.Page | n.At(arg).Block.PA()&pageMask
			c.refine(n, blocks.UrgentSample)
			return ExitPoll
		case code.NativeLink:
			i, link := arg/code.MaxLinks, uint8(arg%code.MaxLinks)
			part := n.At(i)
			c.outdated(n)
			at := part.Block.PA() & pageMask
			if s.PC = s.Page + at + uint64(part.Targets[link]); part.Checked>>link&1 != 0 {
				s.PC = s.Page | (at+uint64(part.Targets[link]))&pageMask
			}
			if c.reserved = part.Block.Reservation(link); c.reserved != 0 {
				return exitReserved
			}
			to := c.follow(n, i, link)
			if to == nil {
				return exitAgain
			}
			entry = to.Entry
		case code.NativeUop:
			x := &n.Exits[arg]
			b := n.At(int(x.Part)).Block
			u := &b.Uops()[x.Op]
			if why := c.one(b, u, s.Page|b.PA()&pageMask); why != ExitPoll {
				c.leftOut(u.Op, false)
				return why
			}
			c.leftOut(u.Op, true)
			entry = n.Entry + uintptr(x.Resume)
		case code.NativeRest:
			x := &n.Exits[arg]
			b := n.At(int(x.Part)).Block
			u := &b.Uops()[x.Op]
			c.leftOut(u.Op, false)
			c.Native.Insns += uint64(u.N) // Count gets them with the rest
			c.rest = rest{b, s.Page | b.PA()&pageMask, int(x.Op)}
			c.refine(n, 1)
			return exitRest
		}
	}
}

// outdated takes n, which the hart has just left, out of the hart's table if other code has come in its
// place: nothing is linked to it any more, and what comes to it by the table leaves at every exit.
func (c *Core) outdated(n *blocks.Native) {
	if n.Block.Native() == n {
		return
	}
	if e := c.S.JumpSlot(c.S.Page | n.Block.PA()&pageMask); e.Entry == n.Entry {
		*e = hart.JumpEntry{}
	}
}

// refine makes it more urgent to have better code than n.
func (c *Core) refine(n *blocks.Native, by uint32) {
	if !n.Urge(by) {
		return
	}
	if e := c.Cache.Engine(); e.Request(n.Block, n.Next) {
		e.Hurry()
		e.Yield()
	} else {
		n.Refused() // the queue is full; once more soon
	}
}

// follow returns the code at PC, where a link of n's part i leads, and patches the link; nil
// if there is none or something else has to be looked at first.
func (c *Core) follow(n *blocks.Native, i int, link uint8) *blocks.Native {
	s := c.S
	if s.Count >= s.Limit.Load() {
		return nil
	}
	to := c.nativeAt(s.PC)
	if to != nil {
		c.Cache.Patch(n, i, link, to.Block)
	}
	return to
}

// nativeAt is codeAt for any native code.
func (c *Core) nativeAt(pc uint64) *blocks.Native {
	if entry := c.codeAt(pc); entry != 0 {
		return c.Cache.Engine().Find(entry)
	}
	b := c.fetchCached(pc)
	if b == nil {
		return nil
	}
	n := b.Native()
	if n != nil {
		c.enterAt(pc, n.Entry)
	}
	return n
}

// codeAt readies the hart to enter the native code at pc and returns where that is, or 0: there
// is none that does not depend on the address space, or nothing can be fetched from pc.
func (c *Core) codeAt(pc uint64) uintptr {
	pa, ok := c.fetchAddr(pc)
	if !ok {
		return 0
	}
	entry := c.Cache.Codes(c.mode).Get(pa)
	if entry != 0 {
		c.enterAt(pc, entry)
	}
	return entry
}

// enterAt tells the hart's state that native code is to be entered, whose virtual address is pc.
func (c *Core) enterAt(pc uint64, entry uintptr) {
	s := c.S
	s.Page = pc &^ pageMask
	*s.JumpSlot(pc) = hart.JumpEntry{PC: pc, View: s.TLB.FetchID, Entry: entry}
	c.jumped = true
}

// one executes the micro-operation u of b, whose first instruction is at base;
// ExitPoll means that it has been completed.
func (c *Core) one(b *blocks.Block, u *code.Uop, base uint64) Exit {
	if f := bodies[u.Op]; f != nil {
		if f(c, u, base) {
			return ExitPoll
		}
		return c.raised(b, u, base)
	}
	return c.run(c.steps().Uop(b, u), base, whole)
}

// raised leaves the state as the exception of u, which has been recorded, finds it.
func (c *Core) raised(b *blocks.Block, u *code.Uop, base uint64) Exit {
	c.S.PC = base + uint64(u.Off)*2
	c.S.Count += uint64(u.N)
	if c.Cause == CauseIllegal {
		c.Tval = b.Raw(u)
	}
	return ExitException
}

// ReportBenefit tells the compiler what an instruction takes, in nanoseconds.
func (c *Core) ReportBenefit(interpreted, native float64) {
	if e := c.Cache.Engine(); e != nil {
		e.Benefit(interpreted, native)
	}
}

// Hurry has the compilations begun that harts have asked for.
func (c *Core) Hurry() {
	if e := c.Cache.Engine(); e != nil {
		e.Hurry()
	}
}

// ReportTimed tells whoever wants to know how many nanoseconds instructions took, of which native code has executed some.
func (c *Core) ReportTimed(insns, native, nanos uint64) {
	if e := c.Cache.Engine(); e != nil {
		e.Timed(insns, native, nanos)
	}
}

// FenceI makes the hart see all earlier stores as instructions.
func (c *Core) FenceI() {
	c.Cache.FenceI()
	if d := c.Cache.Dropped.Load(); d != c.dropped {
		c.dropped = d
		c.DropNative()
	}
}

// DropNative forgets where native code is, so that none is entered but through
// its block. The caller owns the hart.
func (c *Core) DropNative() {
	if c.jumped {
		c.S.Jump = [hart.JumpEntries]hart.JumpEntry{}
		c.S.DropCalls()
		c.jumped = false
	}
}
