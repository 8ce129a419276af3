package bench

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/monitor/metrics"
)

// metricNames are those of all metrics of a machine that has a managed heap.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	c := runtime.Default()
	var err error
	if c.ProgramData, err = guests.ELF("bintrees", guests.Params{"depth": 6}); err != nil {
		t.Fatal(err)
	}
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
	families, err := metrics.Registry(metrics.Source{Stats: m.Latest, Report: m.Report}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}

var (
	metricName = regexp.MustCompile(`\bhartwood_[a-z0-9_]+`)
	counterUse = regexp.MustCompile(`(\w+\()?(hartwood_[a-z0-9_]+_total)\b`)
)

// The dashboard for Grafana names metrics that there are, and of counters it shows how fast they grow.
func TestGrafanaNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	there, named := metricNames(t), 0
	for _, name := range metricName.FindAllString(string(text), -1) {
		if named++; !there[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	if named < 20 || len(board.Panels) < 5 {
		t.Errorf("%d panels name %d metrics", len(board.Panels), named)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			for _, use := range counterUse.FindAllStringSubmatch(target.Expr, -1) {
				if use[1] != "rate(" {
					t.Errorf("%s shows the counter %s without a rate", p.Title, use[2])
				}
			}
		}
	}
}
