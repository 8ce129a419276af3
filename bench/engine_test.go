package bench

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/runtime"
)

// onEachEngine runs a benchmark once with each engine.
func onEachEngine(b *testing.B, f func(b *testing.B, e suite.Engine)) {
	for _, e := range suite.Engines() {
		b.Run("engine="+e.Name, func(b *testing.B) { f(b, e) })
	}
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
