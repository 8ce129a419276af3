package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

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

// translateScenarios measure address translation by itself: the probe that engines do inline, and the MMU behind it.
// Where page tables are walked, prefetching takes turns with none; where nothing is walked, nothing is fetched ahead.
func translateScenarios() (all []Scenario) {
	for _, p := range append(patterns, hardPatterns...) {
		all = append(all, Scenario{Name: "MMUTranslate/" + p.name, Open: func(o Options) (Probe, error) { return openTranslate(o, p) }})
	}
	return all
}

// translation is one of the spaces that take turns, and what has become of it in a sample.
type translation struct {
	*space
	name      string
	best, cpu time.Duration
	before    shardedtlb.Stats
}

func openTranslate(o Options, p pattern) (Probe, error) {
	var spaces []*translation
	closeAll := func() (err error) {
		for _, s := range spaces {
			err = errors.Join(err, s.close())
		}
		return err
	}
	for _, prefetch := range []bool{true, false} {
		if !prefetch && !p.walks() {
			continue
		}
		s, err := newSpace(p, func(c *shardedtlb.Config) { c.Prefetch = prefetch })
		if err != nil {
			return Probe{}, errors.Join(err, closeAll())
		}
		spaces = append(spaces, &translation{space: s, name: fmt.Sprintf("prefetch=%v", prefetch)})
		if err := s.sweep(max(p.pages, 1000)); err != nil { // to the state that p describes
			return Probe{}, errors.Join(err, closeAll())
		}
	}
	return Probe{Close: closeAll, Sample: func(context.Context) ([]Figure, error) {
		return sampleTranslate(spaces, int(o.size(20, 3)))
	}}, nil
}

// sampleTranslate lets the spaces sweep in turns. Times are those of the best sweep, which others have disturbed least.
func sampleTranslate(spaces []*translation, rounds int) (all []Figure, err error) {
	const loads = 200_000
	for _, s := range spaces {
		s.best, s.cpu, s.before = 0, 0, s.stats()
	}
	for range rounds {
		for _, s := range spaces {
			began, before := time.Now(), ProcessorTime()
			if err := s.sweep(loads); err != nil {
				return nil, err
			}
			s.cpu += ProcessorTime() - before
			if took := time.Since(began); s.best == 0 || took < s.best {
				s.best = took
			}
		}
	}
	for i, s := range spaces {
		n := float64(loads * rounds)
		figures := append(tlbFigures(s.since(s.before), n),
			Figure{Unit: "ns/load", Value: float64(s.best.Nanoseconds()) / loads},
			Figure{Unit: "cpu-ns/load", Value: float64(s.cpu.Nanoseconds()) / n})
		if i == 0 && len(spaces) > 1 {
			figures = append(figures, Figure{Unit: "%-of-none", Value: 100 * s.best.Seconds() / spaces[1].best.Seconds()})
		}
		all = append(all, side(s.name, figures)...)
	}
	return all, nil
}

// strategyScenarios compare the strategies in a guest whose first levels miss: one hart, and several that share their
// address space.
func strategyScenarios() (all []Scenario) {
	for _, harts := range []int{1, 2, 8} {
		all = append(all, Scenario{Name: fmt.Sprintf("Strategies/harts=%d", harts), Long: true, Open: func(Options) (Probe, error) {
			const n = 4_000_000
			p := guests.Params{"pages": 1 << 15, "random": 1, "loads": n / uint64(harts)}
			return probe(func(ctx context.Context) (all []Figure, err error) {
				for _, strategy := range []runtime.MMUStrategy{runtime.MultiLevel, runtime.Concurrent, runtime.Hybrid} {
					s, err := executeGuest(ctx, interp, "pages", p, func(c *runtime.Config) {
						c.TLB.Strategy, c.Harts = strategy, harts
					})
					if err != nil {
						return nil, err
					}
					figures, err := loadFigures(s, n)
					if err != nil {
						return nil, err
					}
					all = append(all, side("strategy="+strings.ToLower(strategy.String()), figures)...)
				}
				return all, nil
			})
		}})
	}
	return all
}

// guestScenarios measure the patterns from inside: a guest in S-mode behind Sv39 page tables. A load comes with some 15
// other instructions, which find the next page.
func guestScenarios() (all []Scenario) {
	for _, p := range patterns {
		all = append(all, Scenario{Name: "MMUGuest/" + p.name, Long: true, Open: func(Options) (Probe, error) {
			const n = 4_000_000
			params := guests.Params{"pages": p.pages, "level": uint64(p.level), "fence": p.fence, "loads": n}
			if p.jumps {
				params["random"] = 1
			}
			return probe(func(ctx context.Context) (all []Figure, err error) {
				for _, e := range Engines() {
					s, err := executeGuest(ctx, e, "pages", params, nil)
					if err != nil {
						return nil, err
					}
					figures, err := loadFigures(s, n)
					if err != nil {
						return nil, err
					}
					all = append(all, side("engine="+e.Name, figures)...)
				}
				return all, nil
			})
		}})
	}
	return all
}

// loadFigures are what a guest's loads cost.
func loadFigures(s counted, n float64) ([]Figure, error) {
	var tlb shardedtlb.Stats
	for _, m := range tlb.Measures() {
		f, err := s.figure("tlb." + m.Name)
		if err != nil {
			return nil, err
		}
		*m.Var().(*uint64) = uint64(f.Number())
	}
	return append(tlbFigures(tlb, n),
		Figure{Unit: "ns/load", Value: float64(s.Wall.Nanoseconds()) / n},
		Figure{Unit: "cpu-ns/load", Value: float64(s.cpu.Nanoseconds()) / n}), nil
}

// tlbFigures are hit rates by level, of n accesses, and the time of a walk.
func tlbFigures(s shardedtlb.Stats, n float64) []Figure {
	figures := []Figure{{Unit: "%L1-hits", Value: 100 * (1 - float64(s.LoadMisses)/n)}}
	if s.PrefetchIssued > 0 {
		figures = append(figures, Figure{Unit: "%prefetch-used", Value: 100 * s.PrefetchAccuracy()})
	}
	if lookups := s.L2Hits + s.L2Misses; float64(lookups) > n/1000 {
		figures = append(figures, Figure{Unit: "%L2-hits", Value: 100 * float64(s.L2Hits) / float64(lookups)})
	}
	if s.WalkSamples > 100 {
		figures = append(figures, Figure{Unit: "ns/walk", Value: float64(s.WalkNanos) / float64(s.WalkSamples)})
	}
	return figures
}
