package results

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"golang.org/x/perf/benchmath"
)

// Version is that of the format. Others are refused.
const Version = 1

// ErrDamaged reports something that is no results, or results that cannot be.
var ErrDamaged = errors.New("these are no whole results")

// Results are the outcome of one run.
type Results struct {
	Version int          `json:"version"`
	Program string       `json:"program"` // what was measured: the version of this program
	Label   string       `json:"label,omitempty"`
	When    string       `json:"when"` // RFC 3339
	Quick   bool         `json:"quick"`
	Machine Machine      `json:"machine"`
	Series  []*Series    `json:"series"`
	Left    []suite.Left `json:"left_out,omitempty"`

	index map[[2]string]*Series
}

// Series are the samples of one figure.
type Series struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"`
	Values []float64 `json:"values"`
	// Yard is what the yardstick said beside each sample, in nanoseconds; empty: nobody knows.
	Yard []float64 `json:"yard,omitempty"`
}

// New returns empty results of this machine.
func New(program, label string, quick bool) *Results {
	return &Results{Version: Version, Program: program, Label: label, Quick: quick,
		When: time.Now().UTC().Format(time.RFC3339), Machine: ThisMachine()}
}

// Add appends a sample to the series of its name and unit. A yard of 0 is none. A ratio to nothing is no sample.
func (r *Results) Add(scenario string, f suite.Figure, yard float64) {
	if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
		return
	}
	name := scenario
	if f.Side != "" {
		name += "/" + f.Side
	}
	s := r.Find(name, f.Unit)
	if s == nil {
		s = &Series{Name: name, Unit: f.Unit}
		r.Series = append(r.Series, s)
		r.index[[2]string{name, f.Unit}] = s
	}
	s.Values = append(s.Values, f.Value)
	if yard > 0 {
		s.Yard = append(s.Yard, yard)
	}
}

// Find returns the series of a name and a unit, or nil.
func (r *Results) Find(name, unit string) *Series {
	if r.index == nil {
		r.index = map[[2]string]*Series{}
		for _, s := range r.Series {
			r.index[[2]string{s.Name, s.Unit}] = s
		}
	}
	return r.index[[2]string{name, unit}]
}

// The limits of what is read: no run comes near.
const (
	maxSeries  = 20_000
	maxSamples = 10_000
	maxText    = 500
)

// check says whether results that were read can be.
func (r *Results) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
	}
	if r.Version != Version {
		return bad("they are of version %d; this program writes and reads version %d", r.Version, Version)
	}
	if len(r.Series) == 0 || len(r.Series) > maxSeries {
		return bad("there are %d series", len(r.Series))
	}
	if _, err := time.Parse(time.RFC3339, r.When); err != nil {
		return bad("%q is no time", r.When)
	}
	if r.Machine.CPU == "" || r.Machine.Arch == "" {
		return bad("they do not say which machine they are of")
	}
	for _, s := range r.Series {
		switch {
		case s == nil:
			return bad("a series is missing")
		case s.Name == "" || s.Unit == "" || len(s.Name)+len(s.Unit) > maxText:
			return bad("a series has the name %.100q and the unit %.100q", s.Name, s.Unit)
		case len(s.Values) == 0 || len(s.Values) > maxSamples:
			return bad("%s has %d samples", s.Name, len(s.Values))
		case len(s.Yard) != 0 && len(s.Yard) != len(s.Values):
			return bad("%s has %d samples and %d of the yardstick", s.Name, len(s.Values), len(s.Yard))
		}
		for i, v := range s.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return bad("%s has %v %s", s.Name, v, s.Unit)
			}
			if len(s.Yard) > 0 && !(s.Yard[i] > 0) {
				return bad("%s has a yardstick of %v ns", s.Name, s.Yard[i])
			}
		}
	}
	return nil
}

// Summary returns the median of a series and its 95 % confidence interval.
func (s *Series) Summary() benchmath.Summary {
	return benchmath.AssumeNothing.Summary(sample(s.Values), 0.95)
}

// sample makes a sample; that of the library sorts what it is given.
func sample(values []float64) *benchmath.Sample {
	t := benchmath.DefaultThresholds
	return benchmath.NewSample(append([]float64(nil), values...), &t)
}

// Speed is the median of what the yardstick said, in nanoseconds; 0: it was never asked.
func (r *Results) Speed() float64 {
	var all []float64
	for _, s := range r.Series {
		all = append(all, s.Yard...)
	}
	if len(all) == 0 {
		return 0
	}
	return benchmath.AssumeNothing.Summary(sample(all), 0.95).Center
}
