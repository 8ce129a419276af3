package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be executed is one line that says what to write, before a machine is made.
func TestExecErrors(t *testing.T) {
	dir := t.TempDir()
	kernel := filepath.Join(dir, "kernel")
	if err := os.WriteFile(kernel, exit7, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, says := range map[string]string{
		"":                                     "hartwood exec --image ROOT -- uname -m",
		"-- true":                              "--image",
		"--image . --kernel none -- true":      "none",
		"--image none --kernel KERNEL -- true": "--image: none: no such file",
		"--image . --kernel KERNEL --env =x -- true":          "--env",
		"--image . --kernel KERNEL --harts 0x -- true":        "--harts",
		"--image . --kernel KERNEL --memory 1M -- true":       "--memory",
		"--image . --kernel KERNEL --share none -- true":      "none cannot be shared",
		"--image . --kernel KERNEL --share a,tag= -- true":    "tag=",
		"--image . --kernel KERNEL --nonsense -- true":        "unknown option --nonsense",
		"--image . --kernel KERNEL --tty -- true":             "no terminal; leave --tty out",
		"--image . --kernel KERNEL --share .,readonly -- NUL": "zero byte",
	} {
		args := strings.Fields("exec " + strings.ReplaceAll(line, "KERNEL", kernel))
		if last := len(args) - 1; args[last] == "NUL" {
			args[last] = "a\x00b"
		}
		var stdout, stderr strings.Builder
		code := execute(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
		if code != exitUsage || !strings.Contains(stderr.String(), says) {
			t.Errorf("%q: exit code %d: %s", line, code, stderr.String())
		}
		oneClearLine(t, stderr.String())
	}
}

func TestNotRun(t *testing.T) {
	for why, want := range map[string]int{"run x: error 2": 127, "run x: error 13": 126, "mount the root root: error 2": exitBroken} {
		if got := notRun(why); got != want {
			t.Errorf("%q: exit code %d, want %d", why, got, want)
		}
	}
}
