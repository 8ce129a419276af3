package blocks

import (
	"iter"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Engine is what a Cache and the harts need of who makes native code. Its methods are safe
// for concurrent use.
type Engine interface {
	// Threshold is the number of executions after which a block is worth compiling.
	Threshold() uint32
	// Request asks for b to be compiled to code of a level or of a higher one, as the
	// engine sees fit; it never blocks. False: not now. The request may wait for others, or for Hurry.
	Request(b *Block, level uint8) bool
	// Hurry has the compilations that were asked for begun now.
	Hurry()
	// Recall publishes code of b, which is new, if it has some from an earlier run. It takes
	// microseconds at most.
	Recall(b *Block)
	// Enter executes the code at entry until it leaves, and returns the exit word.
	Enter(s *hart.State, entry uintptr) uint64
	// Codes returns the map in which native code for a mode looks other native code up. There
	// is one for each mode.
	Codes(mode code.Mode) *codemap.Map
	// Find returns the code that an address lies in.
	Find(at uintptr) *Native
	// Patch makes exit link of n (code.LinkOf) go to t, or back to its stub if t is nil.
	Patch(n *Native, link int, t *Native)
	// Retire gives back code that has been made unreachable.
	Retire(n *Native)
	// Touch reports executions of n. They are samples: one stands for many.
	Touch(n *Native, executions uint64)
	// Benefit reports what an instruction takes, in nanoseconds.
	Benefit(interpreted, native float64)
	// Timed reports how many nanoseconds instructions took, of which native code has executed some.
	Timed(insns, native, nanos uint64)
	// Yield lets compilations run if they wait for a processor.
	Yield()
}

// LowestLevel is the level of code that a block without any is asked for at.
const LowestLevel uint8 = 1

// Native is the machine code of a block, or of several that it was made of at once.
type Native struct {
	// Part is the block that the code is entered at, Others are those that it was made of besides.
	// They may lie in other pages. The code dies with any of them.
	Part
	Others []Part
	Entry  uintptr
	// Exits are the places at which the code leaves a micro-operation to the interpreter,
	// by number.
	Exits []code.NativeExit
	// Level says how good the code is: that of a higher level takes the place of that of a
	// lower one. Next is the level that is asked for when the code turns out to be hot, or 0:
	// there is none to ask for. Needs is how urgent that must be.
	Level, Next uint8
	Needs       uint32
	// Code is the compiler's own.
	Code any

	urgency atomic.Uint32 // with which code of level Next is wanted: written and read by harts, see Urge
}

// Part is a block that code was made of, with what its exits lead to. The page's mu is that of the
// page in which the code begins, whichever the block's is.
type Part struct {
	Block *Block
	// Targets has the distance of each link's target from the block's start.
	Targets [code.MaxLinks]int32
	// Checked has a bit for each link to another page, or out of another page than that in which
	// the code begins, which the hart's table must agree with: State.Page is that of its target
	// when code leaves by it. Such a link is patched once at most, and never taken back.
	Checked uint8

	checked uint8 // links of Checked that have been patched; protected by the page's mu
	// targets are the blocks that the links have been patched to; protected by the
	// page's mu.
	targets [code.MaxLinks]*Block
	// led are the physical addresses that links of Checked have last been found to lead to.
	// Written by harts, read by compilers.
	led [code.MaxLinks]atomic.Uint64
}

// At returns a part by its number.
func (n *Native) At(part int) *Part {
	if part == 0 {
		return &n.Part
	}
	return &n.Others[part-1]
}

// parts yields the parts with their numbers.
func (n *Native) parts() iter.Seq2[int, *Part] {
	return func(yield func(int, *Part) bool) {
		if !yield(0, &n.Part) {
			return
		}
		for i := range n.Others {
			if !yield(i+1, &n.Others[i]) {
				return
			}
		}
	}
}

// Leads returns the physical address that a link to another page was last found to lead to, or 0.
func (p *Part) Leads(link uint8) uint64 { return p.led[link&(code.MaxLinks-1)].Load() }

// How urgent code of the next level is for a block: each sample that finds the block adds
// UrgentSample, and so does each poll that stops there, which is a sample too; each time that the
// rest of it is left to the interpreter adds one. When Native.Needs is reached the code is asked for.
// A sample stands for some 2,000 executions.
const UrgentSample = 16

// Urge makes it more urgent to have better code than n, and reports whether to ask for it now: when Needs is reached,
// and again, should nothing have come of it, when four times as much is, sixteen times, and so on.
func (n *Native) Urge(by uint32) bool {
	if n.Next == 0 {
		return false
	}
	now := uint64(n.urgency.Add(by))
	for at := uint64(max(1, n.Needs)); at <= now; at *= 4 {
		if now-uint64(by) < at {
			return true
		}
	}
	return false
}

// Settled says that nothing better is wanted for now.
func (n *Native) Settled() { n.urgency.Store(0) }

// Refused says that the better code could not be asked for just now.
func (n *Native) Refused() { n.urgency.Store(n.Needs - 1) }
