package difftest

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Shrink returns the smallest program it finds that still fails: with fewer units,
// with fewer instructions, with a simpler state. p itself must fail, alone in an
// image.
func Shrink(p *Program, fails func(*Program) bool) *Program {
	s := &shrinker{p, fails}
	for s.units() {
	}
	for s.instructions() {
	}
	s.state()
	return s.best
}

// Shrink makes the program of a failure smaller for as long as it still fails. If
// it does not fail alone, the failure is returned as it is.
func (o *Oracle) Shrink(ctx context.Context, f *Failure) *Failure {
	best := f
	fails := func(p *Program) bool {
		ctx, cancel := context.WithTimeout(ctx, attemptTime)
		defer cancel()
		f, err := o.Check(ctx, []*Program{p})
		if err != nil || f == nil { // if QEMU does not come to its end nothing is known
			return false
		}
		best = f
		return true
	}
	if fails(f.Program.clone()) {
		Shrink(best.Program, fails)
	}
	return best
}

// attemptTime bounds one attempt, which may have made a loop endless.
const attemptTime = 2 * time.Second

// ShrinkDivergence does the same for a difference that Lockstep has found.
func ShrinkDivergence(d *Divergence, leader Options, budget func() uint64) *Divergence {
	p := d.Image.at(d.From[0])
	if p == nil {
		return d
	}
	best := d
	fails := func(p *Program) bool {
		var found *Divergence
		if err := Lockstep(NewImage([]*Program{p}), leader, budget); !errors.As(err, &found) {
			return false
		}
		best = found
		return true
	}
	if fails(p.clone()) {
		Shrink(p, fails)
	}
	return best
}

type shrinker struct {
	best  *Program
	fails func(*Program) bool
}

// try makes p the best program if it fails.
func (s *shrinker) try(p *Program) bool {
	if !s.fails(p) {
		return false
	}
	s.best = p
	return true
}

// units leaves out units, one after the other, last first.
func (s *shrinker) units() (changed bool) {
	for i := len(s.best.units) - 1; i >= 0; i-- {
		if u := s.best.units[i]; u.gone || u.keep {
			continue
		}
		q := s.best.clone()
		q.drop(i)
		q.assemble()
		changed = s.try(q) || changed
	}
	return changed
}

// instructions replaces single instructions with NOPs of their length.
func (s *shrinker) instructions() (changed bool) {
	for at := 0; at < len(s.best.Code); {
		nop := []byte{0x01, 0x00}
		if s.best.Code[at]&3 == 3 {
			nop = []byte{0x13, 0x00, 0x00, 0x00}
		}
		q := s.best.clone()
		q.units = nil // they do not say what the code is any more
		copy(q.Code[at:], nop)
		if !slices.Equal(q.Code, s.best.Code) && q.ends() {
			changed = s.try(q) || changed
		}
		at += len(nop)
	}
	return changed
}

// state clears registers and data.
func (s *shrinker) state() {
	for i := range stateNames {
		s.with(func(p *Program) { *p.field(i) = 0 })
	}
	s.with(func(p *Program) { p.Data = 0 })
}

func (s *shrinker) with(change func(*Program)) {
	q := s.best.clone()
	change(q)
	q.frameRegisters()
	s.try(q)
}

// clone returns a copy that shares nothing that shrinking changes.
func (p *Program) clone() *Program {
	q := *p
	q.Code = slices.Clone(p.Code)
	q.units = slices.Clone(p.units)
	return &q
}

// ends reports whether our side still brings the program to its end.
func (p *Program) ends() bool {
	m, err := NewMachine(NewImage([]*Program{p}), Options{})
	if err != nil {
		return false
	}
	defer m.Close()
	return m.Run() == nil
}
