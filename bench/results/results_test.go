package results

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"golang.org/x/perf/benchfmt"
)

// made returns results with one series.
func made(unit string, values ...float64) *Results {
	r := New("test", "", true)
	for _, v := range values {
		r.Add("A/b=c", suite.Figure{Unit: unit, Value: v}, 1e6)
	}
	return r
}

// around returns six samples within a percent of v.
func around(v float64) []float64 {
	return []float64{v, v * 1.001, v * 0.999, v * 1.004, v * 0.996, v * 1.002}
}

func TestGate(t *testing.T) {
	strict := Rules{0.05, true}
	for _, test := range []struct {
		name        string
		unit        string
		old, new    []float64
		rules       Rules
		worse, gate bool
	}{
		{"more processor time", "cpu-ns/insn", around(1), around(1.2), DefaultRules(), true, true},
		{"less processor time", "cpu-ns/insn", around(1), around(0.8), DefaultRules(), false, false},
		{"within the threshold", "cpu-ns/insn", around(1), around(1.03), DefaultRules(), false, false},
		{"a threshold of its own", "cpu-ns/insn", around(1), around(1.03), Rules{0.02, false}, true, true},
		{"lower is worse", "x-interp", around(10), around(9), DefaultRules(), true, true},
		{"higher is better", "x-interp", around(10), around(11), DefaultRules(), false, false},
		{"the clock alone", "ns/insn", around(1), around(1.5), DefaultRules(), true, false},
		{"the clock counts", "ns/insn", around(1), around(1.5), strict, true, true},
		{"tails never count", "p99-ns", around(1), around(9), strict, false, false},
		{"neither is better", "cycles", around(1), around(9), strict, false, false},
		{"not significant", "cpu-ns/insn", []float64{1, 1, 1}, []float64{2, 2, 2}, strict, false, false},
		{"noise", "cpu-ns/insn", []float64{1, 2, 3, 4, 5, 6}, []float64{1.2, 2.2, 3.2, 4.2, 5.2, 6.2}, strict, false, false},
		{"exact figures need one sample", "B/insn", []float64{10}, []float64{11}, DefaultRules(), true, true},
		{"exact and equal", "B/insn", []float64{10}, []float64{10}, DefaultRules(), false, false},
		{"from nothing", "exits/Minsn", []float64{0, 0, 0, 0, 0}, []float64{1, 1, 1, 1, 1}, DefaultRules(), true, true},
		{"always nothing", "exits/Minsn", []float64{0, 0, 0, 0, 0}, []float64{0, 0, 0, 0, 0}, DefaultRules(), false, false},
	} {
		c := Compare(made(test.unit, test.old...), made(test.unit, test.new...), test.rules)
		regressions, clock := c.Worse()
		if d := c.Deltas[0]; d.Worse != test.worse || len(regressions) > 0 != test.gate || len(clock) > 0 != (test.worse && !test.gate) {
			t.Errorf("%s: %+v", test.name, d)
		}
	}
}

// A processor that is slower by itself is no regression, as its yardstick is slower too.
func TestProcessorTimeIsMeasuredByTheYardstick(t *testing.T) {
	add := func(value, yard float64) *Results {
		r := New("test", "", true)
		for _, v := range around(value) {
			r.Add("A", suite.Figure{Unit: "cpu-ns/insn", Value: v}, yard)
		}
		return r
	}
	for _, test := range []struct {
		value, yard float64
		worse       int
	}{{2, 2e6, 0}, {2, 1e6, 1}, {1, 0.5e6, 1}, {1.3, 1.2e6, 1}} {
		worse, _ := Compare(add(1, 1e6), add(test.value, test.yard), DefaultRules()).Worse()
		if len(worse) != test.worse {
			t.Errorf("%v beside a yardstick of %v: %v are worse", test.value, test.yard, worse)
		}
	}
	if s := add(1, 3e6).Speed(); s != 3e6 {
		t.Errorf("the yardstick says %v", s)
	}
}

func TestMatchRefusesOtherMachines(t *testing.T) {
	a, b := made("MIPS", 1), made("MIPS", 1)
	if err := Match(a, b); err != nil {
		t.Errorf("one machine is refused: %v", err)
	}
	b.Machine.Kernel, b.Machine.Go = "other", "other"
	if err := Match(a, b); err != nil {
		t.Errorf("another kernel is refused: %v", err)
	}
	for _, change := range []func(*Results){
		func(r *Results) { r.Machine.CPU = "Z80" }, func(r *Results) { r.Machine.Cores = 64 }, func(r *Results) { r.Quick = false },
		func(r *Results) { r.Machine.Memory++ }, func(r *Results) { r.Machine.Arch = "arm64" },
	} {
		b := made("MIPS", 1)
		change(b)
		if err := Match(a, b); !errors.Is(err, ErrOther) {
			t.Errorf("%v is compared with %v", b.Machine, a.Machine)
		}
	}
}

func TestResultsGoThroughFiles(t *testing.T) {
	r := made("MIPS", 1.5, 2.5, 3.25)
	r.Add("A/b=c", suite.Figure{Unit: "B/insn", Value: 36.01}, 1e6)
	r.Add("D", suite.Figure{Side: "e=f", Unit: "%native", Value: 99}, 2e6)
	r.Add("D", suite.Figure{Unit: "MIPS", Value: math.Inf(1)}, 2e6) // is no sample
	path := filepath.Join(t.TempDir(), "r.json")
	if err := hostfile.Replace(path, r.Write); err != nil {
		t.Fatal(err)
	}
	same := func(got *Results) {
		t.Helper()
		for _, s := range r.Series {
			other := got.Find(s.Name, s.Unit)
			if other == nil || fmt.Sprint(other.Values, other.Yard) != fmt.Sprint(s.Values, s.Yard) {
				t.Errorf("%s %s comes back as %v, want %v", s.Name, s.Unit, other, s)
			}
		}
		if len(got.Series) != 3 {
			t.Errorf("%d series come back", len(got.Series))
		}
		if err := Match(r, got); err != nil {
			t.Error(err)
		}
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	same(back)
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	back, err = Parse(text.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	same(back)
	for in := benchfmt.NewReader(&text, "text"); in.Scan(); {
		if bad, ok := in.Result().(*benchfmt.SyntaxError); ok {
			t.Error(bad)
		}
	}
}

func TestDamagedResultsAreRefused(t *testing.T) {
	var whole bytes.Buffer
	if err := made("MIPS", 1, 2).Write(&whole); err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		if !strings.Contains(whole.String(), old) {
			t.Fatalf("there is no %s in %s", old, whole.String())
		}
		return strings.Replace(whole.String(), old, new, 1)
	}
	for name, text := range map[string]string{
		"nothing": "", "cut": whole.String()[:whole.Len()/2], "more": whole.String() + "{}", "no JSON": "hello", "null": "null",
		"version": replace(`"version": 1`, `"version": 2`), "time": replace(`"when": "`, `"when": "x`), "machine": replace(`"cpu"`, `"gpu"`),
		"series": replace(`"series": [`, `"series": [null,`), "unit": replace(`"MIPS"`, `""`), "yard": replace("1000000", "-1"),
		"value": replace("2\n", "1e999\n"), "fewer yards": replace("1000000,", ""), "bench line": "BenchmarkA x 1 MIPS\n",
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTables(t *testing.T) {
	var out bytes.Buffer
	r := made("MIPS", around(1234)...)
	r.Left = []suite.Left{{Scenario: "X", Why: "no kernel"}, {Scenario: "Y", Why: "broke", Failed: true}}
	if err := r.Table(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A/b=c", "1235", "± ", "X left out: no kernel", "Y FAILED: broke"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	old, now := made("cpu-ns/insn", around(1)...), made("cpu-ns/insn", around(2)...)
	old.Add("gone", suite.Figure{Unit: "s", Value: 1}, 0)
	if err := Compare(old, now, DefaultRules()).Table(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+100", "Worse are 1:", "gone s", "p=0.002"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the comparison lacks %q:\n%s", want, out.String())
		}
	}
}
