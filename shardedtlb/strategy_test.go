package shardedtlb

import (
	"errors"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	if DefaultConfig().Strategy != Concurrent {
		t.Error("the default is not Concurrent")
	}
	for i, change := range []func(*Config){
		func(c *Config) { c.Strategy = 9 },
		func(c *Config) { c.Shards = 0 },
		func(c *Config) { c.Shards = 3 },
		func(c *Config) { c.Shards = 2048 },
		func(c *Config) { c.SetsPerShard = -4 },
		func(c *Config) { c.SetsPerShard = 1 },
		func(c *Config) { c.SetsPerShard = 1 << 21 },
		func(c *Config) { c.Shards, c.SetsPerShard = 1024, 1<<20 },
		func(c *Config) { c.PrivateSets = 100 },
		func(c *Config) { c.PrefetchHistory = 2 },
		func(c *Config) { c.PrefetchDistance = 0 },
		func(c *Config) { c.PrefetchDistance = 65 },
		func(c *Config) { c.HybridWindow = 1 },
	} {
		c := DefaultConfig()
		change(&c)
		if err := c.Validate(); !errors.Is(err, ErrConfig) {
			t.Errorf("change %d: %v", i, err)
		}
		if _, err := NewShared(c, nil); err == nil {
			t.Errorf("change %d: NewShared took it", i)
		}
	}
	c := DefaultConfig()
	c.Prefetch, c.PrefetchHistory, c.PrefetchDistance = false, 0, 0
	if err := c.Validate(); err != nil {
		t.Errorf("prefetch off: %v", err)
	}
}

// A lone hart is private, a crowd shared; a measured benefit overrules; a change
// of load starts over.
func TestHybridChooses(t *testing.T) {
	var c chooser
	rates := func(private, shared uint64, active, windows int) {
		for range windows {
			if c.shared {
				c.judge(shared, active)
			} else {
				c.judge(private, active)
			}
		}
	}
	rates(900, 900, 1, 10)
	if c.shared {
		t.Fatal("a lone hart shares")
	}
	rates(900, 900, 4, 1)
	if !c.shared {
		t.Fatal("a crowd does not share")
	}
	rates(900, 910, 4, 10*trialEvery)
	if !c.shared && c.trial == trialNone {
		t.Fatal("a tie moved the choice")
	}
	rates(900, 600, 4, trialEvery+3)
	if c.shared {
		t.Fatal("the better table was not chosen")
	}
	rates(300, 800, 4, trialEvery+3)
	if !c.shared {
		t.Fatal("the choice did not move back")
	}
	rates(0, 0, 1, 1)
	if c.shared {
		t.Fatal("the load fell and the choice stayed")
	}
}

// The strategies differ in what harts see of each other's walks, not in results.
func TestStrategiesShareOrNot(t *testing.T) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		g := newGuest(t, 1<<20)
		s := g.shared(func(c *Config) { c.Strategy, c.HybridWindow = strategy, 64 })
		s.SetActive(2)
		a, b := g.hart(s), g.hart(s)
		pt := g.pageTable(3)
		for i := range uint64(16) {
			pt.set(i<<12, g.page(), 0, rwx)
		}
		for _, h := range []*hart{a, b} {
			h.kernel(pt.satp(0))
			for range 200 { // past Hybrid's first judgement
				h.Translate(0, 8, Load)
			}
		}
		for i := range uint64(16) {
			if _, f := a.Translate(i<<12, 8, Load); f != NoFault {
				t.Fatal(f)
			}
		}
		walks := b.count.Walks
		for i := range uint64(16) {
			b.Translate(i<<12, 8, Load)
		}
		shares := b.count.Walks == walks
		if want := strategy != MultiLevel; shares != want && strategy != Hybrid {
			t.Errorf("%v: shares %v", strategy, shares)
		}
		if strategy == Hybrid && (b.tab != s.table || b.count.StrategySwitches == 0) {
			t.Error("Hybrid did not move two busy harts to the shared table")
		}
		if (s.Shards() == nil) != (strategy == MultiLevel) {
			t.Errorf("%v: shard counters", strategy)
		}
	}
}

// Moving to another table must not bring back what was fenced meanwhile.
func TestHybridSwitchKeepsFences(t *testing.T) {
	g := newGuest(t, 1<<20)
	s := g.shared(func(c *Config) { c.Strategy = Hybrid })
	h := g.hart(s)
	pt := g.pageTable(3)
	old, now := g.page(), g.page()
	at := pt.set(0x1000, old, 0, rwx)
	h.kernel(pt.satp(0))
	h.want(t, 0x1000, Load, old, NoFault) // into the private table
	h.choice.shared = true
	h.adopt(h.chosen())
	g.poke(at, now>>2|rwx)
	h.FenceAll()
	h.choice.shared = false
	h.adopt(h.chosen())
	h.want(t, 0x1000, Load, now, NoFault)
}

// TestBytes has three harts and tables of all sizes.
func TestBytes(t *testing.T) {
	for _, test := range []struct {
		strategy Strategy
		sets     uint64
	}{{MultiLevel, 3 * 8}, {Concurrent, 4 * 16}, {Hybrid, 4*16 + 3*8}} {
		c := DefaultConfig()
		c.Strategy, c.Shards, c.SetsPerShard, c.PrivateSets = test.strategy, 4, 16, 8
		if got := c.Bytes(3); got != test.sets*64 {
			t.Errorf("%v: %d bytes, want %d", test.strategy, got, test.sets*64)
		}
	}
}
