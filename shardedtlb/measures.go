package shardedtlb

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Measures describes the counters.
func (s *Stats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&s.FetchMisses, "fetch_misses", "instruction fetches that the first level had no entry for; hits are not counted"),
		measure.Counter(&s.LoadMisses, "load_misses", "loads that the first level had no entry for"),
		measure.Counter(&s.StoreMisses, "store_misses", "stores that the first level had no entry for"),
		measure.Counter(&s.Fills, "fills", "first-level entries made for the access that missed"),
		measure.Counter(&s.L2Hits, "l2_hits", "misses answered by the second level"),
		measure.Counter(&s.L2Misses, "l2_misses", "misses that the second level could not answer"),
		measure.Counter(&s.L2Fenced, "l2_fenced", "second-level entries found, but older than a fence of the hart"),
		measure.Counter(&s.Walks, "walks", "page-table walks for an access"),
		measure.Counter(&s.GlobalWalks, "global_walks", "walks that ended at a page of all address spaces"),
		measure.Counter(&s.WalkLevels, "walk_levels", "page-table entries read by walks"),
		measure.Counter(&s.WalkSamples, "walk_samples", "walks that were timed, one in 64"),
		measure.Counter(&s.WalkNanos, "walk_samples_ns", "time of the walks that were timed").In(measure.Nanoseconds),
		measure.Counter(&s.PageFaults, "page_faults", "translations that ended in a page fault"),
		measure.Counter(&s.AccessFaults, "access_faults", "translations that ended in an access fault"),
		measure.Counter(&s.ADUpdates, "ad_updates", "page-table entries whose A or D bit was set"),
		measure.Counter(&s.ADRetries, "ad_retries", "swaps of A or D bits lost to another writer, and tried again"),
		measure.Counter(&s.PrefetchSearches, "prefetch_searches", "walks after which a stream was looked for"),
		measure.Counter(&s.PrefetchIssued, "prefetch_issued", "translations made ahead"),
		measure.Counter(&s.PrefetchUsed, "prefetch_used", "translations made ahead, of runs whose last page an access has reached soon"),
		measure.Counter(&s.Fences, "fences", "fences of translations"),
		measure.Counter(&s.IDRecycles, "id_recycles", "times that the ids of views ran out"),
		measure.Counter(&s.StrategySwitches, "strategy_switches", "changes of mind of the strategy hybrid"),
	}
}

// Measures describes the counters.
func (s *ShardStats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&s.Hits, "hits", "look-ups that found an entry; harts deliver theirs in batches"),
		measure.Counter(&s.Misses, "misses", "look-ups that found none"),
		measure.Counter(&s.Inserts, "inserts", "entries recorded"),
		measure.Counter(&s.Lost, "lost", "entries not recorded because another hart was writing the same one"),
	}
}

// Summary words the counters; instructions are those of the harts they are of.
func (s *Stats) Summary(instructions uint64) []measure.Line {
	lines := []measure.Line{measure.Say("TLB level 1", "%s of instructions without a miss, %s misses",
		measure.Hits(instructions, s.Misses()), measure.Number(s.Misses()))}
	if lookups := s.L2Hits + s.L2Misses; lookups > 0 {
		lines = append(lines, measure.Say("TLB level 2", "%s of %s look-ups hit", measure.Hits(lookups, s.L2Misses), measure.Number(lookups)))
	}
	if s.Walks > 0 {
		mean := ""
		if s.WalkSamples > 0 {
			mean = fmt.Sprintf(" of %d ns on average", s.WalkNanos/s.WalkSamples)
		}
		lines = append(lines, measure.Say("page walks", "%s%s, %s page faults", measure.Number(s.Walks), mean, measure.Number(s.PageFaults)))
	}
	if s.PrefetchIssued > 0 {
		lines = append(lines, measure.Say("prefetch", "%s pages, %.0f %% of them used", measure.Number(s.PrefetchIssued), 100*s.PrefetchAccuracy()))
	}
	return lines
}

// Add adds o to s.
func (s *Stats) Add(o Stats) {
	a := s.words()
	for i, n := range o.words() {
		a[i] += n
	}
}

// Misses returns the first-level misses of all kinds.
func (s *Stats) Misses() uint64 { return s.FetchMisses + s.LoadMisses + s.StoreMisses }

// PrefetchAccuracy returns the share of the translations made ahead that were used, 0 to 1;
// 0 if there were none.
func (s *Stats) PrefetchAccuracy() float64 {
	if s.PrefetchIssued == 0 {
		return 0
	}
	return float64(s.PrefetchUsed) / float64(s.PrefetchIssued)
}
