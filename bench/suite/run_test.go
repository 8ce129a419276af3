package suite

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake is a scenario that gives its samples' numbers, from 1 on.
func fake(name string, order *[]string, fail error) Scenario {
	return Scenario{Name: name, Open: func(Options) (Probe, error) {
		n := 0.0
		return probe(func(context.Context) ([]Figure, error) {
			n++
			*order = append(*order, name)
			return []Figure{{Unit: "MIPS", Value: n}}, fail
		})
	}}
}

func TestRoundsTakeTurns(t *testing.T) {
	var order []string
	a, b, c := fake("A", &order, nil), fake("B", &order, nil), fake("C", &order, errors.New("broke"))
	b.Rounds = 1
	missing := Scenario{Name: "M", Open: func(Options) (Probe, error) { return Probe{}, ErrMissing }}
	long := fake("L", &order, nil)
	long.Long = true
	var figures []float64
	var told []Progress
	p := Plan{
		Suites: []Suite{{Scenarios: []Scenario{a, b, missing}}, {Scenarios: []Scenario{a, c, long}}}, Rounds: 3,
		Options: Options{Quick: true},
		Tell:    func(p Progress) { told = append(told, p) },
		Add: func(name string, f Figure, yard float64) {
			if name == "A" {
				figures = append(figures, f.Value)
			}
			if yard <= 0 {
				t.Errorf("the yardstick beside %s says %v", name, yard)
			}
		},
	}
	rounds, left, err := p.Run(t.Context())
	if err != nil || rounds != 3 {
		t.Fatal(rounds, err)
	}
	if got := strings.Join(order, ""); got != "ABCAA" {
		t.Errorf("samples in the order %s, want ABC and twice A", got)
	}
	if !slices.Equal(figures, []float64{1, 2, 3}) {
		t.Errorf("A has the figures %v", figures)
	}
	if len(left) != 2 || left[0].Scenario != "M" || left[0].Failed || left[1].Scenario != "C" || !left[1].Failed {
		t.Errorf("left out: %v", left)
	}
	if last := told[len(told)-1]; last.Round != 3 || last.Left <= 0 {
		t.Errorf("the last sample is told as %+v", last)
	}
}

func TestPlansWithoutScenarios(t *testing.T) {
	var order []string
	p := Plan{Suites: []Suite{{Scenarios: []Scenario{fake("A", &order, nil)}}}, Only: regexp.MustCompile("B"), Rounds: 1}
	if _, _, err := p.Run(t.Context()); !errors.Is(err, ErrNothing) {
		t.Errorf("a name that nothing has gives %v", err)
	}
	if _, err := Named("gc", "nonsense"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown suite gives %v", err)
	}
}

// No round begins that would not end in time, but for the first.
func TestRoundsEndInTime(t *testing.T) {
	for within, want := range map[time.Duration]int{0: 5, 1: 1, 35 * time.Second: 3, 60 * time.Second: 5} {
		now, samples := time.Unix(0, 0), 0
		slow := Scenario{Name: "A", Open: func(Options) (Probe, error) {
			return probe(func(context.Context) ([]Figure, error) {
				samples++
				now = now.Add(10 * time.Second)
				return nil, nil
			})
		}}
		once := slow
		once.Name, once.Rounds = "B", 1
		p := Plan{Suites: []Suite{{Scenarios: []Scenario{slow}}}, Rounds: 5, Within: within, now: func() time.Time { return now }}
		if rounds, _, err := p.Run(t.Context()); err != nil || rounds != want || samples != want {
			t.Errorf("within %v: %d rounds of %d samples (%v), want %d", within, rounds, samples, err, want)
		}
		p.Suites[0].Scenarios = append(p.Suites[0].Scenarios, once) // which is not in the rounds to come
		now, samples = time.Unix(0, 0), 0
		if rounds, _, err := p.Run(t.Context()); err != nil || within == 35*time.Second && rounds != 2 {
			t.Errorf("within %v, with one that is taken once: %d rounds (%v), want 2", within, rounds, err)
		}
	}
}

func TestCancelledPlanStops(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	closed := false
	s := Scenario{Name: "A", Open: func(Options) (Probe, error) {
		return Probe{
			Sample: func(context.Context) ([]Figure, error) { cancel(cause); return nil, nil },
			Close:  func() error { closed = true; return nil },
		}, nil
	}}
	p := Plan{Suites: []Suite{{Scenarios: []Scenario{s}}}, Rounds: 1000}
	if _, _, err := p.Run(ctx); !errors.Is(err, cause) || !closed {
		t.Errorf("a cancelled plan gives %v, closed: %v", err, closed)
	}
}

func TestUnitsAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range Units() {
		if seen[u.Name] || u.Name == "" || u.Help == "" || strings.ContainsAny(u.Name, " \t") {
			t.Errorf("the unit %+v is there twice, or says too little", u)
		}
		seen[u.Name] = true
	}
}

// TestFigures takes a short sample of a scenario of each suite that needs nothing else.
func TestFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("runs guests for seconds")
	}
	wanted := regexp.MustCompile(`^(JITCompile/code=guests/size=small|JITPublish/code=guests|JITCompileParallel/code=guests|` +
		`JITVsInterp/program=cold-start|MMUTranslate/(warm|cold|pages=1G)|Scaling/engine=native/harts=(2|64)|IPI/harts=2|Apart/work=integer|` +
		`HeapMarking/workers=1|HeapPauses/harts=2|Watching/by=(monitor|page|profile))$`)
	suites := All()
	for i := range suites {
		for j := range suites[i].Scenarios { // the short form of those that quick runs leave out
			suites[i].Scenarios[j].Long = false
		}
	}
	got := map[string]float64{}
	p := Plan{Suites: suites, Only: wanted, Options: Options{Quick: true}, Rounds: 1, Add: func(name string, f Figure, _ float64) {
		if f.Value < 0 || f.Value != f.Value {
			t.Errorf("%s %s has %v %s", name, f.Side, f.Value, f.Unit)
		}
		got[name+" "+f.Side+" "+f.Unit] = f.Value
	}}
	if _, left, err := p.Run(t.Context()); err != nil || len(left) > 0 {
		t.Fatalf("left out %v, error %v", left, err)
	}
	for name, limits := range map[string][2]float64{
		"MMUTranslate/warm prefetch=true %L1-hits":  {99, 100},
		"MMUTranslate/cold prefetch=false %L1-hits": {0, 1},
		"HeapPauses/harts=2  cycles":                {1, 1000},
		"Apart/work=integer  cpu/insn-ratio":        {0.2, 20},
	} {
		if v, ok := got[name]; !ok || v < limits[0] || v > limits[1] {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, limits)
		}
	}
}
