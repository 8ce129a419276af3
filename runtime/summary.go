package runtime

import (
	goruntime "runtime"
	"strings"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// leftOutShown is how many of the operations that native code leaves to the interpreter the summary names.
const leftOutShown = 5

// Summary words the measurements for people, line by line. A guest chose parts of the text: package plain makes it fit
// to be shown.
func (s *Stats) Summary() []measure.Line {
	lines := []measure.Line{
		measure.Say("harts", "%d, %s traps, %s wake-ups", len(s.Harts), measure.Number(s.Traps), measure.Number(s.Wakeups)),
		measure.Say("instructions", "%s, %s/s", measure.Number(s.Instructions), measure.Rate(s.Instructions, s.Wall)),
	}
	lines = append(lines, s.tlb.Summary(s.Instructions)...)
	if s.hits.Loads+s.hits.Stores > 0 {
		lines = append(lines, measure.Say("its hits", "%s of %s loads, %s of %s stores, estimated", measure.Percent(s.hits.LoadShare),
			measure.Number(s.hits.Loads), measure.Percent(s.hits.StoreShare), measure.Number(s.hits.Stores)))
	}
	if s.jit != nil {
		lines = append(lines, s.jit.summary()...)
	} else if !engine.Supported {
		lines = append(lines, measure.Say("native code", "none: there is no compiler for %s/%s, all is interpreted", goruntime.GOOS, goruntime.GOARCH))
	}
	if s.heap != nil {
		lines = append(lines, s.heap.Summary()...)
	}
	if s.memory != nil {
		lines = append(lines, s.memory.summary())
	}
	if s.profile != nil {
		lines = append(lines, measure.Say("profile", "%s samples", measure.Number(s.profile.Samples)))
	}
	for _, m := range s.Missing {
		lines = append(lines, measure.Say("missing", "extension %s, asked for by %s instructions", m.Extension, measure.Number(m.Instructions)))
	}
	return lines
}

func (u *memoryStats) summary() measure.Line {
	size := func(n uint64) string { return measure.Number(n) + " bytes" }
	return measure.Say("memory", "RAM %s, native code %s, blocks %s, Go %s; the process %s, at most %s",
		size(u.RAM), size(u.Code), size(u.Blocks), size(u.GoHeap), size(u.Process), size(u.ProcessPeak))
}

func (s *jitStats) summary() []measure.Line {
	lines := []measure.Line{measure.Say("native code", "%s of instructions, %s entries", measure.Percent(s.NativeShare), measure.Number(s.Entries))}
	if s.Missed > 0 {
		lines = append(lines, measure.Say("its misses", "%s instructions interpreted because their code had been evicted", measure.Number(s.Missed)))
	}
	if x := &s.Exits; s.Entries > 0 {
		lines = append(lines, measure.Say("its exits", "%s polls, %s unknown jumps, %s new links, %s operations",
			measure.Number(x.Polls), measure.Number(x.JumpMiss), measure.Number(x.Links), measure.Number(x.Operation)))
	}
	if len(s.LeftOut) > 0 {
		var names []string
		for _, l := range s.LeftOut[:min(len(s.LeftOut), leftOutShown)] {
			names = append(names, l.Operation+" "+measure.Number(l.Count))
		}
		lines = append(lines, measure.Say("left out", "%s", strings.Join(names, ", ")))
	}
	lines = append(lines, s.Compiler.Summary(s.Refined)...)
	if r := &s.Regions; r.Made > 0 {
		lines = append(lines, measure.Say("regions", "%s of %s blocks, %s in several pages, %s retired", measure.Number(r.Made), measure.Number(r.Blocks), measure.Number(r.Crossing), measure.Number(r.Retired)))
	}
	lines = append(lines, s.Cache.Summary()...)
	if s.Store != nil {
		lines = append(lines, s.Store.Summary()...)
	}
	return append(lines, s.Compiler.SummarizeFailure()...)
}
