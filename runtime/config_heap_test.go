package runtime

import (
	"errors"
	"strings"
	"testing"
)

func TestImpossibleHeaps(t *testing.T) {
	for _, x := range []struct {
		name    string
		change  func(*Config)
		option  string
		problem string
	}{
		{"size", func(c *Config) { c.Heap.Size = 100_000 }, "managed-heap", "multiple of 64K"},
		{"too large", func(c *Config) { c.Heap.Size = 128 << 30 }, "managed-heap", "at most 64G"},
		{"reserve without heap", func(c *Config) { c.Heap.Size, c.Heap.Reserve = 0, MiB }, "managed-heap-reserve", "which is 0"},
		{"odd reserve", func(c *Config) { c.Heap.Reserve = 4 * KiB }, "managed-heap-reserve", "multiple of 64K"},
		{"all of memory", func(c *Config) { c.Memory, c.Heap.Reserve = 64*MiB, 64*MiB }, "managed-heap-reserve", "half of the memory"},
		{"odd memory", func(c *Config) { c.Memory, c.Heap.Reserve = 64*MiB+4*KiB, MiB }, "memory", "64 KiB"},
		{"workers", func(c *Config) { c.Heap.Workers = -1 }, "gc-workers", "0 for one"},
		{"shards", func(c *Config) { c.Heap.Shards = 1 << 20 }, "gc-shards", "0 for one"},
		{"mark quota", func(c *Config) { c.Heap.MarkQuota = 0 }, "gc-mark-quota", "1ms"},
		{"sweep quota", func(c *Config) { c.Heap.SweepQuota = -1 }, "gc-sweep-quota", "500us"},
		{"trigger", func(c *Config) { c.Heap.Trigger = 1.5 }, "gc-trigger", "at most 1"},
		{"target", func(c *Config) { c.Heap.Target = 0.9 }, "gc-target", "which is 0.8"},
		{"step", func(c *Config) { c.Heap.Step = 0 }, "gc-step", "1 or more"},
	} {
		t.Run(x.name, func(t *testing.T) {
			cfg := bare(churn(1, 1), 1)
			x.change(&cfg)
			var wrong *ConfigError
			if err := cfg.Validate(); !errors.As(err, &wrong) || wrong.Option != x.option || !strings.Contains(wrong.Problem, x.problem) {
				t.Errorf("got %v, want --%s with %q", err, x.option, x.problem)
			}
		})
	}
}
