package results

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"golang.org/x/perf/benchmath"
)

// ErrOther reports results that must not be compared as if nothing were the matter.
var ErrOther = errors.New("these results are not of the same kind")

// Rules say when a figure is worse.
type Rules struct {
	Threshold float64 // share of the old figure
	Clock     bool    // figures made of time that has passed count as well; a busy machine changes them by itself
}

// DefaultRules are 5 %, and no clock.
func DefaultRules() Rules { return Rules{Threshold: 0.05} }

// Delta is a figure of two results.
type Delta struct {
	Name, Unit string
	Old, New   benchmath.Summary
	// Change is the share by which the new figure is larger. Of processor time it is that in units of the yardstick.
	Change      float64
	P           float64 // of the same distribution for both
	Significant bool
	Worse       bool // by more than the threshold, and significantly so
	Better      bool // the same the other way
	Counts      bool // Worse is a regression: not a matter of the clock alone, or the rules are strict
}

// Comparison is all figures that two results have both.
type Comparison struct {
	Deltas  []Delta
	OnlyOld []string // series without a partner
	OnlyNew []string
	Few     bool // samples are too few for anything to be significant
}

// Match reports how two results differ in what must be the same: the machine, and the length of samples.
func Match(old, new *Results) error {
	differences := old.Machine.Differences(new.Machine)
	if old.Quick != new.Quick {
		differences = append(differences, fmt.Sprintf("quick: %v against %v", old.Quick, new.Quick))
	}
	if len(differences) == 0 {
		return nil
	}
	return fmt.Errorf("%w (%s)", ErrOther, strings.Join(differences, "; "))
}

// Compare sets two results side by side.
func Compare(old, new *Results, rules Rules) Comparison {
	c := Comparison{Few: true}
	for _, s := range new.Series {
		before := old.Find(s.Name, s.Unit)
		if before == nil {
			c.OnlyNew = append(c.OnlyNew, s.Name+" "+s.Unit)
			continue
		}
		// Four samples of each are the fewest that can prove anything.
		if len(s.Values) >= 4 && len(before.Values) >= 4 {
			c.Few = false
		}
		c.Deltas = append(c.Deltas, rules.delta(before, s))
	}
	for _, s := range old.Series {
		if new.Find(s.Name, s.Unit) == nil {
			c.OnlyOld = append(c.OnlyOld, s.Name+" "+s.Unit)
		}
	}
	return c
}

// Worse are the figures that are worse: those that count, and those of the clock that do not.
func (c Comparison) Worse() (regressions, clock []Delta) {
	for _, d := range c.Deltas {
		switch {
		case d.Worse && d.Counts:
			regressions = append(regressions, d)
		case d.Worse:
			clock = append(clock, d)
		}
	}
	return regressions, clock
}

// delta compares a figure with its predecessor.
func (r Rules) delta(old, new *Series) Delta {
	unit, _ := suite.UnitNamed(new.Unit)
	d := Delta{Name: new.Name, Unit: new.Unit, Old: old.Summary(), New: new.Summary()}
	before, after := old.Values, new.Values
	if unit.Trust == suite.CPU && len(old.Yard) > 0 && len(new.Yard) > 0 {
		before, after = old.perYard(), new.perYard()
	}
	var assume benchmath.Assumption = benchmath.AssumeNothing
	if unit.Trust == suite.Exact {
		assume = benchmath.AssumeExact
	}
	a, b := sample(before), sample(after)
	test := assume.Compare(a, b)
	d.P, d.Significant = test.P, test.P < test.Alpha || test.P == 0 // an exact result has no alpha
	from, to := assume.Summary(a, 0.95).Center, assume.Summary(b, 0.95).Center
	d.Change = change(from, to)
	d.Counts = unit.Trust != suite.Wall || r.Clock
	if d.Significant && unit.Better != 0 && unit.Trust != suite.Tail {
		d.Worse = worse(from, to, unit.Better) > r.Threshold
		d.Better = worse(from, to, unit.Better) < -r.Threshold
	}
	return d
}

// perYard are values in units of the yardstick beside them.
func (s *Series) perYard() []float64 {
	out := make([]float64, len(s.Values))
	for i, v := range s.Values {
		out[i] = v / s.Yard[i]
	}
	return out
}

// change is the share by which to is larger than from.
func change(from, to float64) float64 {
	if from == to {
		return 0
	}
	return (to - from) / math.Abs(from)
}

// worse is the share by which to is worse than from, negative where it is better.
func worse(from, to float64, better int) float64 { return -float64(better) * change(from, to) }
