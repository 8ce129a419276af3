package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// The dashboard says where it is, shows the guest's console, stops the machine, and ends with the run, whose report is
// written all the same.
func TestDashboard(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spinning": spinning})
	cmd := hartwood(t, dir, "run", "--http", "127.0.0.1:0", "--report", "r.json", "spinning")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stderr).ReadString('\n')
	_, url, said := strings.Cut(strings.TrimSpace(line), "the dashboard is at ")
	if err != nil || !said {
		t.Fatalf("%v: %q", err, line)
	}
	wrote := make([]byte, 1)
	if _, err := io.ReadFull(stdout, wrote); err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
		return string(text)
	}
	var state struct {
		Guest, Console string
		Paused         bool
	}
	if err := json.Unmarshal([]byte(get("state")), &state); err != nil || state.Guest != "spinning" || !strings.HasPrefix(state.Console, string(wrote)) {
		t.Errorf("%+v (%v); the guest wrote %q", state, err, wrote)
	}
	if text := get("metrics"); !strings.Contains(text, "\nhartwood_instructions_total ") {
		t.Errorf("the metrics are %.300s", text)
	}
	if answer, err := http.Post(url+"pause", "", nil); err != nil || answer.StatusCode != http.StatusNoContent {
		t.Errorf("pause: %+v, %v", answer, err)
	}
	if err := json.Unmarshal([]byte(get("state")), &state); err != nil || !state.Paused {
		t.Errorf("%+v (%v)", state, err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "r.json")); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"8080x", "127.0.0.1", "256.0.0.1:http:"} {
		got := runCommand(t, dir, "run", "--http", address, "spinning")
		if got.code != exitUsage || !strings.Contains(got.stderr, "--http") {
			t.Errorf("%s: exit code %d", address, got.code)
		}
		oneClearLine(t, got.stderr)
	}
}
