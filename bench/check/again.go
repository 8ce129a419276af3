package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

const (
	passes   = 3 // in a row and alone, that excuse one failure
	unsteady = 3 // tests of a pass that are excused; more are a fault, and no accident
)

// failure is a package whose tests failed.
type failure struct {
	pkg   string
	tests []string // tests that failed, without their parts
	hard  bool     // it is no accident: a race, a panic, a timeout, a build that failed
}

// hardWords are what the race detector and Go's runtime say. What they have found is there, however rarely.
var hardWords = []string{"WARNING: DATA RACE", "race detected during execution", "panic: ", "fatal error: "}

// failure sums up a package that has failed.
func (s *suite) failure() failure {
	f := failure{pkg: s.name, hard: len(s.bad) == 0}
	for _, test := range s.bad {
		name, _, _ := strings.Cut(test, "/")
		if !slices.Contains(f.tests, name) {
			f.tests = append(f.tests, name)
		}
	}
	for _, lines := range s.output {
		for _, line := range lines {
			f.hard = f.hard || slices.ContainsFunc(hardWords, func(word string) bool { return strings.Contains(line, word) })
		}
	}
	return f
}

// again gives the tests that failed a second chance, each package alone, and tells whether every one took it: tests
// that hold up on a machine with a moment's other work must not hold up a change. They are named at the end of the
// run, to be mended.
func (r *run) again(ctx context.Context, p pass, failures []failure) bool {
	count := 0
	for _, f := range failures {
		if f.hard {
			return false
		}
		count += len(f.tests)
	}
	if count == 0 || count > unsteady {
		return false
	}
	for _, f := range failures {
		fmt.Fprintf(r.out, "once more, %d times and alone: %s of %s\n", passes, strings.Join(f.tests, ", "), f.pkg)
		if err := r.command(ctx, p.env, "go", p.alone(f)...); err != nil {
			return false
		}
		for _, test := range f.tests {
			r.once = append(r.once, f.pkg+"."+test)
		}
	}
	return true
}

// alone are the arguments of go that run a package's failed tests several times.
func (p pass) alone(f failure) []string {
	args := append([]string{"test", "-timeout", timeout}, p.flags...)
	return append(args, fmt.Sprintf("-count=%d", passes), "-failfast", "-run", "^("+strings.Join(f.tests, "|")+")$", f.pkg)
}
