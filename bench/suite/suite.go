package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrMissing is why a scenario cannot run here: something that it needs is not installed.
var ErrMissing = errors.New("not here")

// ErrUnknown reports a suite that there is none of.
var ErrUnknown = errors.New("unknown suite")

// Options are what a scenario wants to know of its surroundings.
type Options struct {
	// Quick makes samples short. Figures of short samples are noisier, and never compared with those of long ones.
	Quick bool
	// Linux is a folder with a kernel for the scenarios that need one, "" for none.
	Linux string
	// Command is the path of the command hartwood, "": scenarios that want it in a process of its own are left out.
	Command string
	// QEMU is the name or path of QEMU's system emulator.
	QEMU string
}

// size returns the one of two amounts of work that is wanted.
func (o Options) size(full, quick uint64) uint64 {
	if o.Quick {
		return quick
	}
	return full
}

// Figure is one measured value.
type Figure struct {
	Side  string // of the scenario: "engine=native", "" for the scenario as a whole
	Unit  string // of the table of units
	Value float64
}

// Probe is a scenario that has been opened.
type Probe struct {
	Sample func(ctx context.Context) ([]Figure, error)
	Close  func() error // nil: nothing to close
}

// Scenario is one thing that is measured.
type Scenario struct {
	Name   string // in the style of Go's benchmarks: "JITVsInterp/program=mixed"
	Open   func(o Options) (Probe, error)
	Rounds int  // at most so many are worth their time; 0: as many as wanted
	Long   bool // left out of quick runs
}

// Suite is scenarios that belong together.
type Suite struct {
	Name      string
	Title     string
	Scenarios []Scenario
}

// All returns the suites.
func All() []Suite {
	return []Suite{
		{"jit_compile", "the quick tier's compiler, and the way from a request to published code", slices.Concat(compileScenarios(), publishScenarios())},
		{"jit_vs_interp", "the same programs interpreted and compiled", engineScenarios()},
		{"mmu_translate", "address translation by itself and in a guest", slices.Concat(translateScenarios(), guestScenarios(), strategyScenarios())},
		{"vcpu_scaling", "one amount of work on 1 to 4,095 harts, IPIs, and harts that share nothing", scalingScenarios()},
		{"parallel_compile", "compilation on 1 to all processors", parallelScenarios()},
		{"gc", "the managed heap: marking, pauses, ways to safe points", heapScenarios()},
		{"watching", "what it costs to have a machine watched: by the monitor, by an open page, by a profile", watchingScenarios()},
		{"kernels", "programs beside QEMU and the host, where those are installed", kernelScenarios()},
	}
}

// Named returns the suites with these names, in the order of All; all of them for no name.
func Named(names ...string) ([]Suite, error) {
	all := All()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(s Suite) bool { return s.Name == name }) {
			return nil, fmt.Errorf("%w %q; there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(s Suite) bool { return !slices.Contains(names, s.Name) }), nil
}

// Names returns the names of all suites.
func Names() (names []string) {
	for _, s := range All() {
		names = append(names, s.Name)
	}
	return names
}

// probe wraps a function that needs neither opening nor closing.
func probe(sample func(ctx context.Context) ([]Figure, error)) (Probe, error) {
	return Probe{Sample: sample}, nil
}

// side gives figures the name of the contestant they are of.
func side(name string, figures []Figure) []Figure {
	for i := range figures {
		figures[i].Side = name
	}
	return figures
}
