package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Group describes all measurements, by the parts of the machine that take them. It refers to s.
func (s *Stats) Group() measure.Group {
	g := measure.Group{Name: "machine", Help: "a virtual machine", Measures: s.measures()}
	for i := range s.Harts {
		g.Groups = append(g.Groups, measure.Group{
			Name: "harts", Help: "one guest CPU",
			Labels: []measure.Label{{Name: "hart", Value: i}}, Measures: s.Harts[i].measures(),
		})
	}
	g.Groups = append(g.Groups, measure.Group{Name: "tlb", Help: "address translation, of all harts together", Measures: s.tlb.Measures()})
	g.Groups = append(g.Groups, measure.Group{Name: "tlb_hits", Help: "hit rates of address translation", Measures: s.hits.measures()})
	for i := range s.tlbShards {
		g.Groups = append(g.Groups, measure.Group{
			Name: "tlb_shards", Help: "one shard of the shared second level",
			Labels: []measure.Label{{Name: "shard", Value: i}}, Measures: s.tlbShards[i].Measures(),
		})
	}
	g.Groups = append(g.Groups, measure.Group{Name: "blocks", Help: "decoded blocks", Measures: s.blocks.measures()})
	if s.jit != nil {
		g.Groups = append(g.Groups, s.jit.group())
	}
	if s.heap != nil {
		g.Groups = append(g.Groups, measure.Group{Name: "managed_heap", Help: "the managed heap and its collector", Measures: s.heap.Measures()})
	}
	if s.memory != nil {
		g.Groups = append(g.Groups, measure.Group{Name: "host_memory", Help: "memory of the host, by part", Measures: s.memory.measures()})
	}
	if s.profile != nil {
		g.Groups = append(g.Groups, measure.Group{Name: "profile", Help: "the guest's profile", Measures: s.profile.measures()})
	}
	for i := range s.Missing {
		m := &s.Missing[i]
		g.Groups = append(g.Groups, measure.Group{
			Name: "missing_extensions", Help: "an extension that the guest asked for in vain",
			Labels:   []measure.Label{{Name: "extension", Value: m.Extension}},
			Measures: []measure.Measure{measure.Counter(&m.Instructions, "instructions", "instructions that asked for it")},
		})
	}
	return g
}

// Find returns the measurement at a path of names with dots, such as jit.cache.evicted.
func (s *Stats) Find(path string) (m measure.Measure, ok bool) {
	g := s.Group()
	return g.Find(path)
}

// MarshalJSON writes Group.
func (s Stats) MarshalJSON() ([]byte, error) {
	g := s.Group()
	return g.MarshalJSON()
}

func (s *Stats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&s.Wall, "wall_ns", "time since the run began"),
		measure.Counter(&s.Instructions, "instructions", "instructions that the harts have executed"),
		measure.Counter(&s.Traps, "traps", "exceptions and interrupts that they have taken"),
		measure.Counter(&s.Wakeups, "wakeups", "times that they became runnable"),
	}
}

func (h *HartStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&h.Instructions, "instructions", "instructions executed"),
		measure.Counter(&h.Traps, "traps", "exceptions and interrupts taken"),
		measure.Counter(&h.Wakeups, "wakeups", "times that the hart became runnable"),
		measure.Counter(&h.Native, "native_instructions", "instructions executed by native code"),
	}
}

func (b *blockStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&b.Built, "built", "blocks decoded"),
		measure.Counter(&b.Dropped, "dropped", "blocks dropped, because their code was overwritten or to make room"),
	}
}

func (p *profileStats) measures() []measure.Measure {
	return []measure.Measure{measure.Counter(&p.Samples, "samples", "samples of harts that worked")}
}

func (s *jitStats) group() measure.Group {
	g := measure.Group{
		Name: "jit", Help: "native code", Measures: s.measures(),
		Groups: []measure.Group{{Name: "exits", Help: "ways from native code back to Go", Measures: s.Exits.measures()},
			{Name: "pace", Help: "budgets of harts, each from one look at what wants their attention to the next", Measures: paceMeasures(&s.Pace)},
			{Name: "regions", Help: "loops compiled as a whole", Measures: regionMeasures(&s.Regions)},
		},
	}
	for i := range s.LeftOut {
		l := &s.LeftOut[i]
		g.Groups = append(g.Groups, measure.Group{
			Name: "left_out", Help: "an operation that native code left to the interpreter",
			Labels:   []measure.Label{{Name: "operation", Value: l.Operation}},
			Measures: []measure.Measure{measure.Counter(&l.Count, "count", "how often")},
		})
	}
	g.Groups = append(g.Groups,
		measure.Group{Name: "compiler", Help: "compilation in the background", Measures: s.Compiler.Measures(), Groups: s.Compiler.Groups()},
		measure.Group{Name: "cache", Help: "memory for native code", Measures: s.Cache.Measures()},
	)
	if s.Store != nil {
		g.Groups = append(g.Groups, measure.Group{Name: "store", Help: "native code kept between runs", Measures: s.Store.Measures()})
	}
	return g
}

func (s *jitStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&s.Native, "native_instructions", "instructions executed by native code"),
		measure.Counter(&s.Interpreted, "interpreted_instructions", "instructions executed by the interpreter, those among them that native code leaves to it"),
		measure.Gauge(&s.NativeShare, "native_share", "instructions executed by native code, of all").In(measure.Share),
		measure.Counter(&s.Missed, "missed_instructions", "instructions interpreted because the code made from them had been evicted; those of blocks that still wait for it are counted late"),
		measure.Gauge(&s.HitShare, "cache_hit_share", "instructions executed by native code, of those that there was code for at some time").In(measure.Share),
		measure.Counter(&s.Entries, "entries", "ways from Go to native code"),
		measure.Counter(&s.Refined, "refined", "blocks compiled anew, for speed, because samples found them hot"),
	}
}

func paceMeasures(p *engine.Pace) []measure.Measure {
	return []measure.Measure{
		measure.Counter(&p.Instructions, "instructions", "instructions of whole budgets that were timed"),
		measure.Counter(&p.Nanos, "all_ns", "time that they took").In(measure.Nanoseconds),
		measure.Counter(&p.NativeInstructions, "native_instructions", "instructions of those among them of which native code has executed 999 of 1,000 at least"),
		measure.Counter(&p.NativeNanos, "native_ns", "time that these took").In(measure.Nanoseconds),
	}
}

func regionMeasures(r *engine.RegionStats) []measure.Measure {
	return []measure.Measure{
		measure.Counter(&r.Made, "made", "regions compiled"),
		measure.Counter(&r.Blocks, "blocks", "blocks that regions were made of"),
		measure.Counter(&r.Crossing, "crossing", "regions made of blocks in several pages"),
		measure.Counter(&r.Declined, "declined", "blocks found hot by samples that are in no loop, or in one that is a region already, or nearly"),
		measure.Counter(&r.Reviewed, "reviewed", "times that a region was judged by what it had been good for"),
		measure.Counter(&r.Remade, "remade", "regions that were left too often, and were compiled anew with what had been learned"),
		measure.Counter(&r.Retired, "retired", "regions that were left too often, and are compiled block by block again"),
		measure.Counter(&r.Work, "work", "instructions that regions had executed when they were reviewed, by samples"),
		measure.Counter(&r.Left, "left", "ways out of them that had been taken meanwhile, by samples"),
	}
}

func (x *exitStats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&x.Polls, "polls", "returns because the budget was used up, or somebody wanted the hart's attention"),
		measure.Counter(&x.JumpMiss, "jump_misses", "returns at an indirect jump to code that the hart's table does not have"),
		measure.Counter(&x.Links, "links", "returns at an exit to a block without native code, or not linked to it yet"),
		measure.Counter(&x.Operation, "operations", "returns at an operation that is left to the interpreter"),
	}
}
