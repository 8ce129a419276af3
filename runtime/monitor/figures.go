package monitor

import (
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// row is a figure of every report.
type row struct {
	name, title string
	unit        unit
	// part is a measurement that there is if the machine has what the figure is about.
	part string
	// value is the figure; enough is false, and why says it, if too little has happened to judge it.
	value func(*state) (v float64, enough bool)
	few   string
	limit *limit
	// cost is the share of the machine's work that a figure beyond its limit has cost, from 0 to 1; nil: 0.
	cost func(*state) float64
	// advice is given beyond the limit, the best first.
	advice func(*state) []Advice
}

func nanoseconds(ns float64) time.Duration { return time.Duration(ns) }

// What it takes to judge.
const (
	fewInstructions = 10e6 // of all
	fewLookups      = 1e-3 // of instructions: a level that is asked less often does not matter
	fewCompilations = 100  // so that one in 100 is one at least
	fewWalks        = 64
)

// ran reports whether the machine has run for long enough to be judged.
func (s *state) ran() bool { return s.number("instructions") >= fewInstructions }

// told is for figures without a limit.
func told(path string) func(*state) (float64, bool) {
	return func(s *state) (float64, bool) { return s.number(path), true }
}

// rate is how much there was of a counter in a second.
func rate(path string) func(*state) (float64, bool) {
	return func(s *state) (float64, bool) { return s.number(path) / max(s.seconds, 1e-9), true }
}

// figures are the rows of a report, in its order.
var figures = []row{
	{
		name: "execution", title: "Speed of execution, of all native", unit: shares, limit: &limit{missed: 0.7},
		value: func(s *state) (float64, bool) { return s.speed(), s.ran() }, few: "less than 10 M instructions were executed",
		cost:   func(s *state) float64 { return s.work.of(s.work.interpreted * (1 - 1.0/interpretedCost)) },
		advice: adviseExecution,
	},
	{name: "execution-counted", title: "The same, an interpreted instruction counting for ten", unit: shares, value: func(s *state) (float64, bool) {
		return s.counted(), true
	}},
	{name: "native-share", title: "Instructions of native code", unit: shares, part: "jit.native_share", value: nativeShare},
	{name: "native-ratio", title: "Native instructions for each interpreted one", unit: numbers, part: "jit.native_share", value: func(s *state) (float64, bool) {
		native := s.number("jit.native_instructions")
		return native / max(s.number("instructions")-native, 1), true
	}},
	{name: "native-rate", title: "Native instructions per second", unit: numbers, part: "jit.native_share", value: rate("jit.native_instructions")},
	{name: "interpreted-rate", title: "Interpreted instructions per second", unit: numbers, value: func(s *state) (float64, bool) {
		return (s.number("instructions") - s.number("jit.native_instructions")) / max(s.seconds, 1e-9), true
	}},

	{
		name: "code-cache", title: "Hit rate of the code cache", unit: shares, part: "jit.cache.entries", limit: &limit{missed: 0.85},
		value: func(s *state) (float64, bool) {
			native, missed := s.number("jit.native_instructions"), s.number("jit.missed_instructions")
			return 1 - share(missed, native+missed), native+missed >= fewInstructions
		},
		few:    "less than 10 M instructions were executed that there was code for",
		cost:   func(s *state) float64 { return s.work.of(s.work.evicted) },
		advice: adviseCache,
	},
	{name: "code-cache-used", title: "Code in the code cache", unit: sizes, part: "jit.cache.entries", value: told("jit.cache.used_bytes")},
	{name: "code-cache-evicted", title: "Pieces of code evicted", unit: numbers, part: "jit.cache.entries", value: told("jit.cache.evicted")},

	{
		name: "compile-time", title: "Compile time, 99 of 100 below", unit: times, part: "jit.compiler.workers", limit: &limit{10e6, 20e6},
		value: func(s *state) (float64, bool) {
			d := s.compileTimes()
			return float64(d.P99), d.Count >= fewCompilations
		},
		few:    "fewer than 100 pieces of code were compiled",
		cost:   compileCost,
		advice: adviseCompile,
	},
	{name: "compile-throughput", title: "Code made per millisecond of compiling", unit: sizes, part: "jit.compiler.workers", value: func(s *state) (float64, bool) {
		return s.number("jit.compiler.code_bytes") / max(float64(s.compileTimes().Sum)/1e6, 1e-6), true
	}},
	{name: "compile-bytes", title: "Code made", unit: sizes, part: "jit.compiler.workers", value: told("jit.compiler.code_bytes")},
	{
		name: "compile-drops", title: "Requests that found the compile queue full", unit: parts, part: "jit.compiler.workers", limit: &limit{missed: 0.5},
		value: func(s *state) (float64, bool) {
			all := s.number("jit.compiler.accepted") + s.number("jit.compiler.drops")
			return share(s.number("jit.compiler.drops"), all), all >= fewCompilations
		},
		few:    "fewer than 100 requests were made",
		advice: adviseQueue,
	},
	{name: "compile-waiting", title: "Requests that wait to be compiled", unit: numbers, part: "jit.compiler.workers", value: told("jit.compiler.queue_length")},
	{name: "compile-queue", title: "Longest compile queue", unit: numbers, part: "jit.compiler.workers", value: told("jit.compiler.queue_max")},

	tlbRow("tlb-fetch", "TLB level 1, hit rate of fetches", "tlb.fetch_misses", "instructions"),
	tlbRow("tlb-load", "TLB level 1, hit rate of loads", "tlb.load_misses", "tlb_hits.loads"),
	tlbRow("tlb-store", "TLB level 1, hit rate of stores", "tlb.store_misses", "tlb_hits.stores"),
	{
		name: "tlb-level2", title: "TLB level 2, hit rate", unit: shares, limit: &limit{0.9, 0.8},
		value: func(s *state) (float64, bool) {
			asked := s.number("tlb.l2_hits") + s.number("tlb.l2_misses")
			return 1 - share(s.number("tlb.l2_misses"), asked), s.ran() && asked >= fewLookups*s.number("instructions")
		},
		few:    "less than one instruction in 1,000 asks it",
		cost:   func(s *state) float64 { return s.work.of(s.work.walks) },
		advice: adviseTLB,
	},
	{
		name: "walk-latency", title: "Walk of page tables, mean", unit: times, limit: &limit{missed: 5e3},
		value: func(s *state) (float64, bool) {
			n := s.number("tlb.walk_samples")
			return s.number("tlb.walk_samples_ns") / max(n, 1), n >= fewWalks
		},
		few:    "fewer than 64 walks were timed",
		advice: adviseWalks,
	},
	{name: "walks", title: "Walks of page tables, for a million instructions", unit: numbers, value: func(s *state) (float64, bool) {
		return 1e6 * s.number("tlb.walks") / max(s.number("instructions"), 1), true
	}},
	{name: "walks-global", title: "Walks that ended at a page of all address spaces", unit: parts, value: func(s *state) (float64, bool) {
		return share(s.number("tlb.global_walks"), s.number("tlb.walks")), true
	}},
	{name: "prefetch-used", title: "Prefetched translations that were used", unit: shares, part: "tlb.prefetch_issued", value: func(s *state) (float64, bool) {
		return share(s.number("tlb.prefetch_used"), s.number("tlb.prefetch_issued")), true
	}},

	{
		name: "gc-pause", title: "Pause of the collector, 99 of 100 below", unit: times, part: "managed_heap.cycles", limit: &limit{missed: 1e6},
		value: func(s *state) (float64, bool) { d := s.pauses(); return float64(d.P99), d.Count > 0 }, few: "there was none",
		cost:   func(s *state) float64 { return share(s.pauses().Sum.Seconds(), s.seconds) },
		advice: advisePause,
	},
	{
		name: "gc-turn", title: "Objects marked until harts get their turn", unit: numbers, part: "managed_heap.cycles", limit: &limit{200e3, 1e6},
		value: func(s *state) (float64, bool) {
			return s.number("managed_heap.marked_objects") / (s.number("managed_heap.turns") + 1), s.number("managed_heap.cycles") > 0
		},
		few:    "nothing was collected",
		cost:   func(s *state) float64 { return share(s.times("managed_heap.trace").Sum.Seconds(), s.seconds) / 2 },
		advice: adviseQuota,
	},
	{name: "gc-cycles", title: "Collections", unit: numbers, part: "managed_heap.cycles", value: told("managed_heap.cycles")},
	{name: "gc-quota", title: "Quota of a marker", unit: times, part: "managed_heap.cycles", value: told("managed_heap.quota_ns")},
	{
		name: "gc-waits", title: "Allocations that waited, for each collection", unit: numbers, part: "managed_heap.cycles", limit: &limit{0.5, 1},
		value: func(s *state) (float64, bool) {
			cycles := s.number("managed_heap.cycles")
			return s.number("managed_heap.stalls") / max(cycles, 1), cycles > 0
		},
		few:    "nothing was collected",
		cost:   waitCost,
		advice: adviseTrigger,
	},

	{
		name: "memory", title: "Memory of the process, of the host's", unit: parts, part: "host_memory.process_bytes", limit: &limit{0.8, 0.9},
		value: func(s *state) (float64, bool) {
			host := s.number("host_memory.host_bytes")
			return share(s.number("host_memory.process_peak_bytes"), host), host > 0
		},
		few: "the host does not tell",
		cost: func(s *state) float64 {
			return share(s.number("host_memory.process_peak_bytes"), s.number("host_memory.host_bytes"))
		},
		advice: adviseMemory,
	},
	memoryRow("ram", "RAM touched"), memoryRow("code", "native code"), memoryRow("harts", "states of harts"),
	memoryRow("blocks", "decoded blocks"), memoryRow("second_level", "TLB level 2"), memoryRow("go", "Go"), memoryRow("process", "the process"),
	{name: "watching", title: "Processor time that watching has taken, of all", unit: parts, value: func(s *state) (float64, bool) {
		return share(s.own.Seconds(), s.worked.Seconds()), true
	}},
}

func nativeShare(s *state) (float64, bool) {
	return share(s.number("jit.native_instructions"), s.number("instructions")), true
}

// tlbRow is the hit rate of the first level for one kind of access.
func tlbRow(name, title, misses, accesses string) row {
	return row{
		name: name, title: title, unit: shares, limit: &limit{0.9, 0.8},
		value: func(s *state) (float64, bool) {
			n := s.number(accesses)
			return 1 - share(s.number(misses), n), s.ran() && n >= fewLookups*s.number("instructions")
		},
		few:    "there were hardly any, or nobody has looked how many",
		cost:   func(s *state) float64 { return s.work.of(missCost * s.number(misses)) },
		advice: adviseTLB,
	}
}

// memoryRow is what a part has had at most.
func memoryRow(part, title string) row {
	return row{
		name: "memory-" + part, title: "Memory, " + title + ", at most", unit: sizes, part: "host_memory.ram_bytes",
		value: func(s *state) (float64, bool) { return s.peak["host_memory."+part+"_bytes"], true },
	}
}

// compileTimes are those of all sizes; the quantile is the worst of them.
func (s *state) compileTimes() (all measure.Distribution) {
	for _, size := range []string{"small", "medium", "large"} {
		d := s.times("jit.compiler.compile." + size + ".time")
		all.Count += d.Count
		all.Sum += d.Sum
		if d.Count > 0 {
			all.P99, all.Max = max(all.P99, d.P99), max(all.Max, d.Max)
		}
	}
	return all
}

// compileCost is a tenth of the share of time that went into compilations beyond the limit, each of them as long as that:
// workers compile beside the harts.
func compileCost(s *state) float64 {
	return share(s.number("jit.compiler.over_budget")*0.01, s.seconds*max(s.number("jit.compiler.workers"), 1)) / 10
}

// waitCost is the share of their time that harts waited for memory, each time for as long as a collection takes.
func waitCost(s *state) float64 {
	each := s.times("managed_heap.cycle").Mean().Seconds()
	return share(s.number("managed_heap.stalls")*each, s.seconds*float64(s.config.Harts))
}

// pauses are those of single harts, and where marking is not concurrent those of all; the quantile is the worse one.
func (s *state) pauses() measure.Distribution {
	d, all := s.times("managed_heap.pause"), s.times("managed_heap.stopped")
	if all.Count > 0 {
		d.P99, d.Sum = max(d.P99, all.P99), d.Sum+all.Sum
	}
	return d
}
