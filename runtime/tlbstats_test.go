package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

func TestStatsHaveShards(t *testing.T) {
	for strategy, want := range map[MMUStrategy]int{Concurrent: shardedtlb.DefaultConfig().Shards, MultiLevel: 0} {
		m := noted(t, func(c *Config) { c.TLB.Strategy = strategy })
		if n := len(m.Stats().tlbShards); n != want {
			t.Errorf("%s: counters of %d shards, want %d", strategy, n, want)
		}
	}
}
