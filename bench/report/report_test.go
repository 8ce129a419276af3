package report

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
)

func run(factor float64) *results.Results {
	r := results.New("test <script>", "", false)
	for _, v := range []float64{1, 1.01, 0.99, 1.02, 0.98, 1.005} {
		r.Add("A/b=c", suite.Figure{Unit: "cpu-ns/insn", Value: v * factor}, 1e6)
		r.Add("A/b=c", suite.Figure{Unit: "B/insn", Value: 36}, 1e6)
		r.Add("A/<img>", suite.Figure{Unit: "<b>", Value: v}, 1e6)
	}
	r.Left = []suite.Left{{Scenario: "K", Why: "no kernel"}}
	return r
}

// external is what makes a page ask for something else.
var external = regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|image|use)\b|@import|url\(\s*['"]?(https?:|//|data:)|\b(src|href|srcset)\s*=`)

func TestReportIsOneFile(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, []*results.Results{run(1), run(1), run(2)}, results.DefaultRules()); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if found := external.FindString(text); found != "" {
		t.Errorf("the report has %q", found)
	}
	for _, want := range []string{"Worse than before", "&#43;100", "cpu-ns/insn, samples", "cpu-ns/insn, runs", "no kernel", "3 runs", `<svg width="380" height="200"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if strings.Contains(text, "B/insn, samples") {
		t.Error("a figure that is always the same has a distribution")
	}
	if !strings.Contains(text, "&lt;script&gt;") || strings.Contains(text, "<b>") {
		t.Error("names are not escaped")
	}
}

func TestReportOfOneRun(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, []*results.Results{run(1)}, results.DefaultRules()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "before") || strings.Contains(out.String(), ", runs") {
		t.Error("a single run is compared")
	}
	if err := Write(&out, nil, results.DefaultRules()); !errors.Is(err, ErrEmpty) {
		t.Errorf("no run gives %v", err)
	}
}

// A distribution says which values it is of: here the middles of the first and the last bar.
func TestDistributionHasValues(t *testing.T) {
	s := &results.Series{Name: "A", Unit: "MIPS", Values: []float64{100, 100, 130, 180}}
	got, err := distribution(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">105<", ">175<"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the plot lacks %q:\n%s", want, got)
		}
	}
	for _, odd := range [][]float64{{1, 1}, {-1.7e308, 1.7e308}, {0, 5e-324}} {
		if _, err := distribution(&results.Series{Unit: "MIPS", Values: odd}); err != nil {
			t.Errorf("%v: %v", odd, err)
		}
	}
}
