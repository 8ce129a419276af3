package jitworker

import (
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure/measuretest"
)

// TestMeasures finds figures that are not described.
func TestMeasures(t *testing.T) {
	s := Stats{LastFailures: []Failure{{Place: 1, Message: "no"}}}
	faults := measuretest.Fields(&s, s.Measures(), "Compile", "LastFailures")
	var compile []measure.Measure
	for _, g := range s.Groups() {
		if g.Name == "compile" {
			compile = append(compile, g.Measures...)
		}
	}
	for i := range compile {
		compile[i].Name = s.Compile.classes()[i].name // the label tells them apart
	}
	faults = append(faults, measuretest.Fields(&s.Compile, compile)...)
	all := measure.Group{Name: "compiler", Help: "all", Measures: s.Measures(), Groups: s.Groups()}
	for _, fault := range append(faults, measuretest.Group(&all)...) {
		t.Error(fault)
	}
}

func TestSummary(t *testing.T) {
	s := Stats{Compiled: 1500, Threshold: 82, LastFailures: []Failure{{Place: 1, Message: "old"}, {Place: 0x80, Message: "new\nwhere"}}}
	s.Compile.Large.Count = 1
	text := measure.Table(append(s.Summary(7), s.SummarizeFailure()...))
	for _, says := range []string{"1.50 k blocks", "7 of them anew", "compile time  large 0s", "threshold 82", "last failure  block 0x80: new\n"} {
		if !strings.Contains(text, says) {
			t.Errorf("%q does not say %q", text, says)
		}
	}
	if strings.Contains(text, "small") {
		t.Errorf("%q tells the times of a size that did not occur", text)
	}
}
