package suite

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/monitor/dashboard"
)

// watcher is a way to watch a machine: begin is called before it runs, and what that returns when it has ended.
type watcher struct {
	name   string
	config func(c *runtime.Config, dir string)
	begin  func(ctx context.Context, m *runtime.Machine) (watch, error)
}

// watch is a machine's being watched.
type watch struct {
	monitor *monitor.Monitor // nil: there is none
	end     func(runtime.Stats) error
}

var watchers = []watcher{
	{"monitor", nil, collect},
	{"page", nil, page},
	{"profile", func(c *runtime.Config, dir string) { c.Profile.CPU = filepath.Join(dir, "profile") }, nil},
}

// collect has a monitor collect, as --report does.
func collect(_ context.Context, m *runtime.Machine) (watch, error) {
	on := monitor.New(m)
	return watch{on, on.Ended}, on.Start()
}

// page serves the dashboard, as --http does, and asks for what it shows as often as an open page.
func page(ctx context.Context, m *runtime.Machine) (watch, error) {
	on := monitor.New(m)
	server, err := dashboard.Serve("127.0.0.1:0", dashboard.Config{Machine: m, Monitor: on, Guest: "benchmark"})
	if err != nil {
		return watch{}, err
	}
	ctx, stop := context.WithCancel(ctx)
	looked := make(chan error, 1)
	go func() { looked <- look(ctx, server.URL()+"state") }()
	end := func(s runtime.Stats) error {
		stop()
		return errors.Join(<-looked, on.Ended(s), server.Close())
	}
	return watch{on, end}, on.Start()
}

// look asks for a state each second.
func look(ctx context.Context, url string) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		got, err := client.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, got.Body)
			err = errors.Join(err, got.Body.Close())
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// watchingScenarios measure what it costs to watch a machine: its processor time, all threads of the process together, for an
// instruction. A sample is four runs of a guest, unwatched, watched, watched and unwatched, so that a host that becomes slower
// meanwhile slows both kinds down.
func watchingScenarios() (all []Scenario) {
	for _, w := range watchers {
		all = append(all, Scenario{Name: "Watching/by=" + w.name, Long: true, Open: w.open})
	}
	return all
}

func (w *watcher) open(o Options) (Probe, error) {
	dir, err := os.MkdirTemp("", "hartwood-bench-")
	if err != nil {
		return Probe{}, err
	}
	cfg, err := guestMachine(native, "mixed", guests.Params{"rounds": o.size(1500, 200)})
	if err != nil {
		return Probe{}, errors.Join(err, os.RemoveAll(dir))
	}
	watched := cfg
	if w.config != nil {
		w.config(&watched, dir)
	}
	return Probe{
		Sample: func(ctx context.Context) ([]Figure, error) {
			var cost [2]float64
			var own []Figure
			for _, i := range []int{0, 1, 1, 0} {
				each, figures, err := costOf(ctx, [2]runtime.Config{cfg, watched}[i], [2]watcher{{}, *w}[i])
				if err != nil {
					return nil, err
				}
				cost[i] += each / 2
				own = append(own, figures...)
			}
			return append(own, Figure{Unit: "%-of-unwatched", Value: 100 * cost[1] / cost[0]}, Figure{Unit: "cpu-ns/insn", Value: cost[1]}), nil
		},
		Close: func() error { return os.RemoveAll(dir) },
	}, nil
}

// costOf is the processor time of an instruction of a run that is watched, in nanoseconds, and what the monitor says that it
// has taken itself.
func costOf(ctx context.Context, cfg runtime.Config, w watcher) (each float64, own []Figure, err error) {
	m, err := runtime.New(cfg)
	if err != nil {
		return 0, nil, err
	}
	before := ProcessorTime()
	on := watch{end: func(runtime.Stats) error { return nil }}
	if w.begin != nil {
		if on, err = w.begin(ctx, m); err != nil {
			return 0, nil, errors.Join(err, m.Close())
		}
	}
	res, err := m.Run(ctx)
	if err = errors.Join(err, on.end(res.Stats)); err != nil {
		return 0, nil, err
	}
	each = float64((ProcessorTime() - before).Nanoseconds()) / float64(res.Stats.Instructions)
	if on.monitor == nil {
		return each, nil, nil
	}
	report, err := on.monitor.Report()
	if err != nil {
		return 0, nil, err
	}
	for _, f := range report.Figures {
		if f.Name == "watching" {
			own = append(own, Figure{Unit: "%-watching", Value: 100 * f.Value})
		}
	}
	return each, own, nil
}
