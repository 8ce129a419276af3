package bench

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/suite"
)

// The suites, as `go test -bench` runs them; `hartwood bench` runs the same scenarios.

func BenchmarkJITCompile(b *testing.B)         { scenarios(b) }
func BenchmarkJITCompileParallel(b *testing.B) { scenarios(b) }
func BenchmarkJITPublish(b *testing.B)         { scenarios(b) }
func BenchmarkJITVsInterp(b *testing.B)        { scenarios(b) }
func BenchmarkMMUTranslate(b *testing.B)       { scenarios(b) }
func BenchmarkMMUGuest(b *testing.B)           { scenarios(b) }
func BenchmarkStrategies(b *testing.B)         { scenarios(b) }
func BenchmarkScaling(b *testing.B)            { scenarios(b) }
func BenchmarkIPI(b *testing.B)                { scenarios(b) }
func BenchmarkApart(b *testing.B)              { scenarios(b) }
func BenchmarkHeapMarking(b *testing.B)        { scenarios(b) }
func BenchmarkHeapPauses(b *testing.B)         { scenarios(b) }
func BenchmarkWatching(b *testing.B)           { scenarios(b) }
func BenchmarkKernels(b *testing.B)            { scenarios(b) }

// scenarios runs the scenarios whose name begins with the benchmark's. An iteration is a sample, and a figure the median
// of all; those of a side have its name before the unit: "engine=native:MIPS".
func scenarios(b *testing.B) {
	base := strings.TrimPrefix(b.Name(), "Benchmark")
	o := suite.Options{
		Linux: os.Getenv("HARTWOOD_LINUX"), QEMU: cmp.Or(os.Getenv("QEMU_SYSTEM"), "qemu-system-riscv64"),
	}
	if base == "Kernels" {
		o.Command = command(b)
	}
	for _, s := range suite.All() {
		for _, scenario := range s.Scenarios {
			if first, rest, _ := strings.Cut(scenario.Name, "/"); first == base {
				b.Run(cmp.Or(rest, "all"), func(b *testing.B) { sampled(b, scenario, o) })
			}
		}
	}
}

func sampled(b *testing.B, scenario suite.Scenario, o suite.Options) {
	probe, err := scenario.Open(o)
	if errors.Is(err, suite.ErrMissing) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	if probe.Close != nil {
		b.Cleanup(func() {
			if err := probe.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	samples := map[string][]float64{}
	for b.Loop() {
		figures, err := probe.Sample(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range figures {
			name := f.Unit
			if f.Side != "" {
				name = f.Side + ":" + f.Unit
			}
			samples[name] = append(samples[name], f.Value)
		}
	}
	for name, values := range samples {
		b.ReportMetric(median(values), name)
	}
	only(b)
}

// Every scenario is one of the benchmarks above, and one that `hartwood bench` has in no other suite.
func TestEveryScenarioHasABenchmark(t *testing.T) {
	source, err := os.ReadFile("suites_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, s := range suite.All() {
		if len(s.Scenarios) == 0 {
			t.Errorf("suite %s is empty", s.Name)
		}
		for _, scenario := range s.Scenarios {
			base, _, _ := strings.Cut(scenario.Name, "/")
			if !strings.Contains(string(source), "func Benchmark"+base+"(") {
				t.Errorf("there is no Benchmark%s for %s", base, scenario.Name)
			}
			if slices.Contains(seen, scenario.Name) {
				t.Errorf("%s is there twice", scenario.Name)
			}
			seen = append(seen, scenario.Name)
		}
	}
}
