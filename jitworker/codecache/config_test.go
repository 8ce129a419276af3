package codecache

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestDefaultConfigIsValid(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if cfg.Bytes != 128<<20 || cfg.Entries != 10_000 || cfg.Policy.String() != "LRU_LFU" ||
		cfg.CleanUp.Seconds() != 60 || cfg.Decay != 0.95 || cfg.WarmUp != 100 {
		t.Fatalf("defaults: %+v", cfg)
	}
}

func TestValidateNamesTheSetting(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"code-cache-bytes":   func(c *Config) { c.Bytes = MinBytes - 1 },
		"256K to 1G":         func(c *Config) { c.Bytes = MaxBytes + 1 },
		"entries":            func(c *Config) { c.Entries = 0 },
		"policy":             func(c *Config) { c.Policy = 3 },
		"code-cache-cleanup": func(c *Config) { c.CleanUp = 0 },
		"decay":              func(c *Config) { c.Decay = math.NaN() },
		"more than 0":        func(c *Config) { c.Decay = 1.5 },
		"code-cache-warmup":  func(c *Config) { c.WarmUp = -1 },
	} {
		cfg := DefaultConfig()
		spoil(&cfg)
		err := cfg.Validate()
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "choose") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := New(cfg, fill, func(func()) {}, func([]*Code) {}); !errors.Is(err, ErrConfig) {
			t.Errorf("New, %s: %v", name, err)
		}
	}
	if _, err := New(DefaultConfig(), nil, func(func()) {}, func([]*Code) {}); !errors.Is(err, ErrConfig) {
		t.Error("a cache without traps")
	}
	if _, err := New(DefaultConfig(), fill, nil, nil); !errors.Is(err, ErrConfig) {
		t.Errorf("New without functions: %v", err)
	}
}
