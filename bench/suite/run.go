package suite

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Plan is what to measure.
type Plan struct {
	Suites  []Suite
	Only    *regexp.Regexp // scenarios whose names match; nil: all
	Options Options
	Rounds  int
	// Within is how long the rounds may take: behind the first none begins that would end later. 0: any time.
	Within time.Duration
	// Tell is called before each sample; nil: nobody wants to know.
	Tell func(Progress)
	// Add takes each figure, Yard what the yardstick said beside it.
	Add func(scenario string, f Figure, yard float64)

	now func() time.Time // nil: time.Now
}

// Progress is how far a plan is.
type Progress struct {
	Round, Rounds int
	Scenario      string
	Done, Left    time.Duration // Left is an estimate
}

// Left is a scenario that has no figures, or not all.
type Left struct {
	Scenario string `json:"scenario"`
	Why      string `json:"why"`
	Failed   bool   `json:"failed,omitempty"` // else something that it needs is not installed
}

// ErrNothing reports a plan without scenarios.
var ErrNothing = errors.New("no scenario to run")

// guess is what a sample takes as long as nobody knows better.
const guess = 2 * time.Second

// opened is a scenario that runs.
type opened struct {
	Scenario
	probe Probe
	took  time.Duration // all samples so far
	taken int
	dead  bool
}

// rounds is how many samples are taken of it in all.
func (s *opened) rounds(wanted int) int {
	if s.Rounds > 0 {
		return min(s.Rounds, wanted)
	}
	return wanted
}

// clock is the time.
func (p *Plan) clock() time.Time {
	if p.now != nil {
		return p.now()
	}
	return time.Now()
}

// Run takes samples of all scenarios in turns: of each one, then of each the next. What cannot be measured is listed;
// the error is the context's, or that there is nothing to run. rounds is how many have begun.
func (p *Plan) Run(ctx context.Context) (rounds int, left []Left, err error) {
	run, left, err := p.open()
	defer func() {
		for _, s := range run {
			if s.probe.Close != nil {
				err = errors.Join(err, s.probe.Close())
			}
		}
	}()
	if err != nil {
		return 0, left, err
	}
	began := p.clock()
	for round := range p.Rounds {
		if round > 0 && p.Within > 0 && p.clock().Sub(began)+p.next(run, round) > p.Within {
			break
		}
		rounds = round + 1
		for _, s := range run {
			if s.dead || round >= s.rounds(p.Rounds) {
				continue
			}
			if ctx.Err() != nil {
				return rounds, left, context.Cause(ctx)
			}
			if p.Tell != nil {
				p.Tell(Progress{round + 1, p.Rounds, s.Name, p.clock().Sub(began), p.left(run)})
			}
			if err := p.sample(ctx, s); err != nil {
				if ctx.Err() != nil {
					return rounds, left, context.Cause(ctx)
				}
				s.dead = true
				left = append(left, Left{s.Name, err.Error(), true})
			}
		}
	}
	return rounds, left, nil
}

// next is how long a round will take, as long as the ones before on average.
func (p *Plan) next(run []*opened, round int) (sum time.Duration) {
	for _, s := range run {
		if !s.dead && round < s.rounds(p.Rounds) {
			sum += s.took / time.Duration(max(s.taken, 1))
		}
	}
	return sum
}

// open opens the plan's scenarios; one that is in several suites is there once.
func (p *Plan) open() (run []*opened, left []Left, err error) {
	seen := map[string]bool{}
	for _, suite := range p.Suites {
		for _, s := range suite.Scenarios {
			if seen[s.Name] || p.Only != nil && !p.Only.MatchString(s.Name) || p.Options.Quick && s.Long {
				continue
			}
			seen[s.Name] = true
			probe, err := s.Open(p.Options)
			if err != nil {
				left = append(left, Left{s.Name, err.Error(), !errors.Is(err, ErrMissing)})
				continue
			}
			run = append(run, &opened{Scenario: s, probe: probe})
		}
	}
	if len(seen) == 0 {
		return run, left, fmt.Errorf("%w: none of the suites has one of that name", ErrNothing)
	}
	return run, left, nil
}

func (p *Plan) sample(ctx context.Context, s *opened) error {
	began := p.clock()
	before := Yardstick()
	figures, err := s.probe.Sample(ctx)
	if err != nil {
		return err
	}
	yard := (before + Yardstick()) / 2
	s.took += p.clock().Sub(began)
	s.taken++
	for _, f := range figures {
		if _, known := UnitNamed(f.Unit); !known {
			panic("BUG: " + s.Name + " has the unit " + f.Unit + ", which the table of units has not")
		}
		p.Add(s.Name, f, yard)
	}
	return nil
}

// left is how long the samples to come will take.
func (p *Plan) left(run []*opened) (sum time.Duration) {
	var known time.Duration
	var taken int
	for _, s := range run {
		known, taken = known+s.took, taken+s.taken
	}
	usual := guess
	if taken > 0 {
		usual = known / time.Duration(taken)
	}
	for _, s := range run {
		each := usual
		if s.taken > 0 {
			each = s.took / time.Duration(s.taken)
		}
		if !s.dead {
			sum += each * time.Duration(s.rounds(p.Rounds)-s.taken)
		}
	}
	return sum
}
