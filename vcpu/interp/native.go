package interp

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Engine is what a Core needs of a compiler of native code. Its methods are safe
// for concurrent use.
type Engine interface {
	// Threshold is the number of executions after which a block is worth compiling.
	Threshold() uint32
	// Request asks for b to be compiled to code of a level or of a higher one, as the
	// engine sees fit; it never blocks. False: not now.
	Request(b *Block, level uint8) bool
	// Enter executes the code at entry until it leaves, and returns the exit word.
	Enter(s *hart.State, entry uintptr) uint64
	// Codes returns the map in which native code looks other native code up.
	Codes() *codemap.Map
	// Find returns the code that starts at entry.
	Find(entry uintptr) *Native
	// Patch makes exit link of n go to t, or back to its stub if t is nil.
	Patch(n *Native, link uint8, t *Native)
	// Retire gives back code that has been made unreachable.
	Retire(n *Native)
	// Touch reports executions of n. They are samples: one stands for many.
	Touch(n *Native, executions uint64)
	// Benefit reports what an instruction takes, in nanoseconds.
	Benefit(interpreted, native float64)
	// Yield lets compilations run if they wait for a processor.
	Yield()
}

// LowestLevel is the level of code that a block without any is asked for at.
const LowestLevel uint8 = 1

// Native is the machine code of a block.
type Native struct {
	Block *Block
	Entry uintptr
	// Targets has the distance of each link's target from the block's start.
	Targets [MaxLinks]int32
	// Checked has a bit for each link to another page, which the hart's table must agree
	// with: State.Page is that of its target when code leaves by it. Such a link is patched
	// once at most, and never taken back.
	Checked uint8
	// Exits are the places at which the code leaves a micro-operation to the interpreter,
	// by number.
	Exits []NativeExit
	// Level says how good the code is: that of a higher level takes the place of that of a
	// lower one. Next is the level that is asked for when the code turns out to be hot, or 0:
	// there is none to ask for.
	Level, Next uint8
	// Code is the compiler's own.
	Code any

	urgency atomic.Uint32 // with which code of level Next is wanted: written by harts, see refine

	// targets are the blocks that the links have been patched to; protected by the
	// page's mu.
	targets [MaxLinks]*Block
	checked uint8 // links of Checked that have been patched; protected by the page's mu
}

// NativeExit is a place at which native code leaves a micro-operation of its block to the
// interpreter.
type NativeExit struct {
	Op     uint16 // the micro-operation's index
	Resume uint32 // offset from Entry at which code goes on behind it (NativeUop)
}

// The exit word of native code: a kind in bits 0-7, in bits 8-31 the number of the link
// (NativeLink) or of the entry of Native.Exits (NativeUop, NativeRest).
const (
	// NativePoll: the poll word demands attention; PC is the block's start.
	NativePoll = iota
	// NativeJump: State.PC has the target, which the jump table does not know.
	NativeJump
	// NativeLink: the exit has no successor yet.
	NativeLink
	// NativeUop: the micro-operation is the interpreter's.
	NativeUop
	// NativeRest: the rest of the block is the interpreter's, from the
	// micro-operation on.
	NativeRest
	// NativeKinds is the number of kinds.
	NativeKinds
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
	block *Block
	base  uint64 // virtual address of the block
	uop   int    // micro-operation to go on with
}

// Uops returns the block's micro-operations, which must not be changed.
func (b *Block) Uops() []Uop { return b.uops }

// Native returns the block's native code, or nil.
func (b *Block) Native() *Native { return b.native.Load() }

// PA returns the physical address of the block's first byte.
func (b *Block) PA() uint64 { return b.pa }

// PC returns the virtual address at which a hart executed the block when it became
// hot. Others may find it elsewhere.
func (b *Block) PC() uint64 { return b.heat.pc.Load() }

// Code returns the encoding of the block's instructions, which must not be changed.
func (b *Block) Code() []byte { return b.bytes[:b.size] }

// Open reports whether exit link is taken with a reservation open, which only the
// interpreter can follow.
func (b *Block) Open(link uint8) bool {
	t := b.links[link].Load()
	return t != nil && t.uops[0].Op == OpReserved
}

// Crossing reports whether the block is an instruction that crosses a page.
func (b *Block) Crossing() bool { return b.pa2 != 0 }

// Insns returns the number of guest instructions in the block.
func (b *Block) Insns() int { return int(b.uops[len(b.uops)-1].N) }

// hot asks for b, which is at pc, to be compiled. True: its native code is there
// already.
func (c *Core) hot(b *Block, pc uint64) bool {
	b.heat.cool()
	e := c.Cache.engine
	if b.heat.requested.Swap(true) {
		return false
	}
	b.heat.pc.Store(pc)
	if !e.Request(b, LowestLevel) {
		b.heat.requested.Store(false)
		return false
	}
	e.Yield()
	if c.native = b.native.Load(); c.native == nil {
		return false
	}
	b.heat.undo()
	return true
}

// NotCompiled says that the compilation asked for has come to nothing, so that b may
// be asked for again when it has grown hot anew.
func (b *Block) NotCompiled() {
	b.heat.requested.Store(false)
	if n := b.native.Load(); n != nil {
		n.urgency.Store(0)
	}
}

// runNative executes the native code n, whose block is at PC, and what follows it.
func (c *Core) runNative(n *Native) Exit {
	s := c.S
	e := c.Cache.engine
	c.enterAt(s.PC, n.Entry)
	entry := n.Entry
	for {
		word := e.Enter(s, entry)
		c.Native.Exits[word&0xff]++
		if word&0xff == NativeJump {
			if entry = c.codeAt(s.PC); entry == 0 {
				return exitAgain
			}
			continue
		}
		n = e.Find(s.ExitCode)
		b := n.Block
		base := s.Page | b.pa&pageMask
		arg := uint32(word >> 8)
		switch word & 0xff {
		case NativePoll:
			s.PC = base
			c.refine(n, urgentSample)
			return ExitPoll
		case NativeLink:
			link := uint8(arg) & (MaxLinks - 1)
			s.PC = base + uint64(n.Targets[link])
			if n.Checked>>link&1 != 0 {
				s.PC = s.Page | (b.pa+uint64(n.Targets[link]))&pageMask
			}
			if open := b.links[link].Load(); open != nil && open.uops[0].Op == OpReserved {
				c.open = open.uops[0]
				return exitReserved
			}
			to := c.follow(n, link)
			if to == nil {
				return exitAgain
			}
			entry = to.Entry
		case NativeUop:
			x := &n.Exits[arg]
			u := &b.uops[x.Op]
			if why := c.one(b, u, base); why != ExitPoll {
				c.leftOut(u.Op, false)
				return why
			}
			c.leftOut(u.Op, true)
			entry = n.Entry + uintptr(x.Resume)
		case NativeRest:
			op := int(n.Exits[arg].Op)
			c.leftOut(b.uops[op].Op, false)
			c.Native.Insns += uint64(b.uops[op].N) // Count gets them with the rest
			c.rest = rest{b, base, op}
			c.refine(n, 1)
			return exitRest
		}
	}
}

// How urgent code of the next level is for a block: each sample that finds the block adds
// urgentSample, and so does each poll that stops there, which is a sample too; each time that the
// rest of it is left to the interpreter adds one. At urgent the code is asked for. A sample stands
// for some 2,000 executions.
const (
	urgent       = 32
	urgentSample = urgent / 2
)

// refine makes it more urgent to have better code than n.
func (c *Core) refine(n *Native, by uint32) {
	if n.Next == 0 {
		return
	}
	if now := n.urgency.Add(by); now >= urgent && now-by < urgent && !c.Cache.engine.Request(n.Block, n.Next) {
		n.urgency.Store(urgent - 1) // the queue is full; once more soon
	}
}

// follow returns the code at PC, where link i of n leads, and patches the link; nil
// if there is none or something else has to be looked at first.
func (c *Core) follow(n *Native, i uint8) *Native {
	s := c.S
	if s.Count >= s.Limit.Load() {
		return nil
	}
	to := c.nativeAt(s.PC)
	if to != nil {
		c.Cache.patch(n, i, to.Block)
	}
	return to
}

// nativeAt is codeAt for any native code.
func (c *Core) nativeAt(pc uint64) *Native {
	if entry := c.codeAt(pc); entry != 0 {
		return c.Cache.engine.Find(entry)
	}
	b := c.fetchCached(pc)
	if b == nil {
		return nil
	}
	n := b.native.Load()
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
	entry := c.Cache.codes.Get(pa)
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
func (c *Core) one(b *Block, u *Uop, base uint64) Exit {
	if f := slow[u.Op]; f != nil {
		if f(c, u, base) {
			return ExitPoll
		}
		return c.raised(b, u, base)
	}
	if c.stepper == nil {
		c.stepper = newStepper()
	}
	t := c.stepper
	t.uops[0], t.uops[1] = *u, Uop{Op: OpStop}
	t.block.uops, t.block.bytes, t.block.system = t.uops[:2], b.bytes, b.system
	return c.run(&t.block, base, whole)
}

// raised leaves the state as the exception of u, which has been recorded, finds it.
func (c *Core) raised(b *Block, u *Uop, base uint64) Exit {
	c.S.PC = base + uint64(u.Off)*2
	c.S.Count += uint64(u.N)
	if c.Cause == CauseIllegal {
		c.Tval = encoding(b.bytes[int(u.Off)*2:])
	}
	return ExitException
}

// ReportBenefit tells the compiler what an instruction takes, in nanoseconds.
func (c *Core) ReportBenefit(interpreted, native float64) {
	if e := c.Cache.engine; e != nil {
		e.Benefit(interpreted, native)
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
