package interp

import "github.com/hartwood-vm/hartwood/vcpu/blocks"

// Of blocks with native code each hart interprets a short stretch now and then, to count their
// executions (package blocks).

const (
	// sampleInsns is the length of a stretch in instructions.
	sampleInsns = 128
	// sampleShift is how many instructions a stretch waits at most before it counts, so
	// that loops do not get into step with the poll.
	sampleShift = 64
)

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

// sampled reports whether the block with native code n, which comes next, at pc, is to be
// interpreted, and how many executions that stands for.
func (c *Core) sampled(n *blocks.Native, pc uint64) (weight uint64, yes bool) {
	switch now := c.S.Count; {
	case now >= c.sample.end:
		return 0, false
	case now < c.sample.from:
		return 0, true
	}
	c.Cache.Engine().Touch(n, c.sample.weight)
	c.refine(n, blocks.UrgentSample)
	if c.Cache.SeesPages() {
		c.look(n.Block, pc)
	}
	return c.sample.weight, true
}
