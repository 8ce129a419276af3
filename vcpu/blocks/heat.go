package blocks

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Executions of blocks and of their exits are counted wherever the interpreter runs
// them. Native code counts nothing (but for the exact profiles of a compiler), because
// that costs it some 3 %. Instead each hart interprets a short stretch of blocks that
// have native code now and then, and counts what it finds there for as much as was
// executed since the stretch before. So counts are exact until a block is compiled, and
// right on average from then on.

// sampleEvery is the distance between two stretches in instructions, on average: of the
// instructions, 1 in 2,000 is executed ten times as slowly, and its blocks come from cold memory.
const sampleEvery = 1 << 18

// heat counts executions of a block. Plain additions by several harts may lose some,
// which does not matter.
type heat struct {
	requested atomic.Bool   // code is asked for or there: set by who asks, cleared by who ends that, read by who asks
	pc        atomic.Uint64 // where a hart found it when it became hot: written by harts, read by compilers

	executions uint64
	asked      uint64                // executions when the block was last asked for
	missed     uint64                // executions when its code went for want of room, and 1; 0: it has not; changed under the page's mu
	ahead      uint8                 // log2 of what each counts for when that is compared with the threshold, see pageHeat
	taken      [code.MaxLinks]uint64 // by link
	ways       atomic.Pointer[ways]  // nil until samples find one: set by harts, read by harts and compilers
	pages      atomic.Pointer[pages] // nil until samples see an access: set by harts, read by harts and compilers
}

// ways are where the block's indirect jump was found to lead in samples of its native code; those with Times 0 are none.
// They are changed by harts and read by compilers, both without order: code that relies on one looks whether it is so.
type ways [code.MaxWays]code.Way

// Bump counts n executions and returns how many there have been since the block was last
// asked for, or more in a page that is hot.
//
//go:norace
func (b *Block) Bump(n uint64) uint64 {
	h := &b.heat
	h.executions += n
	return (h.executions - h.asked) << h.ahead
}

// goAhead sets what executions count for.
//
//go:norace
func (h *heat) goAhead(by uint8) { h.ahead = by }

// Undo takes an execution back that another engine takes over, and counts.
//
//go:norace
func (b *Block) Undo() {
	b.heat.executions--
	b.heat.asked = b.heat.executions
}

// Take counts n executions of an exit.
//
//go:norace
func (b *Block) Take(link uint8, n uint64) { b.heat.taken[link&(code.MaxLinks-1)] += n }

// forgetWays is how often a way is counted before all ways of its block count for half: they say what was so lately. That is
// some hundred samples.
const forgetWays = 1 << 18

// Went counts that the indirect jump at b's end led to a physical address n times. What is found least often makes room for
// what is new.
//
//go:norace
func (b *Block) Went(pa, n uint64) {
	if n == 0 {
		return
	}
	w := loadOrNew(&b.heat.ways)
	least := &w[0]
	for i := range w {
		if w[i].PA == pa {
			if w[i].Times += n; w[i].Times >= forgetWays {
				for j := range w {
					w[j].Times /= 2
				}
			}
			return
		}
		if w[i].Times < least.Times {
			least = &w[i]
		}
	}
	*least = code.Way{PA: pa, Times: least.Times/2 + n}
}

// Ways returns where the block's indirect jump was found to lead, nil if nobody has looked.
//
//go:norace
func (b *Block) Ways() (list []code.Way) {
	w := b.heat.ways.Load()
	if w == nil {
		return nil
	}
	for i := range w {
		if way := w[i]; way.Times != 0 {
			list = append(list, way)
		}
	}
	return list
}

// cool starts that count again.
//
//go:norace
func (h *heat) cool() { h.asked = h.executions }

// Counts returns the block's counts.
//
//go:norace
func (b *Block) Counts() code.Counts {
	return code.Counts{Executions: b.heat.executions, Taken: b.heat.taken}
}

// Executions returns how often the block was executed.
//
//go:norace
func (b *Block) Executions() uint64 { return b.heat.executions }
