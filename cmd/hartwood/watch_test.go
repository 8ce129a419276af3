package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A report is written in each of its forms, in place of what was there, and its advice is an option of this command.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"r.html", "r.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := runCommand(t, dir, "run", "--jit", "off", "--report", name); got.code != 0 {
			t.Fatalf("exit code %d: %s", got.code, got.stderr)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "r.html"))
	if err != nil || !bytes.HasPrefix(page, []byte("<!DOCTYPE html>")) || !bytes.Contains(page, []byte("<code>--jit=on</code>")) {
		t.Errorf("%v: %.500s", err, page)
	}
	var got struct {
		Guest  string
		Advice []struct {
			Figure string
			Advice []struct {
				Changes []struct{ Option, Value string }
			}
		}
		Figures []struct{ Name, Text, Verdict string }
	}
	text, err := os.ReadFile(filepath.Join(dir, "r.json"))
	if err != nil || json.Unmarshal(text, &got) != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if got.Guest != "the embedded guest" || len(got.Figures) == 0 || len(got.Advice) == 0 || got.Advice[0].Figure != "execution" {
		t.Fatalf("%+v", got)
	}
	if x := got.Advice[0].Advice[0].Changes[0]; x.Option != "jit" || x.Value != "on" {
		t.Errorf("the first advice is %+v", x)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	if got := runCommand(t, dir, "run", "--report", "-"); got.code != 0 || !strings.Contains(got.stderr, "Hit rate of the code cache") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}

// What keeps a report from being written is said before the run, as far as it is to be known then.
func TestReportThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"r.txt", "r", "no/r.html", "/dev/null/r.json"} {
		got := runCommand(t, dir, "run", "--report", name)
		if got.code != exitUsage || got.stdout != "" {
			t.Errorf("%s: exit code %d, the guest wrote %q", name, got.code, got.stdout)
		}
		oneClearLine(t, got.stderr)
	}
	// A folder in the report's place is found out at the end, and says so.
	if err := os.Mkdir(filepath.Join(dir, "r.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := runCommand(t, dir, "run", "--report", "r.html"); got.code != exitBroken || !strings.Contains(got.stderr, "--report") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}
