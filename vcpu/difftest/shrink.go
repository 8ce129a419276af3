package difftest

import (
	"context"
	"slices"
	"time"
)

// Shrink makes the program of a failure smaller for as long as it still fails:
// alone, with fewer units, with fewer instructions, with a simpler state. If the
// program does not fail alone, the failure is returned as it is.
func (o *Oracle) Shrink(ctx context.Context, f *Failure) *Failure {
	s := &shrinker{ctx, o, f}
	if !s.try(f.Program.clone()) {
		return f
	}
	for again := true; again; {
		again = s.units()
	}
	s.instructions()
	s.state()
	return s.best
}

// shrinkTime bounds one attempt, which may have made a loop endless.
const shrinkTime = 2 * time.Second

type shrinker struct {
	ctx    context.Context
	oracle *Oracle
	best   *Failure
}

// try makes p the best failure if it fails. A program that cannot be compared, for
// QEMU does not come to its end, does not count.
func (s *shrinker) try(p *Program) bool {
	ctx, cancel := context.WithTimeout(s.ctx, shrinkTime)
	defer cancel()
	f, err := s.oracle.Check(ctx, []*Program{p})
	if err != nil || f == nil {
		return false
	}
	s.best = f
	return true
}

// units leaves out units, one after the other, last first.
func (s *shrinker) units() (changed bool) {
	for i := len(s.best.Program.units) - 1; i >= 0; i-- {
		p := s.best.Program
		if p.units[i].gone || p.units[i].keep {
			continue
		}
		q := p.clone()
		q.drop(i)
		q.assemble()
		changed = s.try(q) || changed
	}
	return changed
}

// instructions replaces single instructions with NOPs of their length.
func (s *shrinker) instructions() {
	for at := 0; at < len(s.best.Program.Code); {
		n := 2
		if s.best.Program.Code[at]&3 == 3 {
			n = 4
		}
		q := s.best.Program.clone()
		q.units = nil // they do not say what the code is any more
		copy(q.Code[at:], []byte{0x13, 0, 0, 0}[:n])
		if n == 2 {
			copy(q.Code[at:], []byte{0x01, 0})
		}
		if !slices.Equal(q.Code, s.best.Program.Code) && q.ends() {
			s.try(q)
		}
		at += n
	}
}

// state clears registers and data.
func (s *shrinker) state() {
	for i := range 32 {
		s.with(func(p *Program) { p.X[i] = 0; p.frameRegisters() })
		s.with(func(p *Program) { p.F[i] = 0 })
	}
	s.with(func(p *Program) { p.FCSR = 0 })
	s.with(func(p *Program) { p.Data = 0 })
}

func (s *shrinker) with(change func(*Program)) {
	q := s.best.Program.clone()
	change(q)
	s.try(q)
}

// clone returns a copy that shares nothing that shrinking changes.
func (p *Program) clone() *Program {
	q := *p
	q.Code = slices.Clone(p.Code)
	q.units = slices.Clone(p.units)
	return &q
}

// ends reports whether the program still comes to its end: our side runs it for
// no longer than any program may.
func (p *Program) ends() bool {
	m, err := NewMachine(NewImage([]*Program{p}), Options{})
	if err != nil {
		return false
	}
	defer m.Close()
	return m.Run() == nil
}
