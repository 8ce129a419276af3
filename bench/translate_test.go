package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

var sink uint64

// pattern is a way to go through pages.
type pattern struct {
	name  string
	pages uint64
	level int    // leaf size: 4 KiB << 9*level
	jumps bool   // pages in random order; their number is a power of two then
	row   uint64 // with jumps: pages in a row before the next jump, 0 for one
	half  bool   // with jumps: only every other access jumps, the rest go through all pages in order
	step  uint64 // without jumps: pages from one access to the next, 0 for one
	fence uint64 // accesses between two fences of everything, 0 for none
}

// walks reports whether page tables are walked in p again and again.
func (p pattern) walks() bool {
	return p.level == 0 && (p.pages > shardedtlb.FarEntries || p.fence != 0)
}

// The first level has 512 entries for loads in its near part and 16,384 in its far part, the second 32,768.
var patterns = []pattern{
	{name: "warm", pages: 200},                          // the near part knows every page
	{name: "far", pages: 4096, jumps: true},             // the far part does
	{name: "second-level", pages: 1 << 15, jumps: true}, // the second level does, the far part half of them
	{name: "cold", pages: 4096, fence: 4096},            // neither ever does
	{name: "beyond", pages: 65536, jumps: true},         // more than both hold
	{name: "pages=2M", pages: 4096, level: 1, jumps: true},
	{name: "pages=1G", pages: 64, level: 2, jumps: true},
}

// More ways, for prefetching to prove itself.
var hardPatterns = []pattern{
	{name: "strided", pages: 4096, step: 7, fence: 4096},
	{name: "rows=3", pages: 65536, jumps: true, row: 3}, // a step is found, and never goes on
	{name: "rows=8", pages: 65536, jumps: true, row: 8}, // every other prefetch is in vain
	{name: "mixed", pages: 65536, jumps: true, half: true},
	{name: "dense", pages: 1024, jumps: true, fence: 400}, // random, but neighbours are likely
}

// BenchmarkMMUTranslate measures address translation by itself: the probe that engines do inline, and the MMU behind
// it. An operation is one load's translation.
func BenchmarkMMUTranslate(b *testing.B) {
	for _, p := range append(patterns, hardPatterns...) {
		for _, prefetch := range []bool{true, false} {
			if !prefetch && !p.walks() {
				continue // where nothing is walked, nothing is fetched ahead
			}
			b.Run(fmt.Sprintf("%s/prefetch=%v", p.name, prefetch), func(b *testing.B) {
				s := newSpace(b, p, func(c *shardedtlb.Config) { c.Prefetch = prefetch })
				s.sweep(b, max(p.pages, 1000)) // to the state that p describes
				before := s.stats()
				b.ResetTimer()
				s.sweep(b, uint64(b.N))
				b.StopTimer()
				s.report(b, before)
			})
		}
	}
}

// BenchmarkPrefetch compares prefetching with none, in turns, where page tables are walked: the ratio of the best times
// of many sweeps, in percent.
func BenchmarkPrefetch(b *testing.B) {
	const rounds, loads = 40, 200_000
	for _, p := range append(patterns, hardPatterns...) {
		if !p.walks() {
			continue
		}
		b.Run(p.name, func(b *testing.B) {
			var spaces [2]*space
			var best [2]time.Duration
			for i := range spaces {
				spaces[i] = newSpace(b, p, func(c *shardedtlb.Config) { c.Prefetch = i == 1 })
				spaces[i].sweep(b, loads)
			}
			for b.Loop() {
				for range rounds {
					for i, s := range spaces {
						began := time.Now()
						s.sweep(b, loads)
						if took := time.Since(began); best[i] == 0 || took < best[i] {
							best[i] = took
						}
					}
				}
			}
			b.ReportMetric(100*best[1].Seconds()/best[0].Seconds(), "%-of-none")
			stats := spaces[1].stats()
			b.ReportMetric(100*stats.PrefetchAccuracy(), "%prefetch-used")
			only(b)
		})
	}
}

// BenchmarkStrategies compares the strategies in a guest whose first levels miss: one hart, and several that share
// their address space.
func BenchmarkStrategies(b *testing.B) {
	for _, strategy := range []runtime.MMUStrategy{runtime.MultiLevel, runtime.Concurrent, runtime.Hybrid} {
		for _, harts := range []int{1, 2, 8} {
			b.Run(fmt.Sprintf("strategy=%s/harts=%d", strings.ToLower(strategy.String()), harts), func(b *testing.B) {
				const n = 8_000_000
				p := guests.Params{"pages": 1 << 15, "random": 1, "loads": n / uint64(harts)}
				cfg := machineFor(b, engines[0], "pages", p)
				cfg.TLB.Strategy, cfg.Harts = strategy, harts
				loads(b, cfg, n)
			})
		}
	}
}

// BenchmarkMMUGuest measures the same patterns as BenchmarkMMUTranslate from inside: a guest in S-mode behind Sv39 page
// tables. A load comes with some 15 other instructions, which find the next page.
func BenchmarkMMUGuest(b *testing.B) {
	for _, p := range patterns {
		b.Run(p.name, func(b *testing.B) {
			onEachEngine(b, func(b *testing.B, e engine) {
				const n = 10_000_000
				params := guests.Params{"pages": p.pages, "level": uint64(p.level), "fence": p.fence, "loads": n}
				if p.jumps {
					params["random"] = 1
				}
				loads(b, machineFor(b, e, "pages", params), n)
			})
		})
	}
}

// loads runs a guest that does n loads, and reports what they cost.
func loads(b *testing.B, cfg runtime.Config, n uint64) {
	var total shardedtlb.Stats
	var seconds float64
	for b.Loop() {
		s := execute(b, cfg)
		addTLB(b, &total, &s)
		seconds += s.Wall.Seconds()
	}
	all := float64(n) * float64(b.N)
	b.ReportMetric(seconds*1e9/all, "ns/load")
	reportTLB(b, total, all)
	only(b)
}

// addTLB adds a machine's counters of address translation to total.
func addTLB(b *testing.B, total *shardedtlb.Stats, s *runtime.Stats) {
	for _, m := range total.Measures() {
		*m.Var().(*uint64) += uint64(figure(b, s, "tlb."+m.Name).Number())
	}
}

// figure is one of a machine's measurements.
func figure(b *testing.B, s *runtime.Stats, path string) measure.Measure {
	b.Helper()
	m, ok := s.Find(path)
	if !ok {
		b.Fatalf("there is no measurement %s", path)
	}
	return m
}

// reportTLB reports hit rates by level, of n accesses, and the time of a walk.
func reportTLB(b *testing.B, s shardedtlb.Stats, n float64) {
	b.ReportMetric(100*(1-float64(s.LoadMisses)/n), "%L1-hits")
	if s.PrefetchIssued > 0 {
		b.ReportMetric(100*s.PrefetchAccuracy(), "%prefetch-used")
	}
	if lookups := s.L2Hits + s.L2Misses; float64(lookups) > n/1000 {
		b.ReportMetric(100*float64(s.L2Hits)/float64(lookups), "%L2-hits")
	}
	if s.WalkSamples > 100 {
		b.ReportMetric(float64(s.WalkNanos)/float64(s.WalkSamples), "ns/walk")
	}
}
