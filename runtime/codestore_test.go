package runtime

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runKeeping runs a guest with a store of native code and returns its output, what it says of native code, and warnings.
func runKeeping(t *testing.T, dir string) (out string, stats *jitStats, warnings []string) {
	t.Helper()
	cfg := Default()
	cfg.Program, cfg.Memory = filepath.Join(guestDir, "perms.elf"), 16*MiB
	cfg.CPU.MMU = Sv57
	cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 1, 1
	cfg.test.wait = true // what is compiled is a matter of the guest alone
	cfg.CodeStore.Dir = dir
	cfg.Warn = func(line string) { warnings = append(warnings, line) }
	var console bytes.Buffer
	cfg.Stdout = &console
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(context.Background())
	if err != nil || result.Reason != Exited || result.ExitCode != 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	return console.String(), m.Stats().jit, warnings
}

// A second run of a guest loads what the first has compiled, compiles next to nothing, and does the same. One whose store
// was damaged, or cannot be used, does it too.
func TestSecondRun(t *testing.T) {
	needNative(t)
	dir := filepath.Join(t.TempDir(), "store")
	out, first, _ := runKeeping(t, dir)
	again, second, _ := runKeeping(t, dir)
	if out != again {
		t.Errorf("the guest says %q, and %q the second time", out, again)
	}
	if first.Store.Added < 100 || first.Store.Hits != 0 || second.Store.Hits < first.Store.Added*9/10 || second.Store.Added > first.Store.Added/10 {
		t.Errorf("first %+v\nthen %+v", *first.Store, *second.Store)
	}
	if second.Cache.Placed-second.Store.Hits > first.Cache.Placed/5 {
		t.Errorf("%d pieces of code placed, %d of them loaded; %d the first time", second.Cache.Placed, second.Store.Hits, first.Cache.Placed)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			if i%1000 == 500 {
				b[i] ^= 1
			}
		}
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, third, _ := runKeeping(t, dir)
	if out != again || third.Store.Refused+third.Store.Damaged == 0 {
		t.Errorf("the guest says %q with a damaged store, %+v", again, *third.Store)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	again, fourth, warnings := runKeeping(t, dir)
	if out != again || fourth.Store != nil || len(warnings) != 1 || !strings.Contains(warnings[0], dir) {
		t.Errorf("the guest says %q without a store, warnings %q", again, warnings)
	}
}
