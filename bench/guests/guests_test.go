package guests_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// start runs a guest with little to do, until it ends or has written until.
func start(t *testing.T, name string, harts int, p guests.Params, until string) (runtime.Result, error) {
	t.Helper()
	w := &watcher{until: until}
	return w.start(t, name, harts, 64*runtime.MiB, p)
}

// start runs a guest with w as its console, until it ends or has written what w waits for.
func (w *watcher) start(t *testing.T, name string, harts int, memory runtime.Size, p guests.Params) (runtime.Result, error) {
	t.Helper()
	program, err := guests.ELF(name, p)
	if err != nil {
		t.Fatal(err)
	}
	cfg := runtime.Default()
	cfg.ProgramData, cfg.Harts, cfg.Memory, cfg.Heap.Verify = program, harts, memory, true
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.seen = cancel
	cfg.Stdout = w
	m, err := runtime.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m.Run(ctx)
}

// watcher is a console that calls seen once a text has been written. One goroutine at a time writes.
type watcher struct {
	text  bytes.Buffer
	until string
	seen  func()
}

func (w *watcher) Write(p []byte) (int, error) {
	w.text.Write(p)
	if w.until != "" && strings.Contains(w.text.String(), w.until) {
		w.seen()
	}
	return len(p), nil
}

func TestGuestsCheckThemselves(t *testing.T) {
	for _, g := range []struct {
		name  string
		harts int
		p     guests.Params
	}{
		{"intloop", 1, guests.Params{"loops": 1000}},
		{"mixed", 2, guests.Params{"rounds": 2}},
		{"calls", 1, guests.Params{"rounds": 1}},
		{"fpdense", 1, guests.Params{"rounds": 1}},
		{"cold", 1, guests.Params{"pages": 10}},
		{"ring", 1, guests.Params{"rounds": 64, "loops": 10}},
		{"ring", 3, guests.Params{"rounds": 63, "loops": 10}},
		{"ring", 64, guests.Params{"rounds": 640, "loops": 10}},
		{"pages", 1, guests.Params{"loads": 1000}},
		{"pages", 1, guests.Params{"loads": 1000, "pages": 2048, "random": 1, "fence": 100}},
		{"pages", 3, guests.Params{"loads": 1000, "level": 1}},
		{"pages", 1, guests.Params{"loads": 1000, "level": 2}},
		{"apart", 1, guests.Params{"loops": 1000}},
		{"apart", 3, guests.Params{"loops": 1000}},
		{"apart", 2, guests.Params{"loops": 5000, "bytes": 1 << 14}},
		{"apart", 3, guests.Params{"loops": 5000, "bytes": 1 << 20, "step": 4160}},
	} {
		t.Run(fmt.Sprintf("%s/harts=%d", g.name, g.harts), func(t *testing.T) {
			res, err := start(t, g.name, g.harts, g.p, "")
			if err != nil || res.ExitCode != 0 {
				t.Errorf("%v with code %d: %v", res.Reason, res.ExitCode, err)
			}
		})
	}
}

var cyclesOf = regexp.MustCompile(`(\d+) cycles`)

// TestHeapGuestsCheckThemselves runs those of the managed heap, small enough for a minute and large enough for many cycles.
func TestHeapGuestsCheckThemselves(t *testing.T) {
	for _, g := range []struct {
		name  string
		harts int
		p     guests.Params
	}{
		{"gcbench", 1, guests.Params{"depth": 12, "floats": 1000, "heap_mib": 2}},
		{"gcbench", 4, guests.Params{"depth": 12, "floats": 1000, "heap_mib": 4}},
		{"bintrees", 1, guests.Params{"depth": 12, "heap_mib": 2}},
		{"bintrees", 4, guests.Params{"depth": 12, "heap_mib": 4}},
		{"mutate", 1, guests.Params{"live_mib": 8, "steps": 400000, "heap_mib": 14}},
		{"mutate", 4, guests.Params{"live_mib": 8, "steps": 400000, "heap_mib": 14}},
		{"live", 3, guests.Params{"live_mib": 16, "cycles": 4, "heap_mib": 32}},
		{"listtest", 4, guests.Params{"items": 100000, "heap_mib": 2}},
		{"scheme", 4, guests.Params{"rounds": 2, "heap_mib": 4}},
	} {
		t.Run(fmt.Sprintf("%s/harts=%d", g.name, g.harts), func(t *testing.T) {
			var console watcher
			res, err := console.start(t, g.name, g.harts, 96*runtime.MiB, g.p)
			if err != nil || res.ExitCode != 0 {
				t.Fatalf("%v with code %d: %v: %s", res.Reason, res.ExitCode, err, &console.text)
			}
			if found, ok := res.Stats.Find("managed_heap.violations"); !ok || found.Number() != 0 {
				t.Errorf("violations:\n%s", measure.Table(res.Stats.Summary()))
			}
			cycles := cyclesOf.FindStringSubmatch(console.text.String())
			if cycles == nil {
				t.Fatalf("it does not say how many cycles there were: %s", &console.text)
			}
			if n, err := strconv.Atoi(cycles[1]); err != nil || n < 1 {
				t.Errorf("there were %s cycles: %s", cycles[1], &console.text)
			}
		})
	}
}

// TestParametersMatter compares the work of one program with two values of a parameter.
func TestParametersMatter(t *testing.T) {
	few, err := start(t, "intloop", 1, guests.Params{"loops": 100}, "")
	if err != nil {
		t.Fatal(err)
	}
	many, err := start(t, "intloop", 1, guests.Params{"loops": 200}, "")
	if err != nil {
		t.Fatal(err)
	}
	// A loop is 11 instructions.
	if d := many.Stats.Instructions - few.Stats.Instructions; d != 1100 {
		t.Errorf("100 loops more are %d instructions more", d)
	}
}

func TestIdleTellsWhenAllWait(t *testing.T) {
	if res, _ := start(t, "idle", 5, nil, "all harts wait\n"); res.Reason != runtime.Cancelled {
		t.Errorf("the guest %v", res.Reason)
	}
}

func TestUnknownNames(t *testing.T) {
	if _, err := guests.ELF("nothing", nil); err == nil {
		t.Error("an unknown guest is no error")
	}
	if _, err := guests.ELF("intloop", guests.Params{"nothing": 1}); err == nil {
		t.Error("an unknown parameter is no error")
	}
}
