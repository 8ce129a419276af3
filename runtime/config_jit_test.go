package runtime

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
)

func TestValidateJIT(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		option string // empty: possible
		says   string
	}{
		{"unknown mode", func(c *Config) { c.JIT = "fast" }, "jit", "off, quick or on"},
		{"threshold 0", func(c *Config) { c.JITThresholdMin = 0 }, "jit-threshold-min", "1 to 2^30"},
		{"no end of the threshold", func(c *Config) { c.JITThresholdMax = math.MaxInt32 }, "jit-threshold-max", "1 to 2^30"},
		{"thresholds crossed", func(c *Config) { c.JITThresholdMin = 501 }, "jit-threshold-min", "above --jit-threshold-max"},
		{"constant threshold", func(c *Config) { c.JITThresholdMin, c.JITThresholdMax = 1, 1 }, "", ""},
		{"workers", func(c *Config) { c.JITWorkers = 1025 }, "jit-workers", "1 to 1024"},
		{"negative workers", func(c *Config) { c.JITWorkers = -1 }, "jit-workers", "0 for one for every two"},
		{"no window", func(c *Config) { c.JITWindow = 0 }, "jit-window", "1 to 2^20"},
		{"weight below 0", func(c *Config) { c.JITWeightCompile = -0.1 }, "jit-weight-compile", "choose 0"},
		{"weight no number", func(c *Config) { c.JITWeightBenefit = math.NaN() }, "jit-weight-benefit", "choose 0"},
		{"weights 0", func(c *Config) { c.JITWeightCompile, c.JITWeightBenefit = 0, 0 }, "jit-weight-benefit", "both"},
		{"one weight", func(c *Config) { c.JITWeightCompile = 0 }, "", ""},
		{"budget below 0", func(c *Config) { c.JITBudget = -time.Second }, "jit-budget", "0 for any"},
		{"no budget", func(c *Config) { c.JITBudget = 0 }, "", ""},
		{"entries", func(c *Config) { c.CodeCacheEntries = 15 }, "code-cache-entries", "16 to"},
		{"entries for workers", func(c *Config) { c.CodeCacheEntries, c.JITWorkers = 16, 8 }, "code-cache-entries", "18 or more"},
		{"small cache", func(c *Config) { c.CodeCacheEntries, c.JITWorkers = 16, 1 }, "", ""},
		{"bytes", func(c *Config) { c.CodeCacheBytes = 4096 }, "code-cache-bytes", "256K to 1G"},
		{"too many bytes", func(c *Config) { c.CodeCacheBytes = 2 * GiB }, "code-cache-bytes", "256K to 1G"},
		{"policy", func(c *Config) { c.CodeCachePolicy = "fifo" }, "code-cache-policy", "lru_lfu, lru or lfu"},
		{"clean-up", func(c *Config) { c.CodeCacheCleanup = 0 }, "code-cache-cleanup", "60s"},
		{"decay 0", func(c *Config) { c.CodeCacheDecay = 0 }, "code-cache-decay", "more than 0"},
		{"decay no number", func(c *Config) { c.CodeCacheDecay = math.NaN() }, "code-cache-decay", "more than 0"},
		{"no decay", func(c *Config) { c.CodeCacheDecay = 1 }, "", ""},
		{"warm-up", func(c *Config) { c.CodeCacheWarmup = -1 }, "code-cache-warmup", "0 or more"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Default()
			c.Program = "guest.elf"
			test.change(&c)
			err := c.Validate()
			if test.option == "" {
				if err != nil {
					t.Fatal(err)
				}
				e := c.engine()
				if err := errors.Join(e.Workers.Validate(), e.Cache.Validate()); err != nil {
					t.Fatalf("possible here, but not to the compiler: %v", err)
				}
				return
			}
			var wrong *ConfigError
			if !errors.As(err, &wrong) || wrong.Option != test.option || !strings.Contains(wrong.Problem, test.says) {
				t.Fatalf("error %v, want one about %s that says %q", err, test.option, test.says)
			}
		})
	}
}

// The defaults here are those of the parts.
func TestJITDefaults(t *testing.T) {
	c := Default()
	e := c.engine()
	w := jitworker.DefaultConfig()
	w.Workers = e.Workers.Workers
	if e.Workers != w {
		t.Errorf("pipeline %+v, want %+v", e.Workers, w)
	}
	if k := codecache.DefaultConfig(); e.Cache != k {
		t.Errorf("code cache %+v, want %+v", e.Cache, k)
	}
}

func TestJITSettingsArrive(t *testing.T) {
	c := Default()
	c.JITThresholdMin, c.JITThresholdMax, c.JITWorkers = 7, 9, 3
	c.JITWindow, c.JITWeightCompile, c.JITWeightBenefit, c.JITBudget = 11, 0.25, 0.5, 0
	c.CodeCacheEntries, c.CodeCacheBytes, c.CodeCachePolicy = 100, MiB, LFU
	c.CodeCacheCleanup, c.CodeCacheDecay, c.CodeCacheWarmup = time.Second, 0.5, 4
	e := c.engine()
	want := jitworker.ThresholdConfig{Min: 7, Max: 9, Window: 11, CompileWeight: 0.25, BenefitWeight: 0.5}
	if e.Workers.Threshold != want || e.Workers.Workers != 3 {
		t.Errorf("pipeline %+v", e.Workers)
	}
	cache := codecache.Config{Bytes: 1 << 20, Entries: 100, Policy: codecache.LFU, CleanUp: time.Second, Decay: 0.5, WarmUp: 4}
	if e.Cache != cache {
		t.Errorf("code cache %+v", e.Cache)
	}
	for policy, want := range map[CachePolicy]codecache.Policy{LRULFU: codecache.LRU_LFU, LRU: codecache.LRU, LFU: codecache.LFU} {
		c.CodeCachePolicy = policy
		if got := c.engine().Cache.Policy; got != want {
			t.Errorf("%s arrives as %v", policy, got)
		}
		var p CachePolicy
		if err := p.UnmarshalText([]byte(strings.ToUpper(string(policy)))); err != nil || p != policy {
			t.Errorf("%s reads as %q (%v)", policy, p, err)
		}
	}
}
