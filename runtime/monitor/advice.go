package monitor

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// set advises a value for a setting.
func set(option string, value any, why string, args ...any) Advice {
	return Advice{Changes: []Change{{option, fmt.Sprint(value)}}, Why: fmt.Sprintf(why, args...)}
}

// and advises a value for another setting, too.
func (a Advice) and(option string, value any) Advice {
	a.Changes = append(a.Changes, Change{option, fmt.Sprint(value)})
	return a
}

// say advises something that no setting does.
func say(why string, args ...any) Advice { return Advice{Why: fmt.Sprintf(why, args...)} }

// defaults are the settings of who has chosen nothing.
var defaults = runtime.Default()

func adviseExecution(s *state) (list []Advice) {
	c := &s.config
	if c.JIT.Mode == runtime.JITOff || !s.has("jit.native_share") {
		return []Advice{set("jit", runtime.JITOn, "everything is interpreted")}
	}
	least, most := c.JIT.Threshold.Min, c.JIT.Threshold.Max
	wantLeast, wantMost := defaults.JIT.Threshold.Min, defaults.JIT.Threshold.Max
	if least > wantLeast || most > wantMost {
		return []Advice{set("jit-threshold-min", min(least, wantLeast), "blocks are executed more often than at the default before they are compiled").
			and("jit-threshold-max", min(most, wantMost))}
	}
	interpreted := s.number("instructions") - s.number("jit.native_instructions")
	switch {
	case s.number("jit.compiler.drops") > s.number("jit.compiler.accepted"):
		return adviseQueue(s)
	case s.number("jit.exits.operations") > interpreted/2 && s.number("tlb.load_misses")+s.number("tlb.store_misses") > interpreted/4:
		return []Advice{say("loads and stores that miss the first level are interpreted: the hit rates of the TLB say more")}
	case s.number("jit.exits.operations") > interpreted/2:
		return []Advice{say("native code leaves operations to the interpreter (jit.left_out in the JSON): compile the guest without them")}
	case least > 1:
		list = append(list, set("jit-threshold-min", max(1, least/5), "code runs too seldom to be compiled; for a guest that runs for some seconds").
			and("jit-threshold-max", max(1, most/5)))
	}
	return append(list, say("the guest runs most of its code once or a few times"))
}

func adviseCache(s *state) (list []Advice) {
	c := &s.config.CodeCache
	used, capacity := s.number("jit.cache.used_bytes")+s.number("jit.cache.waiting_bytes"), s.number("jit.cache.capacity_bytes")
	bytes := set("code-cache-bytes", setting.Size(min(max(uint64(c.Bytes)*4, uint64(defaults.CodeCache.Bytes)), codecache.MaxBytes)),
		"code was evicted while it was in use, for want of memory")
	entries := set("code-cache-entries", max(c.Entries*4, defaults.CodeCache.Entries),
		"code was evicted while it was in use, for the guest has more pages of it than are kept")
	byEntries, byBytes := s.number("jit.cache.entries")/float64(max(c.Entries, 1)), used/max(capacity, 1)
	first, second := bytes, entries
	if byEntries > byBytes {
		first, second = entries, bytes
	}
	if uint64(c.Bytes) < codecache.MaxBytes || byEntries > byBytes {
		list = append(list, first)
	}
	if byEntries > 0.7 && byBytes > 0.7 {
		list = append(list, second)
	}
	if c.Policy != defaults.CodeCache.Policy {
		list = append(list, set("code-cache-policy", defaults.CodeCache.Policy, "this policy looks at how often and at how lately code has run"))
	}
	return list
}

func adviseCompile(s *state) (list []Advice) {
	c := &s.config.JIT
	if s.times("jit.compiler.compile.large.time").P99 >= 10*time.Millisecond && c.MaxInsns > 1000 {
		list = append(list, set("jit-max-insns", 1000, "compiling what has more than 1,000 instructions takes long"))
	}
	if c.Threshold.Budget == 0 || c.Threshold.Budget > defaults.JIT.Threshold.Budget {
		list = append(list, set("jit-budget", defaults.JIT.Threshold.Budget, "compilations that take longer raise the threshold then"))
	}
	if c.Threshold.Min < c.Threshold.Max {
		list = append(list, set("jit-threshold-min", min(2*c.Threshold.Min, c.Threshold.Max), "less is compiled"))
	}
	list = append(list, adviseQueue(s)...)
	return append(list, say("the host may be busy with other work: compilations wait for a processor"))
}

func adviseQueue(s *state) (list []Advice) {
	workers := int(s.number("jit.compiler.workers"))
	if s.number("jit.compiler.drops") > 0 {
		if workers < s.cpus {
			list = append(list, set("jit-workers", min(2*workers, s.cpus), "%d workers compile for %d harts, and the queue was full", workers, s.config.Harts))
		}
		if s.config.JIT.QueueLength < defaults.JIT.QueueLength {
			list = append(list, set("jit-queue", defaults.JIT.QueueLength, "the queue is short"))
		}
	}
	return list
}

// capacity is how many translations the second level that a hart uses has room for.
func (s *state) capacity() int {
	c := &s.config.TLB
	if c.Strategy == runtime.MultiLevel {
		return 2 * c.PrivateSets
	}
	return 2 * c.Shards * c.SetsPerShard
}

// more advises eight times as many translations, and as many as the default has at least.
func (s *state) more() []Advice {
	c, d := &s.config.TLB, &defaults.TLB
	const why = "the second level has room for %d translations, and the guest uses more"
	if c.Strategy == runtime.MultiLevel {
		if c.PrivateSets < 1<<16 {
			return []Advice{set("tlb-private-sets", min(max(8*c.PrivateSets, d.PrivateSets), 1<<16), why, s.capacity())}
		}
		return []Advice{set("mmu-strategy", "concurrent", "a shared second level may be larger than private ones")}
	}
	sets := max(8*c.SetsPerShard, d.Shards*d.SetsPerShard/c.Shards)
	sets = min(sets, 1<<22/c.Shards, 1<<20)
	sets = 1 << (bits.Len(uint(sets)) - 1)
	if sets <= c.SetsPerShard {
		return nil
	}
	return []Advice{set("tlb-sets", sets, why, s.capacity())}
}

// adviseTLB tells a guest that walks because translations had to make room from one that goes through memory for the first
// time: the former has walked more often than there is room for.
func adviseTLB(s *state) (list []Advice) {
	crowded := s.number("tlb.walks") > 2*float64(s.capacity())
	small := s.capacity() < 2*defaults.TLB.Shards*defaults.TLB.SetsPerShard
	ahead := set("prefetch", true, "translations that follow in a step are made ahead of the accesses")
	switch c := &s.config.TLB; {
	case crowded && small:
		list = s.more()
		if !c.Prefetch {
			list = append(list, ahead)
		}
	case !c.Prefetch:
		list = append(list, ahead)
	case s.number("tlb.prefetch_used") > s.number("tlb.prefetch_issued")/2 && c.PrefetchDistance < 64:
		list = append(list, set("prefetch-distance", min(4*c.PrefetchDistance, 64), "most of what was fetched ahead was used"))
		fallthrough
	default:
		list = append(list, s.more()...)
	}
	if s.number("tlb.l2_fenced") > s.number("tlb.l2_misses")/2 {
		list = append(list, say("the guest fences more than it uses: fences by address or ASID spare the rest"))
	}
	if !s.config.UsesHugePages() {
		list = append(list, set("huge-pages", runtime.HugePagesOn, "walks are shorter where the host's own translations suffice"))
	}
	return append(list, say("huge pages in the guest: one translation serves 2 MiB"))
}

func adviseWalks(s *state) (list []Advice) {
	if !s.config.UsesHugePages() {
		list = append(list, set("huge-pages", runtime.HugePagesOn, "page tables are far apart in the host's memory"))
	}
	return append(list, say("the host may be busy with other work"))
}

func advisePause(s *state) (list []Advice) {
	c := &s.config.Heap
	if !c.Concurrent {
		list = append(list, set("gc-concurrent", true, "all harts stand still while objects are marked"))
	}
	if !c.Adaptive {
		list = append(list, set("gc-adaptive", true, "the quota follows what collections leave"))
	}
	if c.Shards != 0 && c.Shards < defaults.Heap.Shards {
		list = append(list, set("gc-shards", defaults.Heap.Shards, "harts wait for each other where barriers log"))
	}
	if c.Step < defaults.Heap.Step {
		list = append(list, set("gc-step", defaults.Heap.Step, "markers look at the clock very often"))
	}
	if half := c.Size / 2 / (64 << 10) * (64 << 10); half > 0 {
		list = append(list, set("managed-heap", half, "a smaller heap has less to mark"))
	}
	return append(list, say("a hart scans its stack in a pause: deep recursion makes it longer, narrower bounds of gc.attach shorter"))
}

func adviseQuota(s *state) (list []Advice) {
	c, d := &s.config.Heap, &defaults.Heap
	if c.MarkQuota > d.MarkQuota {
		list = append(list, set("gc-mark-quota", quota(d.MarkQuota), "markers keep harts from processors for up to %v at a time", c.MarkQuota))
	}
	if c.SweepQuota > d.SweepQuota {
		list = append(list, set("gc-sweep-quota", quota(d.SweepQuota), "so does the sweeper, for %v", c.SweepQuota))
	}
	if c.Step > 100*d.Step {
		list = append(list, set("gc-step", d.Step, "markers hardly look at the clock"))
	}
	if !c.Adaptive {
		list = append(list, set("gc-adaptive", true, "the quota becomes shorter where collections leave plenty of room"))
	}
	return list
}

// quota is a time as settings have it.
func quota(d time.Duration) string {
	var v time.Duration
	w := setting.Duration(&v, d, "", "")
	w.Reset()
	return w.String()
}

// adviseTrigger has collections begin so early that four times of what is allocated during one still fits.
func adviseTrigger(s *state) []Advice {
	c := &s.config.Heap
	size := max(s.number("managed_heap.heap_size_bytes"), 1)
	during := s.number("managed_heap.allocated_bytes") * share(s.times("managed_heap.cycle").Sum.Seconds(), s.seconds) / max(s.number("managed_heap.cycles"), 1)
	at := math.Floor(20*min(max(1-4*during/size, 0.3), defaults.Heap.Trigger)) / 20
	if at >= c.Trigger { // what was allocated meanwhile does not say why
		at = math.Round(20*(c.Trigger-0.2)) / 20
	}
	if live := s.number("managed_heap.live_bytes") / size; live > at-0.1 || at < 0.2 {
		return []Advice{set("managed-heap", min(2*c.Size, gcpar.MaxSize), "%.0f %% of the heap live; the guest must ask for the larger one", 100*live)}
	}
	return []Advice{set("gc-trigger", at, "collections begin too late for the rate at which the guest allocates").
		and("gc-target", min(c.Target, math.Round(20*(at-0.1))/20))}
}

// adviseMemory is about the part that has most.
func adviseMemory(s *state) (list []Advice) {
	ram, code, heap := s.peak["host_memory.ram_bytes"], s.peak["host_memory.code_bytes"], s.number("managed_heap.used_bytes")
	c := &s.config
	if code > ram/4 {
		list = append(list,
			set("code-cache-bytes", setting.Size(max(uint64(c.CodeCache.Bytes)/2, codecache.MinBytes)), "native code takes much of it"),
			set("code-cache-cleanup", c.CodeCache.CleanUp/2, "code that has become cold leaves sooner"))
	}
	if heap > ram/4 && c.Heap.Trigger > 0.4 {
		list = append(list, set("gc-trigger", 0.4, "the managed heap is collected sooner").and("gc-target", min(c.Heap.Target, 0.3)))
	}
	return append(list, set("memory", setting.Size(max(uint64(c.Memory)/2/4096*4096, uint64(runtime.MiB))), "the guest's RAM is most of what a machine takes"))
}
