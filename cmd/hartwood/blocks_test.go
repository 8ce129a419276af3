package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
)

func TestBlocks(t *testing.T) {
	if testing.Short() || !runtime.HasCompiler {
		t.Skip("computes for a second, natively")
	}
	got := runCommand(t, t.TempDir(), "blocks", "--top", "2", "--harts", "2")
	if got.code != 0 || strings.Count(got.stdout, "executions of") != 2 || strings.Count(got.stdout, "out of line:") != 2 {
		t.Errorf("exit code %d, standard output:\n%s", got.code, got.stdout)
	}
	for _, word := range []string{"1. ", "cmp r15, qword ptr", "bltu ", "%:", " %  0x", " times\n"} {
		if !strings.Contains(got.stdout, word) {
			t.Errorf("the list lacks %q:\n%s", word, got.stdout)
		}
	}
	if !strings.Contains(got.stderr, "All results are right") {
		t.Errorf("the guest's console is missing from standard error:\n%s", got.stderr)
	}
}

func TestBlocksAsJSON(t *testing.T) {
	if testing.Short() || !runtime.HasCompiler {
		t.Skip("computes for a second, natively")
	}
	got := runCommand(t, t.TempDir(), "blocks", "--json", "--top", "3")
	var list []runtime.HotBlock
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatalf("%v in %s", err, got.stdout)
	}
	if len(list) != 3 {
		t.Fatalf("%d blocks", len(list))
	}
	for i, b := range list {
		if b.Executions == 0 || b.Instructions == 0 || b.HostBytes == 0 || len(b.Code) == 0 || b.Share <= 0 || b.Share > 1 {
			t.Errorf("block %+v", b)
		}
		sum := uint64(0)
		for _, e := range b.Edges {
			sum += e.Taken
		}
		// Of additions by several harts at once some are lost.
		if len(b.Edges) == 0 || sum == 0 || sum > b.Executions+b.Executions/1000 {
			t.Errorf("%d executions, and these edges: %+v", b.Executions, b.Edges)
		}
		if i > 0 && b.Share > list[i-1].Share {
			t.Errorf("block %d is hotter than the one before", i)
		}
	}
}

func TestBlocksOfAGuestThatIsTooShort(t *testing.T) {
	if !runtime.HasCompiler {
		t.Skip("no native code on this host")
	}
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	// It spins after its end, until the machine has noticed.
	cold := []string{"blocks", "--jit-threshold-min", "1000000000", "--jit-threshold-max", "1000000000", "exit7.bin"}
	if got := runCommand(t, dir, cold...); got.code != 7 || !strings.Contains(got.stdout, "--jit-threshold-max") {
		t.Errorf("exit code %d, standard output %q, standard error %q", got.code, got.stdout, got.stderr)
	}
	if got := runCommand(t, dir, append(cold, "--json")...); got.code != 7 || got.stdout != "[]\n" {
		t.Errorf("exit code %d, standard output %q", got.code, got.stdout)
	}
}

func TestBlocksRefuses(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	for _, test := range []struct{ args, says string }{
		{"--top 0 exit7.bin", "--top"},
		{"--harts 0 exit7.bin", "--harts"},
		{"--jit off exit7.bin", "quick or on"},
	} {
		got := runCommand(t, dir, append([]string{"blocks"}, strings.Fields(test.args)...)...)
		if got.code != exitUsage || got.stdout != "" {
			t.Errorf("blocks %s: exit code %d, standard output %q", test.args, got.code, got.stdout)
		}
		oneClearLine(t, got.stderr)
		if runtime.HasCompiler && !strings.Contains(got.stderr, test.says) {
			t.Errorf("blocks %s: %s", test.args, got.stderr)
		}
	}
}
