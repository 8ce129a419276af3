package engine

import (
	"sync/atomic"
	"time"
)

// payoff tells whether compiling pays: what the latest compilations have cost against
// what their code has saved, as far as samples of its executions say. The latest are
// those of this epoch and of the one before, each of window compilations.
type payoff struct {
	window uint64
	made   atomic.Uint64 // compilations: written by workers, read by harts

	// epochs are figures of even and odd epochs, read by harts.
	epochs [2]struct {
		spent atomic.Uint64 // nanoseconds: written by workers, read by harts
		insns atomic.Uint64 // instructions executed in the code since: added by harts, cleared by workers, read by harts
	}
}

// compiled records a compilation and returns its epoch.
func (p *payoff) compiled(took time.Duration) (epoch uint64) {
	n := p.made.Add(1) - 1
	epoch = n / p.window
	e := &p.epochs[epoch%2]
	if n%p.window == 0 {
		e.spent.Store(0)
		e.insns.Store(0)
	}
	e.spent.Add(uint64(max(took, 0)))
	return epoch
}

// late reports whether an epoch is one of those that count.
func (p *payoff) late(epoch uint64) bool {
	n := p.made.Load()
	return n == 0 || epoch+1 >= (n-1)/p.window
}

// executed records instructions executed in code of an epoch that counts.
func (p *payoff) executed(epoch, insns uint64) { p.epochs[epoch%2].insns.Add(insns) }

// share is the part, from 0 to 1, that what code has saved is of this and what it has
// cost together, if an instruction saves perInsn nanoseconds; 1 if nothing was compiled.
func (p *payoff) share(perInsn float64) float64 {
	spent := float64(p.epochs[0].spent.Load() + p.epochs[1].spent.Load())
	saved := max(perInsn, 0) * float64(p.epochs[0].insns.Load()+p.epochs[1].insns.Load())
	if spent == 0 {
		return 1
	}
	return saved / (saved + spent)
}
