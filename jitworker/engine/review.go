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
const reviewAfter = 256

// trial is what a review needs to know of a region. It belongs to the worker that compiles or reviews the region; of
// requests for one block's code there is one at a time.
type trial struct {
	parts []code.Part // with their counts as they were at the last review
}

// beginTrial notes what w has just compiled.
func (x *compiled) beginTrial(w *worker) { x.trial.parts = slices.Clone(w.unit.Parts) }

// minReviewed is how many instructions, by samples, a review needs to say anything: a sample stands for some 2,000 executions.
const minReviewed = 1 << 19

// remakeBelow is how many instructions a region must execute an entry, on average, not to be looked at for ways that it lacks.
const remakeBelow = 1024

// review looks at the region that begins with b, by what has been executed since the last review. It returns 0 if that may
// stay; levelRemade, with the unit to compile, if there is a better one to be had; levelRetired, with b as the unit to compile,
// if it has not been worth it.
func (e *Engine) review(w *worker, b *blocks.Block) (level uint8) {
	n := b.Native()
	if n == nil || n.Level != levelRegion && n.Level != levelRemade {
		return 0
	}
	w.unit.Parts = w.unit.Parts[:0]
	then := n.Code.(*compiled).trial.parts
	for i := range then {
		b := n.At(i).Block
		now := b.Counts()
		p := then[i]
		p.Counts, p.Ways = since(now, p.Counts), b.Ways()
		then[i].Counts = now
		w.unit.Parts = append(w.unit.Parts, p)
	}
	worth := region.WorthOf(&w.unit)
	if worth.Insns < minReviewed { // the last review was a moment ago: it had been asked for twice
		n.Settled()
		return 0
	}
	e.regions.reviewed.Add(1)
	e.regions.left.Add(worth.Entries)
	e.regions.work.Add(uint64(worth.Insns))
	if n.Level == levelRegion && worth.Insns < remakeBelow*float64(worth.Entries) && e.pickAnew(w, b, then) {
		return levelRemade
	}
	if worth.Stays() {
		n.Settled()
		return 0
	}
	e.regions.retired.Add(1)
	w.single(b)
	return levelRetired
}

// pickAnew makes the region that begins with b, as it is now, the unit to compile, and reports whether it is one and has ways
// that it had not then.
func (e *Engine) pickAnew(w *worker, b *blocks.Block, then []code.Part) bool {
	w.look(e, b, false)
	if !w.picker.Pick(&w.unit, b.PA()) || w.unit.Parts[0].PA != b.PA() {
		return false
	}
	w.takeParts()
	return ways(w.unit.Parts) > ways(then)
}

// ways counts the ways between parts.
func ways(parts []code.Part) (n int) {
	for i := range parts {
		for _, to := range parts[i].Next {
			n += int(min(to, 1))
		}
		for _, to := range parts[i].Jumps {
			n += int(min(to, 1))
		}
	}
	return n
}

// since returns what has been counted between then and now. Counts may lose some, and never go back by much.
func since(now, then code.Counts) (c code.Counts) {
	c.Executions = now.Executions - min(now.Executions, then.Executions)
	for i := range c.Taken {
		c.Taken[i] = now.Taken[i] - min(now.Taken[i], then.Taken[i])
	}
	return c
}
