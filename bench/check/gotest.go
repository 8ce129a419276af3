package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// silence is how long nothing is shown before a line says what still runs.
const silence = 15 * time.Second

// tests runs a pass's tests and shows each package as it ends.
func (r *run) tests(ctx context.Context, p pass) error {
	all, err := folders(ctx, ".")
	if err != nil {
		return err
	}
	packages := p.packages(all)
	cmd := r.prepare(ctx, p.env, "go", p.args(packages)...)
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	v := newViewer(r.out, len(packages))
	stop := v.watch(silence)
	v.read(events)
	stop()
	r.left.add(v.outcomes)
	err = r.finish(cmd, cmd.Wait())
	if err == nil && len(v.failures) > 0 {
		return fmt.Errorf("go test ended without an error, and some tests failed")
	}
	if err != nil && ctx.Err() == nil && r.again(ctx, p, v.failures) {
		return nil
	}
	return err
}

// event is a line of what `go test -json` prints; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

// viewer shows tests to a person.
type viewer struct {
	out      io.Writer
	packages int // to be tested
	outcomes []outcome
	failures []failure

	mu      sync.Mutex // protects what follows, and out
	ended   int        // packages
	running []*suite
	spoke   time.Time
}

// suite is a package whose tests run.
type suite struct {
	name   string
	test   string              // the latest that began
	output map[string][]string // by test; that of the package itself under ""
	bad    []string            // tests that failed, or had not ended when the package did
}

func newViewer(out io.Writer, packages int) *viewer {
	return &viewer{out: out, packages: packages, spoke: time.Now()}
}

// read takes events until there are no more.
func (v *viewer) read(events io.Reader) {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				v.take(e)
			} else {
				v.say("%s", line) // go's own words
			}
		}
		if err != nil {
			return
		}
	}
}

func (v *viewer) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tell(format, args...)
}

// tell is say. Precondition: mu is held.
func (v *viewer) tell(format string, args ...any) {
	fmt.Fprintf(v.out, format, args...)
	v.spoke = time.Now()
}

func (v *viewer) take(e event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case e.Action == "build-output":
		v.tell("%s", e.Output)
	case e.Package == "": // the end of a build that failed, which the package's own end repeats
	case e.Test == "":
		v.takePackage(e)
	default:
		v.takeTest(e)
	}
}
