package main

import (
	"fmt"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// TestLimitsOfTheProcess runs under limits that are too small and just large enough. Go needs more than a GiB of address
// space itself, most of it never used.
func TestLimitsOfTheProcess(t *testing.T) {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes terabytes of address space")
	}
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	for _, test := range []struct {
		limit string
		args  string
		code  int
		says  string
	}{
		{"-v 1800000", "", exitUsage, "ulimit -v"},
		{"-v 2100000", "--memory 1G", exitUsage, "--memory"},
		{"-d 400000", "", exitUsage, "ulimit -d"},
		{"-d 1100000", "--tlb-shards 64 --tlb-sets 65536", exitUsage, "ulimit -d"}, // 256 MiB
		{"-d 1100000", "--tlb-sets 65536", 7, ""},
		{"-f 1000", "", 7, ""}, // no memory is a file
		{"-v 8000000", "", 7, ""},
	} {
		cmd := hartwood(t, dir, append([]string{"run", "exit7.bin"}, strings.Fields(test.args)...)...)
		// The soft limit alone, so that the command could raise it; Go does so with the number of open files.
		// Threads are few and small: the tests are linked with libc, which takes 72 MiB of address space for each.
		script := fmt.Sprintf("ulimit -S -s 1024 && ulimit -S %s && exec \"$@\"", test.limit)
		limited := exec.CommandContext(t.Context(), "/bin/sh", append([]string{"-c", script, "sh"}, cmd.Args...)...)
		limited.Dir, limited.Env = cmd.Dir, append(cmd.Env, "GOMAXPROCS=2", "MALLOC_ARENA_MAX=1")
		var stderr strings.Builder
		limited.Stderr = &stderr
		_ = limited.Run()
		if code := limited.ProcessState.ExitCode(); code != test.code || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("ulimit %s, %q: exit code %d, want %d and %q: %s", test.limit, test.args, code, test.code, test.says, stderr.String())
		}
		if test.code == exitUsage {
			oneClearLine(t, stderr.String())
		}
	}
}
