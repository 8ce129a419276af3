package linux

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// rootDirectory makes a root with a busybox.
func rootDirectory(t *testing.T, f *files) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	for _, dir := range []string{"bin", "dev", "proc", "sys", "tmp", "run"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(f.cache, "busybox"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "bin/busybox"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "cat", "sleep", "env"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestExec runs commands in a guest as if they ran here.
func TestExec(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has no such command")
	}
	f := need(t)
	root, here := rootDirectory(t, f), t.TempDir()
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	random := make([]byte, 300_000)
	rand.Read(random)
	command := func(args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
		cmd = exec.CommandContext(t.Context(), f.hartwood, append([]string{
			"exec", "--kernel", filepath.Join(f.cache, "Image"), "--image", root, "--harts", "1", "--memory", "256M", "--json"}, args...)...)
		cmd.Dir = here
		stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = stdout, stderr
		return cmd, stdout, stderr
	}
	code := func(err error) int {
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if exit == nil {
			return 0
		}
		return exit.ExitCode()
	}

	// Streams apart and whole, variables, the directory, files, the exit code.
	cmd, stdout, stderr := command("--share", ".", "--env", "NAME=some words", "--", "sh", "-c",
		`cat; echo "$NAME" >&2; pwd >&2; echo made >file; exit 7`)
	cmd.Stdin = bytes.NewReader(random)
	if got := code(cmd.Run()); got != 7 {
		t.Errorf("exit code %d; %s", got, stderr)
	}
	if !bytes.Equal(stdout.Bytes(), random) {
		t.Errorf("%d bytes of %d, or others", stdout.Len(), len(random))
	}
	if want := "some words\n" + here + "\n"; !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("standard error %q, want %q at its beginning", stderr, want)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	var result struct {
		Code         int    `json:"exit_code"`
		Wall         int64  `json:"wall_ns"`
		Instructions uint64 `json:"instructions"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil || result.Code != 7 || result.Wall <= 0 {
		t.Errorf("%q: %+v, %v", lines[len(lines)-1], result, err)
	}
	// The kernel leaves out what one command does not need: with it, it is 0.7 thousand million, or 1.7.
	if result.Instructions > 500e6 {
		t.Errorf("%d instructions for a start and a small command", result.Instructions)
	}
	if text, err := os.ReadFile(filepath.Join(here, "file")); string(text) != "made\n" {
		t.Errorf("the command's file: %q, %v", text, err)
	}

	// Native code is kept for the next execution, in the user's cache.
	kept, _ := filepath.Glob(filepath.Join(cache, "hartwood", "code", "code*"))
	if len(kept) == 0 {
		t.Error("no native code has been kept")
	}

	// A program that there is not.
	cmd, _, stderr = command("--", "nothing")
	if got := code(cmd.Run()); got != 127 || !strings.Contains(stderr.String(), "nothing") {
		t.Errorf("exit code %d; %s", got, stderr)
	}

	// One of many jobs: its number, its output and its result, which appear whole.
	there := func(name string) string {
		text, _ := os.ReadFile(filepath.Join(here, name))
		return string(text)
	}
	cmd, stdout, stderr = command("--output", "out", "--result", "result", "--job-count", "8", "--", "sh", "-c", `echo "$HARTWOOD_JOB_INDEX of $HARTWOOD_JOB_COUNT"; exit 3`)
	cmd.Env = append(os.Environ(), "SLURM_ARRAY_TASK_ID=5", "SLURM_ARRAY_TASK_COUNT=9")
	if got := code(cmd.Run()); got != 3 || stdout.Len() > 0 || there("out") != "5 of 8\n" {
		t.Errorf("exit code %d, %q, %q; %s", got, stdout, there("out"), stderr)
	}
	var told struct {
		Code         int    `json:"exit_code"`
		Index        string `json:"job_index"`
		Instructions uint64 `json:"instructions"`
		Stats        map[string]any
	}
	if err := json.Unmarshal([]byte(there("result")), &told); err != nil || told.Code != 3 || told.Index != "5" || told.Instructions < 1e6 || len(told.Stats) == 0 {
		t.Errorf("%q: %v", there("result"), err)
	}

	// A signal reaches the command, which finishes in its own way: here by another signal.
	cmd, _, stderr = command("--result", "stopped", "--", "sh", "-c", `trap 'echo bye; kill -9 $$' TERM; echo ready; while :; do sleep 1; done`)
	pipe, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 6)
	if _, err := pipe.Read(buf); err != nil || string(buf) != "ready\n" {
		t.Errorf("%q, %v; %s", buf, err, stderr)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if n, err := pipe.Read(buf); string(buf[:n]) != "bye\n" {
		t.Errorf("%q, %v", buf[:n], err)
	}
	if got := code(cmd.Wait()); got != 128+9 {
		t.Errorf("exit code %d; %s", got, stderr)
	}
	if got := there("stopped"); got != "" || !strings.Contains(stderr.String(), `"told_to_end":true`) {
		t.Errorf("a job that was told to end has the result %q; %s", got, stderr)
	}

	// A command that does not obey is killed after a while.
	cmd, _, stderr = command("--grace", "10ms", "--", "sh", "-c", `trap '' TERM; echo ready; while :; do sleep 1; done`)
	cmd.Stdout = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, buf); err != nil || string(buf) != "ready\n" {
		t.Errorf("%q, %v; %s", buf, err, stderr)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := code(cmd.Wait()); got != 128+9 && got != 128+15 { // the latter if the machine had to end before the guest could tell
		t.Errorf("exit code %d; %s", got, stderr)
	}
}
