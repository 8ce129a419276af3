package bench

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
)

// engine is a way to execute guest instructions.
type engine struct {
	name string
	mode runtime.JITMode
}

var engines = []engine{
	{"interp", runtime.JITOff},
	{"native", runtime.JITOn},
}

// onEachEngine runs a benchmark once with each engine.
func onEachEngine(b *testing.B, f func(b *testing.B, e engine)) {
	for _, e := range engines {
		b.Run("engine="+e.name, func(b *testing.B) { f(b, e) })
	}
}

// machineFor returns the configuration that runs a guest program on an engine.
func machineFor(b *testing.B, e engine, name string, p guests.Params) runtime.Config {
	b.Helper()
	program, err := guests.ELF(name, p)
	if err != nil {
		b.Fatal(err)
	}
	cfg := runtime.Default()
	cfg.ProgramData, cfg.JIT.Mode = program, e.mode
	return cfg
}

// execute runs a machine to its end, which must be a good one, and returns its counters. The time to build the machine
// is not part of them.
func execute(b *testing.B, cfg runtime.Config) runtime.Stats {
	b.Helper()
	m, err := runtime.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	res, err := m.Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if res.ExitCode != 0 {
		b.Fatalf("the guest has %v with code %d", res.Reason, res.ExitCode)
	}
	return res.Stats
}

// runUntil runs a machine in the background until its console has shown text. stop ends it and waits for its end.
func runUntil(b *testing.B, cfg runtime.Config, text string) (stop func()) {
	b.Helper()
	console := &console{wanted: text, seen: make(chan struct{})}
	cfg.Stdout = console
	m, err := runtime.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = m.Run(ctx) // an end before stop shows in the console
	}()
	stop = func() {
		cancel()
		<-ended
	}
	select {
	case <-console.seen:
	case <-ended:
		cancel()
		b.Fatalf("the guest ended without %q; the end of its console:\n%s", text, console.tail())
	}
	return stop
}

// console is a guest's output, with a watch for one text.
type console struct {
	wanted string
	seen   chan struct{} // closed once wanted is there

	mu    sync.Mutex
	text  strings.Builder // protected by mu
	found bool            // protected by mu
}

// Write takes a piece of output.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text.Write(p)
	if !c.found && strings.Contains(c.text.String(), c.wanted) {
		c.found = true
		close(c.seen)
	}
	return len(p), nil
}

// tail returns the end of what has been written.
func (c *console) tail() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.text.String()
	return text[max(0, len(text)-2000):]
}

// median returns the middle of the samples, which it sorts.
func median[T cmp.Ordered](samples []T) T {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// only drops the time for each operation from a benchmark's line, where an operation is no measure of anything.
func only(b *testing.B) { b.ReportMetric(0, "ns/op") }
