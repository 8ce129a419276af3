package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
)

// What a run has kept is listed and removed, in the user's cache where no directory is named, and what is no code stays.
func TestStore(t *testing.T) {
	cache := t.TempDir()
	dir := filepath.Join(cache, "hartwood", "code")
	t.Setenv("XDG_CACHE_HOME", cache)
	command := func(args ...string) string {
		t.Helper()
		o := runCommand(t, "", append([]string{"store"}, args...)...)
		if o.code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, o.code, o.stderr)
		}
		return o.stdout
	}
	files := func() (list []runtime.CodeFile) {
		t.Helper()
		if err := json.Unmarshal([]byte(command("list", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := command("list"); !strings.Contains(got, "There is no code in "+dir) || len(files()) != 0 {
		t.Errorf("without code: %q", got)
	}
	if o := runCommand(t, "", "run", "../../bench/guests/mixed.elf", "--code-store", dir, "--jit-threshold-min", "1", "--jit-threshold-max", "1"); o.code != 0 {
		t.Fatalf("exit code %d: %s", o.code, o.stderr)
	}
	notes := filepath.Join(dir, "notes")
	if err := os.WriteFile(notes, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := files()
	if len(kept) != 1 || kept[0].Bytes == 0 || filepath.Dir(kept[0].Path) != dir {
		t.Fatalf("a run has kept %+v", kept)
	}
	if got := command("list", "--code-store", dir); !strings.Contains(got, kept[0].Path) || !strings.Contains(got, kept[0].Maker) {
		t.Errorf("the list is %q", got)
	}
	if got := command("clear"); !strings.Contains(got, "Removed 1 files of ") {
		t.Errorf("clear says %q", got)
	}
	if left := files(); len(left) != 0 {
		t.Errorf("left are %+v", left)
	}
	if _, err := os.Stat(notes); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if o := runCommand(t, "", "store", "clear", "--code-store", dir); o.code != 2 || !strings.Contains(o.stderr, dir) || !strings.Contains(o.stderr, "others may write") {
		t.Errorf("of a directory of all: exit code %d, %q", o.code, o.stderr)
	}
}
