package runtime

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
)

const guestDir = "../vcpu/testdata/guests/bin"

// guest is a line of the guests' manifest.
type guest struct {
	name   string
	harts  int
	memory Size
}

func manifest(t *testing.T) []guest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(guestDir, "manifest.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var gs []guest
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		var g guest
		g.name = f[0]
		if _, err := fmt.Sscan(f[1], &g.harts); err != nil {
			t.Fatalf("manifest: %q: %v", line, err)
		}
		if err := g.memory.UnmarshalText([]byte(f[2])); err != nil {
			t.Fatalf("manifest: %q: %v", line, err)
		}
		gs = append(gs, g)
	}
	if len(gs) == 0 {
		t.Fatal("the manifest names no guest")
	}
	return gs
}

// runGuest runs a guest and returns its result and console output.
func runGuest(t *testing.T, cfg Config) (Result, string) {
	t.Helper()
	var out bytes.Buffer
	cfg.Stdout = &out
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	res, err := m.Run(ctx)
	if err != nil {
		t.Fatalf("%v; console:\n%s", err, out.String())
	}
	return res, out.String()
}

// engines are the ways to execute a guest that tests compare: interpreted, with
// every block compiled as soon as it has run once, with regions of all that it leads to in its page too, and
// as users run it.
var engines = map[string]func(*Config){
	"interpreter": func(c *Config) { c.JIT.Mode = JITOff },
	"threshold 1": func(c *Config) { c.JIT.Mode, c.JIT.Threshold.Min, c.JIT.Threshold.Max = JITOn, 1, 1 },
	"regions": func(c *Config) {
		c.JIT.Mode, c.JIT.Threshold.Min, c.JIT.Threshold.Max, c.JIT.RegionSamples = JITOn, 1, 1, 1
		c.test.forms = engine.RegionOnly
	},
	"default": func(*Config) {},
}

// TestGuests runs the self-checking guest programs of one hart on every engine; the exit code is the number of the check
// that failed.
func TestGuests(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) { testGuests(t, engine, false) })
	}
}

// TestParallelGuests runs those of several harts.
func TestParallelGuests(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) { testGuests(t, engine, true) })
	}
}

func testGuests(t *testing.T, engine func(*Config), parallel bool) {
	for _, g := range manifest(t) {
		if parallel != (g.harts > 1) {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			cfg := Default()
			engine(&cfg)
			cfg.Program = filepath.Join(guestDir, g.name+".elf")
			cfg.Harts, cfg.Memory, cfg.CPU.MMU = g.harts, g.memory, Sv57 // guests try every mode
			if res, out := runGuest(t, cfg); res.Reason != Exited || res.ExitCode != 0 {
				t.Errorf("%v with code %d; console:\n%s", res.Reason, res.ExitCode, out)
			}
		})
	}
}
