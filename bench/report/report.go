package report

import (
	_ "embed"
	"errors"
	"html/template"
	"io"
	"math"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
)

//go:embed page.html
var page string

var layout = template.Must(template.New("page").Parse(page))

// ErrEmpty reports a history without runs.
var ErrEmpty = errors.New("there is no run to report")

// Runs is how many runs a trend has at most.
const Runs = 100

type document struct {
	Program, When, Machine, Before string
	Count                          int
	Worse                          []row
	Scenarios                      []scenario
	Left                           []suite.Left
}

type scenario struct {
	ID, Name string
	Rows     []row
	Plots    []template.HTML
}

type row struct {
	Name, Unit, Help, Value, Spread, Change, Verdict string
}

// Write writes the report of the newest of runs, which is the last.
func Write(w io.Writer, runs []*results.Results, rules results.Rules) error {
	if len(runs) == 0 {
		return ErrEmpty
	}
	newest := runs[len(runs)-1]
	d := document{Program: newest.Program, When: newest.When, Machine: newest.Machine.String(), Count: len(runs), Left: newest.Left}
	changes := map[[2]string]results.Delta{}
	if len(runs) > 1 {
		before := runs[len(runs)-2]
		d.Before = before.When
		for _, delta := range results.Compare(before, newest, rules).Deltas {
			changes[[2]string{delta.Name, delta.Unit}] = delta
		}
	}
	for _, s := range newest.Series {
		if n := len(d.Scenarios); n == 0 || d.Scenarios[n-1].Name != s.Name {
			d.Scenarios = append(d.Scenarios, scenario{ID: anchor(s.Name), Name: s.Name})
		}
		at := &d.Scenarios[len(d.Scenarios)-1]
		delta, known := changes[[2]string{s.Name, s.Unit}]
		r := rowOf(s, delta, known)
		at.Rows = append(at.Rows, r)
		if r.Verdict == "worse" {
			d.Worse = append(d.Worse, r)
		}
		plots, err := plotsOf(s, runs)
		if err != nil {
			return err
		}
		at.Plots = append(at.Plots, plots...)
	}
	return layout.Execute(w, d)
}

// anchor is a name as a fragment of an address.
func anchor(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name)
}

func rowOf(s *results.Series, delta results.Delta, known bool) row {
	unit, _ := suite.UnitNamed(s.Unit)
	sum := s.Summary()
	r := row{Name: s.Name, Unit: s.Unit, Help: unit.Help, Value: results.Number(sum.Center), Spread: sum.PctRangeString()}
	if math.IsInf(sum.Lo, 0) {
		r.Spread = ""
	}
	if known {
		r.Change, r.Verdict = delta.Words()
	}
	return r
}

// plotsOf are the distribution of a figure and its trend, of those for which a plot tells something.
func plotsOf(s *results.Series, runs []*results.Results) (plots []template.HTML, err error) {
	unit, _ := suite.UnitNamed(s.Unit)
	if unit.Better == 0 || unit.Trust == suite.Tail {
		return nil, nil
	}
	if spread(s.Values) && len(s.Values) >= 4 {
		svg, err := distribution(s)
		if err != nil {
			return nil, err
		}
		plots = append(plots, svg)
	}
	var medians []float64
	var labels []string
	for _, r := range runs {
		if other := r.Find(s.Name, s.Unit); other != nil {
			medians = append(medians, other.Summary().Center)
			labels = append(labels, r.When[:10])
		}
	}
	if len(medians) >= 2 {
		svg, err := trend(s, labels, medians)
		if err != nil {
			return nil, err
		}
		plots = append(plots, svg)
	}
	return plots, nil
}

// spread reports whether the samples differ.
func spread(values []float64) bool {
	for _, v := range values {
		if v != values[0] {
			return true
		}
	}
	return false
}
