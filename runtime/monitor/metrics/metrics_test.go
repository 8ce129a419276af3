package metrics

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// ran is a source of the measurements of two harts that have run to their end.
func ran(t *testing.T) Source {
	t.Helper()
	p := asm.New(runtime.RAMBase).Branch(isa.BNE, asm.A0, asm.Zero, "wait").LI(asm.A1, 100_000)
	p.Label("loop").R(isa.DIV, asm.A2, asm.A1, asm.A1).I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop")
	p.LI(asm.T0, 0x10_0000).LI(asm.T1, 0x5555).S(isa.SW, asm.T1, asm.T0, 0)
	p.Label("wait").Op(isa.WFI).Jump(asm.Zero, "wait")
	c := runtime.Default()
	c.ProgramData, c.Harts = p.Bytes(), 2
	machine, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	m := monitor.New(machine)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	result, err := machine.Run(context.Background())
	if err != nil || result.ExitCode != 0 {
		t.Fatal(result.ExitCode, err)
	}
	if err := m.Ended(result.Stats); err != nil {
		t.Fatal(err)
	}
	return Source{Stats: m.Latest, Report: m.Report}
}

// The names are as Prometheus wants them, with help, and nothing is there twice.
func TestNamesFollowTheConventions(t *testing.T) {
	source := ran(t)
	for _, source.Harts = range []bool{false, true} {
		all := prometheus.NewPedanticRegistry()
		all.MustRegister(&collector{source})
		problems, err := testutil.GatherAndLint(all)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// family is a metric of a source: the first of its values, and all as text.
type family struct {
	name, text string
	first      float64
}

// gathered are the metrics of a source.
func gathered(t *testing.T, source Source) (all []family) {
	t.Helper()
	families, err := Registry(source).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		x := f.GetMetric()[0]
		all = append(all, family{f.GetName(), f.String() + "\n", x.GetCounter().GetValue() + x.GetGauge().GetValue()})
	}
	return all
}

func TestValues(t *testing.T) {
	source := ran(t)
	stats := source.Stats()
	text := func() string {
		var b strings.Builder
		for _, f := range gathered(t, source) {
			b.WriteString(f.text)
		}
		return b.String()
	}
	for path, name := range map[string]string{
		"instructions": "hartwood_instructions_total", "wall_ns": "hartwood_wall_seconds", "tlb_hits.fetch_share": "hartwood_tlb_hit_fetch_ratio",
		"host_memory.ram_bytes": "hartwood_host_memory_ram_bytes", "tlb.walk_samples_ns": "hartwood_tlb_walk_samples_seconds_total",
	} {
		m, ok := stats.Find(path)
		if !ok {
			t.Fatalf("there is no %s", path)
		}
		want := m.Number()
		if strings.HasSuffix(path, "_ns") {
			want /= 1e9
		}
		got, found := 0.0, false
		for _, f := range gathered(t, source) {
			if f.name == name {
				got, found = f.first, true
			}
		}
		if !found || got != want {
			t.Errorf("%s is %v (there: %v), want %v", name, got, found, want)
		}
	}
	without := text()
	if strings.Contains(without, `name:"hart"`) {
		t.Error("there are metrics of single harts, which nobody has asked for")
	}
	source.Harts = true
	if with := text(); !strings.Contains(with, `name:"hart"`) || !strings.Contains(with, "hartwood_hart_instructions_total") {
		t.Error("there are no metrics of single harts")
	}
	if !strings.Contains(without, "hartwood_jit_compiler_wait_seconds") || !strings.Contains(without, "hartwood_figure_beyond_limit") {
		t.Errorf("summaries or verdicts are missing:\n%s", without)
	}
}
