package runtime

import "github.com/hartwood-vm/hartwood/shardedtlb"

// tlb translates the MMU's settings.
func (c *Config) tlb() shardedtlb.Config {
	t := shardedtlb.DefaultConfig()
	switch c.MMUStrategy {
	case MultiLevel:
		t.Strategy = shardedtlb.MultiLevel
	case Hybrid:
		t.Strategy = shardedtlb.Hybrid
	default:
		t.Strategy = shardedtlb.Concurrent
	}
	t.Prefetch = c.Prefetch
	t.PrefetchHistory = c.PrefetchHistory
	t.PrefetchDistance = c.PrefetchDistance
	return t
}
