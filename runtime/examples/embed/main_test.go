package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(&out, nil, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "the guest wrote \"Hello from a guest.\\n\"\nit powered off with exit code 0 after ") {
		t.Errorf("says %q", got)
	}
	if err := run(&out, []string{"no-such-file"}, time.Minute); err == nil || !strings.Contains(err.Error(), "no-such-file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A guest that never ends is stopped.
func TestLimit(t *testing.T) {
	spin := filepath.Join(t.TempDir(), "spin.bin")
	if err := os.WriteFile(spin, []byte{0x6f, 0, 0, 0}, 0o644); err != nil { // j .
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(&out, []string{spin}, 50*time.Millisecond); err != nil || !strings.HasPrefix(out.String(), "the guest was stopped after 50ms\n") {
		t.Errorf("%v, says %q", err, out.String())
	}
}
