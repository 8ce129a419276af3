package runtime

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestValidateJIT(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		option string // empty: possible
		says   string
	}{
		{"unknown mode", func(c *Config) { c.JIT.Mode = "fast" }, "jit", "off, quick or on"},
		{"threshold 0", func(c *Config) { c.JIT.Threshold.Min = 0 }, "jit-threshold-min", "1 to 2^30"},
		{"no end of the threshold", func(c *Config) { c.JIT.Threshold.Max = math.MaxInt32 }, "jit-threshold-max", "1 to 2^30"},
		{"thresholds crossed", func(c *Config) { c.JIT.Threshold.Min = 501 }, "jit-threshold-min", "at most --jit-threshold-max, which is 500"},
		{"constant threshold", func(c *Config) { c.JIT.Threshold.Min, c.JIT.Threshold.Max = 1, 1 }, "", ""},
		{"workers", func(c *Config) { c.JIT.Workers = 1025 }, "jit-workers", "1 to 1024"},
		{"negative workers", func(c *Config) { c.JIT.Workers = -1 }, "jit-workers", "0 for one for every two"},
		{"no window", func(c *Config) { c.JIT.Threshold.Window = 0 }, "jit-window", "1 to 2^20"},
		{"weight below 0", func(c *Config) { c.JIT.Threshold.CompileWeight = -0.1 }, "jit-weight-compile", "choose 0"},
		{"weight no number", func(c *Config) { c.JIT.Threshold.BenefitWeight = math.NaN() }, "jit-weight-benefit", "choose 0"},
		{"weights 0", func(c *Config) { c.JIT.Threshold.CompileWeight, c.JIT.Threshold.BenefitWeight = 0, 0 }, "jit-weight-benefit", "both"},
		{"one weight", func(c *Config) { c.JIT.Threshold.CompileWeight = 0 }, "", ""},
		{"budget below 0", func(c *Config) { c.JIT.Threshold.Budget = -time.Second }, "jit-budget", "0 for any"},
		{"no budget", func(c *Config) { c.JIT.Threshold.Budget = 0 }, "", ""},
		{"entries", func(c *Config) { c.CodeCache.Entries = 15 }, "code-cache-entries", "16 to"},
		{"entries for workers", func(c *Config) { c.CodeCache.Entries, c.JIT.Workers = 16, 8 }, "code-cache-entries", "18 or more"},
		{"small cache", func(c *Config) { c.CodeCache.Entries, c.JIT.Workers = 16, 1 }, "", ""},
		{"bytes", func(c *Config) { c.CodeCache.Bytes = 4096 }, "code-cache-bytes", "256K to 1G"},
		{"too many bytes", func(c *Config) { c.CodeCache.Bytes = 2 * GiB }, "code-cache-bytes", "256K to 1G"},
		{"policy", func(c *Config) { c.CodeCache.Policy = 9 }, "code-cache-policy", "lru_lfu, lru or lfu"},
		{"clean-up", func(c *Config) { c.CodeCache.CleanUp = 0 }, "code-cache-cleanup", "such as 1m0s"},
		{"decay 0", func(c *Config) { c.CodeCache.Decay = 0 }, "code-cache-decay", "more than 0"},
		{"decay no number", func(c *Config) { c.CodeCache.Decay = math.NaN() }, "code-cache-decay", "more than 0"},
		{"no decay", func(c *Config) { c.CodeCache.Decay = 1 }, "", ""},
		{"warm-up", func(c *Config) { c.CodeCache.WarmUp = -1 }, "code-cache-warmup", "0 or more"},
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
				return
			}
			var wrong *ConfigError
			if !errors.As(err, &wrong) || wrong.Option != test.option || !strings.Contains(wrong.Problem, test.says) {
				t.Fatalf("error %v, want one about %s that says %q", err, test.option, test.says)
			}
		})
	}
}
