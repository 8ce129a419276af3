package engine

import (
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Whether a region is worth it is guessed by counts from before it was made. When samples have found it
// often enough it is reviewed: by what its blocks and exits have been counted since. If it is left too often it
// is retired, and its first block gets fast code, which stays.

// reviewAfter is how many samples have to find a region before it is reviewed, and reviewed again.
const reviewAfter = 64

// trial is what a review needs to know of a region. It belongs to the worker that compiles or reviews the region; of
// requests for one block's code there is one at a time.
type trial struct {
	parts []code.Part // with their counts as they were at the last review
}

// beginTrial notes what w has just compiled.
func (x *compiled) beginTrial(w *worker) { x.trial.parts = slices.Clone(w.unit.Parts) }

// review returns levelRetired, and makes b the unit to compile, if the region that begins with b has not been worth it
// since the last review; 0 if it may stay.
func (e *Engine) review(w *worker, b *blocks.Block) (level uint8) {
	n := b.Native()
	if n == nil || n.Level != levelRegion {
		return 0
	}
	w.unit.Parts = w.unit.Parts[:0]
	then := n.Code.(*compiled).trial.parts
	for i := range then {
		now := n.At(i).Block.Counts()
		p := then[i]
		p.Counts = since(now, p.Counts)
		then[i].Counts = now
		w.unit.Parts = append(w.unit.Parts, p)
	}
	e.regions.reviewed.Add(1)
	worth := region.WorthOf(&w.unit)
	e.regions.left.Add(worth.Entries)
	e.regions.work.Add(uint64(worth.Insns))
	if worth.Stays() {
		n.Settled()
		return 0
	}
	e.regions.retired.Add(1)
	w.single(b)
	return levelRetired
}

// since returns what has been counted between then and now. Counts may lose some, and never go back by much.
func since(now, then code.Counts) (c code.Counts) {
	c.Executions = now.Executions - min(now.Executions, then.Executions)
	for i := range c.Taken {
		c.Taken[i] = now.Taken[i] - min(now.Taken[i], then.Taken[i])
	}
	return c
}
