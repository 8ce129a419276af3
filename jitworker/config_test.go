package jitworker

import (
	"errors"
	"math"
	goruntime "runtime"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	want := ThresholdConfig{
		Min: 50, Max: 500, Window: 1000, CompileWeight: 0.3, BenefitWeight: 0.7,
		Budget: 10 * time.Millisecond,
	}
	if cfg.Threshold != want {
		t.Errorf("default threshold %+v, want %+v", cfg.Threshold, want)
	}
	if want := max(1, goruntime.GOMAXPROCS(0)/2); cfg.WorkerCount() != want {
		t.Errorf("%d workers by default, want %d", cfg.WorkerCount(), want)
	}
}

func TestValidate(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"workers below":  func(c *Config) { c.Workers = -1 },
		"workers above":  func(c *Config) { c.Workers = maxWorkers + 1 },
		"no queue":       func(c *Config) { c.QueueLength = 0 },
		"huge queue":     func(c *Config) { c.QueueLength = maxQueue + 1 },
		"no size":        func(c *Config) { c.MaxInsns = 0 },
		"minimum 0":      func(c *Config) { c.Threshold.Min = 0 },
		"max below min":  func(c *Config) { c.Threshold.Max = c.Threshold.Min - 1 },
		"no window":      func(c *Config) { c.Threshold.Window = 0 },
		"huge window":    func(c *Config) { c.Threshold.Window = maxWindow + 1 },
		"weight below 0": func(c *Config) { c.Threshold.CompileWeight = -0.1 },
		"weight NaN":     func(c *Config) { c.Threshold.BenefitWeight = math.NaN() },
		"weight Inf":     func(c *Config) { c.Threshold.BenefitWeight = math.Inf(1) },
		"no weights":     func(c *Config) { c.Threshold.CompileWeight, c.Threshold.BenefitWeight = 0, 0 },
		"budget below 0": func(c *Config) { c.Threshold.Budget = -1 },
	} {
		cfg := DefaultConfig()
		spoil(&cfg)
		if err := cfg.Validate(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: Validate says %v", name, err)
		}
		if _, err := New(cfg, newGate().compile); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: New says %v", name, err)
		}
	}
}

func TestValidSettings(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"every execution": func(c *Config) { c.Threshold.Min, c.Threshold.Max = 1, 1 },
		"one weight":      func(c *Config) { c.Threshold.CompileWeight = 0 },
		"budget off":      func(c *Config) { c.Threshold.Budget = 0 },
		"smallest":        func(c *Config) { c.Workers, c.QueueLength, c.MaxInsns, c.Threshold.Window = 1, 1, 1, 1 },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewWantsACompiler(t *testing.T) {
	if _, err := New(DefaultConfig(), nil); err == nil {
		t.Error("a service without a compile function starts")
	}
}
