package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// perf inject reads what --jitdump writes, and perf annotate shows native code from it.
func TestPerfAnnotatesNativeCode(t *testing.T) {
	perf, err := exec.LookPath("perf")
	if err != nil {
		t.Skip("no perf here")
	}
	dir := t.TempDir()
	guest, err := filepath.Abs("../../bench/guests/intloop.elf")
	if err != nil {
		t.Fatal(err)
	}
	run := hartwood(t, dir, "run", "--jitdump", dir, guest)
	record := exec.CommandContext(t.Context(), perf, append([]string{"record", "-q", "-k", "1", "-e", "cpu-clock", "-o", "data", "--"}, run.Args...)...)
	record.Dir, record.Env = run.Dir, run.Env
	if out, err := record.CombinedOutput(); err != nil {
		t.Skipf("perf cannot record here: %v: %s", err, out)
	}
	next := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), perf, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("perf %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	next("inject", "--jit", "-i", "data", "-o", "injected")
	report := next("report", "-i", "injected", "--stdio")
	for line := range strings.Lines(report) {
		words := strings.Fields(line)
		if len(words) == 0 || !strings.Contains(line, "jitted-") || !strings.HasPrefix(words[len(words)-1], "_start") {
			continue
		}
		if text := next("annotate", "-i", "injected", "--stdio", "-s", words[len(words)-1]); !strings.Contains(text, "jae") {
			t.Errorf("the code is not shown:\n%s", text)
		}
		return
	}
	t.Errorf("the guest's _start is not named:\n%s", report)
}

// perf report names native code by the guest's symbols.
func TestPerfNamesNativeCode(t *testing.T) {
	perf, err := exec.LookPath("perf")
	if err != nil {
		t.Skip("no perf here")
	}
	dir := t.TempDir()
	guest, err := filepath.Abs("../../bench/guests/intloop.elf")
	if err != nil {
		t.Fatal(err)
	}
	run := hartwood(t, dir, "run", "--perf-map=keep", guest)
	record := exec.CommandContext(t.Context(), perf, append([]string{
		"record", "-q", "-e", "cpu-clock", "-o", "data", "--", "/bin/sh", "-c", `echo $$ >pid; exec "$0" "$@"`}, run.Args...)...)
	record.Dir, record.Env = run.Dir, run.Env
	if out, err := record.CombinedOutput(); err != nil {
		t.Skipf("perf cannot record here: %v: %s", err, out)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove("/tmp/perf-" + strings.TrimSpace(string(pid)) + ".map"); err != nil {
			t.Error(err)
		}
	})
	report := exec.CommandContext(t.Context(), perf, "report", "-i", "data", "--stdio")
	report.Dir = dir
	out, err := report.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "[JIT]") && strings.Contains(line, "_start") {
			return
		}
	}
	t.Errorf("the guest's _start is not named:\n%s", out)
}
