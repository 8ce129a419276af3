package runtime

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// translation is the largest mode as harts know it.
func (m MMUMode) translation() vcpu.Translation {
	switch m {
	case Sv39:
		return vcpu.Sv39
	case Sv57:
		return vcpu.Sv57
	}
	return vcpu.Sv48
}

// The granularities of physical memory protection, in bytes.
const (
	finePMP   = 4
	coarsePMP = 4096
)

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
	t.FinePMP = c.PMPGranularity == finePMP
	t.Prefetch = c.Prefetch
	t.PrefetchHistory = c.PrefetchHistory
	t.PrefetchDistance = c.PrefetchDistance
	return t
}
