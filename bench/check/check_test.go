package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// view gives lines of `go test -json` to a viewer of three packages.
func view(t *testing.T, lines ...string) (string, *viewer) {
	t.Helper()
	var out strings.Builder
	v := newViewer(&out, 3)
	v.read(strings.NewReader(strings.Join(lines, "\n") + "\n"))
	return out.String(), v
}

func TestPackagesAreShownAsTheyEnd(t *testing.T) {
	got, v := view(t,
		`{"Action":"start","Package":"m/a"}`,
		`{"Action":"run","Package":"m/a","Test":"TestA"}`,
		`{"Action":"output","Package":"m/a","Test":"TestA","Output":"chatter\n"}`,
		`{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0.1}`,
		`{"Action":"run","Package":"m/a","Test":"TestB"}`,
		`{"Action":"output","Package":"m/a","Test":"TestB","Output":"    b_test.go:7: there is no compiler\n"}`,
		`{"Action":"output","Package":"m/a","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}`,
		`{"Action":"skip","Package":"m/a","Test":"TestB","Elapsed":0}`,
		`{"Action":"output","Package":"m/a","Output":"PASS\n"}`,
		`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.120s\n"}`,
		`{"Action":"pass","Package":"m/a","Elapsed":0.12}`,
		`{"Action":"output","Package":"m/none","Output":"?   \tm/none\t[no test files]\n"}`,
		`{"Action":"skip","Package":"m/none","Elapsed":0}`)
	if got != "ok  \tm/a\t0.120s\t1 of 3\n" {
		t.Errorf("shown:\n%s", got)
	}
	var out strings.Builder
	l := left{}
	l.add(v.outcomes)
	l.tell(&out)
	if out.String() != "left out: a.TestB: there is no compiler\n" || len(v.failures) > 0 {
		t.Errorf("failed %v; left out:\n%s", v.failures, out.String())
	}
	l.add([]outcome{{"m/a", "TestB", true, ""}}) // another pass runs it
	l.add([]outcome{{"m/a", "TestB", false, "x"}})
	out.Reset()
	if l.tell(&out); out.Len() > 0 {
		t.Errorf("a test that one pass has run is left out:\n%s", out.String())
	}
}

func TestFailuresAreShown(t *testing.T) {
	got, v := view(t,
		`{"ImportPath":"m/broken","Action":"build-output","Output":"# m/broken\nx.go:1:1: syntax error\n"}`,
		`{"ImportPath":"m/broken","Action":"build-fail"}`,
		`{"Action":"output","Package":"m/broken","Output":"FAIL\tm/broken [build failed]\n"}`,
		`{"Action":"fail","Package":"m/broken","Elapsed":0,"FailedBuild":"m/broken"}`,
		`{"Action":"run","Package":"m/a","Test":"TestGood"}`,
		`{"Action":"output","Package":"m/a","Test":"TestGood","Output":"good chatter\n"}`,
		`{"Action":"pass","Package":"m/a","Test":"TestGood"}`,
		`{"Action":"run","Package":"m/a","Test":"TestBad"}`,
		`{"Action":"run","Package":"m/a","Test":"TestBad/sub"}`,
		`{"Action":"output","Package":"m/a","Test":"TestBad/sub","Output":"    a_test.go:3: 1 is not 2\n"}`,
		`{"Action":"fail","Package":"m/a","Test":"TestBad/sub"}`,
		`{"Action":"fail","Package":"m/a","Test":"TestBad"}`,
		`{"Action":"run","Package":"m/a","Test":"TestCut"}`,
		`{"Action":"output","Package":"m/a","Test":"TestCut","Output":"panic: oh\n"}`,
		`{"Action":"output","Package":"m/a","Output":"exit status 2\n"}`,
		`{"Action":"fail","Package":"m/a","Elapsed":1.5}`)
	for _, want := range []string{"x.go:1:1: syntax error\n", "a_test.go:3: 1 is not 2\n", "panic: oh\n", "exit status 2\n", "FAIL\tm/a\t1.500s\t2 of 3\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if strings.Contains(got, "good chatter") || len(v.failures) != 2 {
		t.Errorf("failed %v; shown:\n%s", v.failures, got)
	}
}

func TestSilenceIsBroken(t *testing.T) {
	v := newViewer(new(strings.Builder), 3)
	v.tellRunning(0)
	_, w := view(t, `{"Action":"run","Package":"m/a","Test":"TestSlow"}`, `{"Action":"run","Package":"m/a","Test":"TestSlow/one"}`)
	w.tellRunning(time.Hour)
	w.tellRunning(0)
	got := v.out.(*strings.Builder).String() + w.out.(*strings.Builder).String()
	if got != "\t0 of 3; at work: go compiles\n\t0 of 3; at work: a (TestSlow)\n" {
		t.Errorf("said %q", got)
	}
}

// A real package goes through go itself: this one's own argument test.
func TestGoTestIsUnderstood(t *testing.T) {
	var out strings.Builder
	r := newRun(&out, filepath.Join(t.TempDir(), "usual.json"))
	p := pass{flags: []string{"-run", "^TestArguments$"}, takes: func(f folder) bool { return strings.HasSuffix(f.ImportPath, "/bench/check") }}
	if err := r.tests(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "ok  \tgithub.com/hartwood-vm/hartwood/bench/check\t") || !strings.Contains(out.String(), "\t1 of 1\n") || r.cpu <= 0 {
		t.Errorf("processor time %v, shown %q", r.cpu, out.String())
	}
	if o := r.left["github.com/hartwood-vm/hartwood/bench/check.TestArguments"]; !o.ran {
		t.Errorf("the test is not known to have run: %+v", r.left)
	}
}

func TestStepsSayWhatAndHowLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "usual.json")
	good := step{"good", "does well", 4 * time.Second, func(context.Context, *run) error { return nil }}
	bad := step{"bad", "fails", time.Second, func(context.Context, *run) error { return errors.New("no luck") }}
	var out strings.Builder
	if !newRun(&out, path).all(t.Context(), []step{good}) {
		t.Errorf("a good step fails:\n%s", out.String())
	}
	if !strings.HasPrefix(out.String(), "1/1 good: does well (usually 4s)\n1/1 good: good after 0s, 0s of processor time\n") {
		t.Errorf("shown:\n%s", out.String())
	}
	out.Reset()
	if newRun(&out, path).all(t.Context(), []step{good, bad, good}) {
		t.Error("a bad step is good")
	}
	// The file has been learned from, and what comes behind a failure is not begun.
	if got := out.String(); !strings.HasPrefix(got, "1/3 good: does well (usually 2s)\n") || !strings.HasSuffix(got, ": no luck\n") {
		t.Errorf("shown:\n%s", got)
	}
	os.WriteFile(path, []byte("{"), 0o644)
	if got := readUsual(path).of(good); got != 4*time.Second {
		t.Errorf("a broken file makes %v usual", got)
	}
}

func TestChoose(t *testing.T) {
	if _, err := choose([]string{"format", "nothing"}); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("a step that is none: %v", err)
	}
	if _, err := choose(nil); err == nil {
		t.Error("no step is no error")
	}
	for _, s := range steps {
		if got, err := choose([]string{s.name}); err != nil || got[0].name != s.name || !strings.Contains(usage(), s.does) {
			t.Errorf("step %s is not to be had: %v", s.name, err)
		}
	}
}
