package interp

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Executions of blocks and of their exits are counted wherever the interpreter runs
// them. Native code counts nothing (but for the exact profiles of a compiler), because
// that costs it some 3 %. Instead each hart interprets a short stretch of blocks that
// have native code now and then, and counts what it finds there for as much as was
// executed since the stretch before. So counts are exact until a block is compiled, and
// right on average from then on.

const (
	// sampleInsns is the length of a stretch in instructions, sampleEvery the distance
	// between two of them on average: of the instructions, 1 in 2,000 is executed ten
	// times as slowly, and its blocks come from cold memory.
	sampleInsns = 128
	sampleEvery = 1 << 18
	// sampleShift is how many instructions a stretch waits at most before it counts, so
	// that loops do not get into step with the poll.
	sampleShift = 64
)

// heat counts executions of a block. Plain additions by several harts may lose some,
// which does not matter.
type heat struct {
	requested atomic.Bool
	pc        atomic.Uint64 // where a hart found it when it became hot: written by harts, read by compilers

	executions uint64
	asked      uint64           // executions when the block was last asked for
	ahead      uint8            // log2 of what each counts for when that is compared with the threshold, see pageHeat
	taken      [MaxLinks]uint64 // by link
}

// bump counts n executions and returns how many there have been since the block was last
// asked for, or more in a page that is hot.
//
//go:norace
func (h *heat) bump(n uint64) uint64 {
	h.executions += n
	return (h.executions - h.asked) << h.ahead
}

// goAhead sets what executions count for.
//
//go:norace
func (h *heat) goAhead(by uint8) { h.ahead = by }

// undo takes an execution back that another engine takes over, and counts.
//
//go:norace
func (h *heat) undo() {
	h.executions--
	h.asked = h.executions
}

// take counts n executions of an exit.
//
//go:norace
func (h *heat) take(link uint8, n uint64) { h.taken[link&(MaxLinks-1)] += n }

// cool starts that count again.
//
//go:norace
func (h *heat) cool() { h.asked = h.executions }

// Counts says how often a block was executed and which of its exits were taken. What is
// missing in the sum of the exits left by an indirect jump, to the system or by an
// exception. A hart that counts meanwhile may be in some figures and not in others.
type Counts struct {
	Executions uint64
	Taken      [MaxLinks]uint64 // by link
}

// Counts returns the block's counts.
//
//go:norace
func (b *Block) Counts() Counts { return Counts{b.heat.executions, b.heat.taken} }

// Executions returns how often the block was executed.
//
//go:norace
func (b *Block) Executions() uint64 { return b.heat.executions }

// BlockExit is an exit to a known target: a branch, a jump or the block's end.
type BlockExit struct {
	Link     uint8
	From, To int // distances from the block's start, of the instruction and of its target, in bytes
	Insns    int // executed by who leaves here
}

// leaves reports whether u is an exit with a link.
func (u *Uop) leaves() bool {
	return u.Op >= isa.BEQ && u.Op <= isa.BGEU || u.Op == OpEnd || u.Op == OpJump
}

// Exits returns the block's exits in the order of their instructions.
func (b *Block) Exits() (list []BlockExit) {
	for _, u := range b.uops {
		if u.leaves() {
			list = append(list, BlockExit{u.Rd, int(u.Off) * 2, int(u.Imm), int(u.N)})
		}
	}
	return list
}

// MeanInsns returns how many instructions one execution of the block has retired on
// average, according to its counts.
func (b *Block) MeanInsns() float64 {
	n, all := b.Counts(), float64(b.Insns())
	if n.Executions == 0 {
		return all
	}
	less := 0.0 // instructions not reached
	for i := range b.uops {
		if u := &b.uops[i]; u.leaves() {
			less += float64(n.Taken[u.Rd]) * (all - float64(u.N))
		}
	}
	return max(0, all-less/float64(n.Executions))
}

// sampler decides when a hart interprets blocks that have native code. It belongs to
// the hart's owner.
type sampler struct {
	next      uint64 // reading of State.Count from which the next stretch may begin
	from, end uint64 // readings between which blocks are counted, and up to which they are interpreted
	weight    uint64 // what each execution counts for
	dice      uint64 // of a xorshift generator
}

// begin begins a stretch if it is time: now is the reading of State.Count.
func (p *sampler) begin(now, every uint64) {
	if now < p.next || every == 0 {
		return
	}
	if p.next == 0 { // there is hardly any native code yet
		p.next, p.end = now+every, now
		return
	}
	p.dice = p.dice*6364136223846793005 + 1442695040888963407
	p.weight = max(1, (now-p.end)/sampleInsns)
	p.from = now + p.dice>>32%sampleShift
	p.end = p.from + sampleInsns
	p.next = p.end + every/2 + p.dice>>40%every
}

// sampled reports whether the block with native code n, which comes next, is to be
// interpreted, and how many executions that stands for.
func (c *Core) sampled(n *Native) (weight uint64, yes bool) {
	switch now := c.S.Count; {
	case now >= c.sample.end:
		return 0, false
	case now < c.sample.from:
		return 0, true
	}
	c.Cache.engine.Touch(n, c.sample.weight)
	c.refine(n, urgentSample)
	return c.sample.weight, true
}
