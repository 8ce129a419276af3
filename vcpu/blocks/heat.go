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
}

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
