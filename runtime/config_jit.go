package runtime

import (
	goruntime "runtime"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
)

// CachePolicy is the order in which native code leaves a full cache.
type CachePolicy string

const (
	// LRULFU weighs executions by how long ago the last was.
	LRULFU CachePolicy = "lru_lfu"
	// LRU evicts what has not been executed for longest.
	LRU CachePolicy = "lru"
	// LFU evicts what has been executed least, old executions counting less.
	LFU CachePolicy = "lfu"
)

// UnmarshalText reads a policy's name in any case.
func (p *CachePolicy) UnmarshalText(text []byte) error { return choose(p, text, LRULFU, LRU, LFU) }

// MarshalText is the inverse of UnmarshalText.
func (p CachePolicy) MarshalText() ([]byte, error) { return []byte(p), nil }

const (
	maxJITWorkers   = 1024
	maxThreshold    = 1 << 30
	maxWindow       = 1 << 20
	maxWeight       = 1e6
	maxCacheEntries = 1 << 30
)

func (c *Config) checkJIT() error {
	modes := []JITMode{JITOff, JITQuick, JITOn}
	maps := []PerfMapMode{PerfMapOff, PerfMapOn, PerfMapKeep}
	switch {
	case !slices.Contains(maps, c.PerfMap):
		return wrong("perf-map", "%q is not known; choose %s", c.PerfMap, list(maps))
	case !slices.Contains(modes, c.JIT):
		return wrong("jit", "%q is not known; choose %s", c.JIT, list(modes))
	case c.JITThresholdMin < 1 || c.JITThresholdMin > maxThreshold:
		return wrong("jit-threshold-min", "a threshold of %d executions is impossible; choose 1 to 2^30", c.JITThresholdMin)
	case c.JITThresholdMax < 1 || c.JITThresholdMax > maxThreshold:
		return wrong("jit-threshold-max", "a threshold of %d executions is impossible; choose 1 to 2^30", c.JITThresholdMax)
	case c.JITThresholdMin > c.JITThresholdMax:
		return wrong("jit-threshold-min", "%d is above --jit-threshold-max, which is %d", c.JITThresholdMin, c.JITThresholdMax)
	case c.JITWorkers < 0 || c.JITWorkers > maxJITWorkers:
		return wrong("jit-workers", "%d workers are impossible; choose 1 to %d, or 0 for one for every two host CPUs", c.JITWorkers, maxJITWorkers)
	case c.JITWindow < 1 || c.JITWindow > maxWindow:
		return wrong("jit-window", "a window of %d samples is impossible; choose 1 to 2^20", c.JITWindow)
	case !(c.JITWeightCompile >= 0 && c.JITWeightCompile <= maxWeight):
		return wrong("jit-weight-compile", "a weight of %v is impossible; choose 0 to %d", c.JITWeightCompile, int(maxWeight))
	case !(c.JITWeightBenefit >= 0 && c.JITWeightBenefit <= maxWeight):
		return wrong("jit-weight-benefit", "a weight of %v is impossible; choose 0 to %d", c.JITWeightBenefit, int(maxWeight))
	case c.JITWeightCompile+c.JITWeightBenefit == 0:
		return wrong("jit-weight-benefit", "both weights are 0, so the threshold has nothing to follow; choose another one")
	case c.JITBudget < 0:
		return wrong("jit-budget", "%v is no time; choose one such as 10ms, or 0 for any", c.JITBudget)
	}
	return nil
}

func (c *Config) checkCodeCache() error {
	policies := []CachePolicy{LRULFU, LRU, LFU}
	switch {
	case c.CodeCacheEntries < codecache.MinEntries || c.CodeCacheEntries > maxCacheEntries:
		return wrong("code-cache-entries", "a cache for the code of %d pages is impossible; choose %d to 2^30", c.CodeCacheEntries, codecache.MinEntries)
	case c.CodeCacheEntries < 2*(c.jitWorkers()+1):
		return wrong("code-cache-entries", "%d blocks are too few for %d workers; choose %d or more, or fewer --jit-workers",
			c.CodeCacheEntries, c.jitWorkers(), 2*(c.jitWorkers()+1))
	case c.CodeCacheBytes < codecache.MinBytes || c.CodeCacheBytes > codecache.MaxBytes:
		return wrong("code-cache-bytes", "a cache of %s bytes is impossible; choose %s to %s", c.CodeCacheBytes, Size(codecache.MinBytes), Size(codecache.MaxBytes))
	case !slices.Contains(policies, c.CodeCachePolicy):
		return wrong("code-cache-policy", "%q is not known; choose %s", c.CodeCachePolicy, list(policies))
	case c.CodeCacheCleanup <= 0:
		return wrong("code-cache-cleanup", "%v between clean-ups is impossible; choose a time such as 60s", c.CodeCacheCleanup)
	case !(c.CodeCacheDecay > 0 && c.CodeCacheDecay <= 1):
		return wrong("code-cache-decay", "a decay of %v is impossible; choose more than 0 and at most 1", c.CodeCacheDecay)
	case c.CodeCacheWarmup < 0:
		return wrong("code-cache-warmup", "%d blocks are impossible; choose 0 or more", c.CodeCacheWarmup)
	}
	return nil
}

// jitWorkers is the number of workers that compile.
func (c *Config) jitWorkers() int {
	if c.JITWorkers > 0 {
		return c.JITWorkers
	}
	return max(1, goruntime.GOMAXPROCS(0)/2)
}

// engine translates the settings of native execution.
func (c *Config) engine() engine.Config {
	w, k := jitworker.DefaultConfig(), codecache.DefaultConfig()
	w.Workers = c.jitWorkers()
	w.Threshold = jitworker.ThresholdConfig{
		Min: uint32(c.JITThresholdMin), Max: uint32(c.JITThresholdMax), Window: c.JITWindow,
		CompileWeight: c.JITWeightCompile, BenefitWeight: c.JITWeightBenefit,
		Budget: c.JITBudget, BudgetEnabled: c.JITBudget > 0,
	}
	k.Entries, k.Bytes = c.CodeCacheEntries, uint64(c.CodeCacheBytes)
	k.CleanUp, k.Decay, k.WarmUp = c.CodeCacheCleanup, c.CodeCacheDecay, c.CodeCacheWarmup
	switch c.CodeCachePolicy {
	case LRU:
		k.Policy = codecache.LRU
	case LFU:
		k.Policy = codecache.LFU
	default:
		k.Policy = codecache.LRU_LFU
	}
	return engine.Config{Workers: w, Cache: k, Profile: c.Profile, Wait: c.test.wait, Before: c.test.before}
}
