package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// step is one thing that is checked. It writes what went wrong, and how far it is, to the run's output.
type step struct {
	name  string
	does  string
	usual time.Duration // on two processors with a warm cache, until this machine has a figure of its own
	run   func(ctx context.Context, r *run) error
}

const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"

// lints are all checks but those that want comments in a fixed form, that refuse names in capitals (CSRs and opcodes
// have theirs), and that take the letters and zero fields of an encoding for mistakes.
const lints = "all,-ST1000,-ST1003,-ST1020,-ST1021,-ST1022,-SA4000,-SA4016"

// arm64 is the other host that the code is for. Tests run on the machine's own.
var arm64 = []string{"CGO_ENABLED=0", "GOARCH=arm64"}

// steps is a function's answer because a step refers to the passes, and they to steps' names.
var steps = []step{
	{"format", "every Go file is as gofmt writes it", 2 * time.Second, format},
	{"vet", "go vet finds nothing", 5 * time.Second, func(ctx context.Context, r *run) error {
		return r.command(ctx, nil, "go", "vet", "./...")
	}},
	{"lint", "staticcheck finds nothing", 15 * time.Second, func(ctx context.Context, r *run) error {
		return r.command(ctx, nil, "go", "run", staticcheck, "-checks", lints, "./...")
	}},
	{"portable", "everything builds for arm64, and go vet finds nothing there", 10 * time.Second, portable},
	{"short", "every package's tests, the long ones left out or cut short", 40 * time.Second, func(ctx context.Context, r *run) error {
		return r.tests(ctx, short)
	}},
	{"unit", "every package's tests", 100 * time.Second, func(ctx context.Context, r *run) error {
		return r.tests(ctx, unit)
	}},
	{"race", "the tests of what is concurrent, with the race detector", 100 * time.Second, raceStep},
	{"linux", "the tests in Debian's kernel, whose files $HARTWOOD_LINUX has", 300 * time.Second, func(ctx context.Context, r *run) error {
		return r.tests(ctx, linux)
	}},
}

func stepNamed(name string) (step, bool) {
	for _, s := range steps {
		if s.name == name {
			return s, true
		}
	}
	return step{}, false
}

func format(ctx context.Context, r *run) error {
	dirs, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "./...").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	files, err := exec.CommandContext(ctx, "gofmt", append([]string{"-l"}, strings.Fields(string(dirs))...)...).CombinedOutput()
	if len(files) > 0 {
		fmt.Fprintf(r.out, "%s", files)
		return errors.New("these files are not formatted; 'gofmt -w FILE' does it")
	}
	return err
}

func portable(ctx context.Context, r *run) error {
	if err := r.command(ctx, arm64, "go", "build", "./..."); err != nil {
		return err
	}
	return r.command(ctx, arm64, "go", "vet", "./...")
}

// raceStep leaves the tests out on a machine without a C compiler, which the race detector needs.
func raceStep(ctx context.Context, r *run) error {
	cc, err := exec.CommandContext(ctx, "go", "env", "CC").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	if _, err := exec.LookPath(strings.TrimSpace(string(cc))); err != nil {
		fmt.Fprintf(r.out, "left out: there is no C compiler\n")
		return nil
	}
	return r.tests(ctx, race)
}
