package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// suiteOf returns what is known of a package whose tests run. Precondition: mu is held.
func (v *viewer) suiteOf(name string) *suite {
	for _, s := range v.running {
		if s.name == name {
			return s
		}
	}
	s := &suite{name: name, output: map[string][]string{}}
	v.running = append(v.running, s)
	return s
}

// takeTest takes an event of one test. Precondition: mu is held.
func (v *viewer) takeTest(e event) {
	s := v.suiteOf(e.Package)
	switch e.Action {
	case "run":
		s.bad = append(s.bad, e.Test)
		if !strings.Contains(e.Test, "/") {
			s.test = e.Test
		}
	case "output":
		s.output[e.Test] = append(s.output[e.Test], e.Output)
	case "pass", "skip":
		s.bad = slices.DeleteFunc(s.bad, func(name string) bool { return name == e.Test })
		if !strings.Contains(e.Test, "/") {
			v.outcomes = append(v.outcomes, outcome{e.Package, e.Test, e.Action == "pass", reason(s.output[e.Test])})
		}
		delete(s.output, e.Test)
	}
}

// takePackage takes an event of a package as a whole. Precondition: mu is held.
func (v *viewer) takePackage(e event) {
	s := v.suiteOf(e.Package)
	switch e.Action {
	case "output":
		s.output[""] = append(s.output[""], e.Output)
	case "pass", "skip", "fail":
		v.ended++
		v.running = slices.DeleteFunc(v.running, func(other *suite) bool { return other == s })
		if e.Action == "fail" {
			v.failures = append(v.failures, s.failure())
			v.tellFailure(s)
		}
		v.tellEnd(s, e)
	}
}

// tellEnd shows the line that go test has for a package, and how many there are. Packages without tests have none.
func (v *viewer) tellEnd(s *suite, e event) {
	line := fmt.Sprintf("FAIL\t%s\t%.3fs", s.name, e.Elapsed)
	for _, said := range s.output[""] {
		if strings.HasPrefix(said, "ok  \t") {
			line = strings.TrimRight(said, "\n")
		} else if strings.HasPrefix(said, "?   \t") {
			return
		}
	}
	v.tell("%s\t%d of %d\n", line, v.ended, v.packages)
}

// tellFailure shows what the failed tests said, then the package: a panic's trace stands there.
func (v *viewer) tellFailure(s *suite) {
	for _, test := range append(s.bad, "") {
		for _, line := range s.output[test] {
			if !strings.HasPrefix(line, "FAIL") { // said at the end
				v.tell("%s", line)
			}
		}
	}
}

// watch says what still runs whenever nothing was shown for the patience given, until the returned function is called.
func (v *viewer) watch(patience time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(patience / 4):
				v.tellRunning(patience)
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (v *viewer) tellRunning(patience time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if time.Since(v.spoke) < patience {
		return
	}
	var names []string
	for _, s := range v.running {
		if s.test != "" {
			names = append(names, fmt.Sprintf("%s (%s)", s.name[strings.LastIndex(s.name, "/")+1:], s.test))
		}
	}
	if len(names) == 0 {
		names = []string{"go compiles"}
	}
	v.tell("\t%d of %d; at work: %s\n", v.ended, v.packages, strings.Join(names, ", "))
}

// reason is what a test said when it was skipped: "    file_test.go:12: why" is the last line but the verdict.
func reason(output []string) string {
	var last string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if _, why, found := strings.Cut(line, "_test.go:"); found {
			_, why, _ = strings.Cut(why, ": ")
			last = why
		}
	}
	return last
}
