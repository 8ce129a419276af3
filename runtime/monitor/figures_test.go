package monitor

import (
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

func TestJudge(t *testing.T) {
	l := &limit{0.9, 0.8}
	for v, want := range map[float64]Verdict{1: Good, 0.91: Good, 0.9: Missed, 0.81: Missed, 0.8: AtFault, 0: AtFault} {
		if got := l.judge(v, true); got != want {
			t.Errorf("a share of %v is %s, want %s", v, got, want)
		}
	}
	l = &limit{10, 20}
	for v, want := range map[float64]Verdict{0: Good, 9.9: Good, 10: Missed, 19.9: Missed, 20: AtFault} {
		if got := l.judge(v, false); got != want {
			t.Errorf("a time of %v is %s, want %s", v, got, want)
		}
	}
	if got := (&limit{missed: 5}).judge(1e9, false); got != Missed {
		t.Errorf("without a second limit a figure is %s", got)
	}
	if got := (*limit)(nil).judge(1, true); got != Told {
		t.Errorf("without a limit a figure is %s", got)
	}
}

// TestRows finds rows that are not whole.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range figures {
		switch {
		case seen[w.name]:
			t.Errorf("there are two figures %s", w.name)
		case w.title == "" || w.value == nil || w.unit.text == nil:
			t.Errorf("%s: no title, no value or no unit", w.name)
		case (w.limit == nil) != (w.advice == nil) || (w.limit == nil) != (w.few == ""):
			t.Errorf("%s: who has a limit has advice, and says when there is too little to judge, and nobody else", w.name)
		}
		seen[w.name] = true
	}
}

// situations are measurements at which rows advise different things, each with the configuration.
func situations() (all []*state) {
	numbers := []map[string]float64{
		{}, {"instructions": 1e9, "tlb.walks": 1e9, "tlb.l2_misses": 1e8, "tlb.l2_fenced": 1e8, "tlb.prefetch_issued": 10, "tlb.prefetch_used": 9},
		{"instructions": 1e9, "jit.native_share": 0.1, "jit.compiler.drops": 1e6, "jit.compiler.workers": 1, "jit.compiler.accepted": 1},
		{"instructions": 1e9, "jit.native_share": 0.1, "jit.exits.operations": 1e9},
		{"instructions": 1e9, "jit.native_share": 0.1, "jit.cache.entries": 1e9, "jit.cache.used_bytes": 1e9, "jit.cache.capacity_bytes": 1e9},
		{"managed_heap.cycles": 1, "managed_heap.heap_size_bytes": 1e8, "managed_heap.allocated_bytes": 1e9, "managed_heap.live_bytes": 1e7, "managed_heap.used_bytes": 1e9},
		{"managed_heap.cycles": 1, "managed_heap.heap_size_bytes": 1e8, "managed_heap.live_bytes": 9e7},
	}
	configs := []func(*runtime.Config){
		func(*runtime.Config) {},
		func(c *runtime.Config) { c.JIT.Mode = runtime.JITOff },
		func(c *runtime.Config) { c.JIT.Threshold.Min, c.JIT.Threshold.Max = 1<<20, 1<<30 },
		func(c *runtime.Config) { c.JIT.Threshold.Min, c.JIT.Threshold.Max, c.JIT.QueueLength = 20, 1<<30, 1 },
		func(c *runtime.Config) { c.JIT.Threshold.Min, c.JIT.Threshold.Max, c.JIT.Threshold.Budget = 1, 1, 0 },
		func(c *runtime.Config) { c.TLB.Shards, c.TLB.SetsPerShard = 1, 2 },
		func(c *runtime.Config) { c.TLB.Shards, c.TLB.SetsPerShard = 1024, 2 },
		func(c *runtime.Config) { c.TLB.Shards, c.TLB.SetsPerShard, c.TLB.Prefetch = 4, 1<<20, false },
		func(c *runtime.Config) { c.TLB.Strategy, c.TLB.PrivateSets = runtime.MultiLevel, 1<<16 },
		func(c *runtime.Config) { c.TLB.Strategy, c.TLB.PrivateSets = runtime.MultiLevel, 2 },
		func(c *runtime.Config) { c.TLB.PrefetchDistance, c.HugePages = 50, runtime.HugePagesOff },
		func(c *runtime.Config) {
			c.CodeCache.Bytes, c.CodeCache.Policy, c.CodeCache.Entries = 1<<30, runtime.LFU, 16
		},
		func(c *runtime.Config) {
			c.Heap.Concurrent, c.Heap.Adaptive, c.Heap.Shards, c.Heap.Step = false, false, 1, 1
		},
		func(c *runtime.Config) { c.Heap.MarkQuota, c.Heap.SweepQuota, c.Heap.Step = 1e12, 1e12, 1<<30 },
		func(c *runtime.Config) { c.Heap.Trigger, c.Heap.Target, c.Heap.Size = 1, 1, 64<<30 },
		func(c *runtime.Config) { c.Heap.Trigger, c.Heap.Target, c.Heap.Size = 0.1, 0.05, 64<<10 },
		func(c *runtime.Config) { c.Memory, c.CodeCache.Bytes = runtime.MiB, 256<<10 },
	}
	for _, n := range numbers {
		for _, change := range configs {
			s := &state{seconds: 1, cpus: 4, config: runtime.Default(), peak: map[string]float64{"host_memory.ram_bytes": 1e6, "host_memory.code_bytes": 1e6}}
			s.to = reading{}
			for path, v := range n {
				s.to[path] = value{kind: measure.Level, number: v}
			}
			for _, path := range []string{"managed_heap.cycle", "jit.compiler.compile.large.time"} {
				s.to[path] = value{kind: measure.Durations, times: measure.Distribution{Count: 1, Sum: 1e8, P99: 1e8}}
			}
			s.config.ProgramData = []byte{1}
			change(&s.config)
			all = append(all, s)
		}
	}
	return all
}

// change makes changes to a configuration as the command line does.
func change(t *testing.T, c *runtime.Config, changes []Change) {
	t.Helper()
	find := func(name string) setting.Setting {
		for _, g := range c.Settings() {
			for _, s := range g.Settings {
				if s.About().Name == name {
					return s
				}
			}
		}
		t.Fatalf("there is no setting %s", name)
		return nil
	}
	for _, x := range changes {
		if err := find(x.Option).Set(x.Value); err != nil {
			t.Fatalf("--%s=%s: %v", x.Option, x.Value, err)
		}
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
}

// Whatever is advised, a machine can be configured so, and all that it says is what the configuration is not.
func TestAdviceIsPossible(t *testing.T) {
	given, lacking := map[string]bool{}, map[string]bool{}
	for _, s := range situations() {
		if err := s.config.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, w := range figures {
			if w.advice == nil {
				continue
			}
			advice := w.advice(s)
			if lacking[w.name] = len(advice) == 0; lacking[w.name] && w.name != "compile-drops" && w.name != "gc-turn" && w.name != "code-cache" {
				t.Errorf("%s: no advice", w.name)
			}
			for _, a := range advice {
				if a.Why == "" {
					t.Errorf("%s: %+v does not say why", w.name, a)
				}
				if strings.Contains(a.Why, "%!") {
					t.Errorf("%s: %s", w.name, a.Why)
				}
				c := s.config
				change(t, &c, a.Changes)
				for _, x := range a.Changes {
					given[x.Option] = true
				}
			}
		}
	}
	for _, option := range []string{
		"jit", "jit-threshold-min", "jit-threshold-max", "jit-budget", "jit-max-insns", "jit-workers", "jit-queue",
		"code-cache-bytes", "code-cache-entries", "code-cache-policy", "code-cache-cleanup", "tlb-sets", "tlb-private-sets", "mmu-strategy", "prefetch",
		"prefetch-distance", "huge-pages", "gc-concurrent", "gc-adaptive", "gc-shards", "gc-step", "gc-mark-quota", "gc-sweep-quota",
		"gc-trigger", "gc-target", "managed-heap", "memory",
	} {
		if !given[option] {
			t.Errorf("no situation leads to --%s", option)
		}
	}
}

// What has cost most comes first.
func TestOrderOfAdvice(t *testing.T) {
	s := &state{seconds: 1, config: runtime.Default(), span: span{to: reading{}}}
	for path, n := range map[string]float64{
		"instructions": 100e6, "jit.native_share": 0.5, "jit.native_instructions": 50e6, "jit.cache.entries": 1, "jit.missed_instructions": 0,
		"tlb.l2_hits": 0, "tlb.l2_misses": 1e6, "tlb.walks": 1e6,
	} {
		s.to[path] = value{number: n}
	}
	first := func() string {
		s.work = s.span.work()
		return newReport(s, nil).Advice[0].Figure
	}
	if got := first(); got != "execution" {
		t.Errorf("half of the instructions are interpreted, and %s comes first", got)
	}
	s.to["jit.missed_instructions"] = value{number: 45e6}
	if got := first(); got != "code-cache" {
		t.Errorf("most of them for want of evicted code, and %s comes first", got)
	}
	s.to["tlb.walks"] = value{number: 100e6}
	if got := first(); got != "tlb-level2" {
		t.Errorf("each of them walks, and %s comes first", got)
	}
}

// A machine without a part has no figures of it.
func TestPartsThatAreNotThere(t *testing.T) {
	r := newReport(&state{seconds: 1, config: runtime.Default(), span: span{to: reading{"instructions": {number: 1e9}}}}, nil)
	if slices.ContainsFunc(r.Figures, func(f Figure) bool { return strings.HasPrefix(f.Name, "gc-") || strings.HasPrefix(f.Name, "compile-") }) {
		t.Errorf("%+v", r.Figures)
	}
}
