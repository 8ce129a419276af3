package runtime

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// jitStats say how much of the guest ran as native code, and what that took.
type jitStats struct {
	// Native and Interpreted add up to the machine's instructions.
	Native      uint64
	Interpreted uint64
	NativeShare float64
	// Missed are Interpreted because the code made from them had been evicted; HitShare is 1 less their share of them and Native.
	Missed   uint64
	HitShare float64
	// Entries is how often a hart went from Go to native code, and Exits why it came back.
	Entries uint64
	Exits   exitStats
	// LeftOut are the operations that native code left to the interpreter, the most
	// frequent first.
	LeftOut []leftOut
	// Compiler is the pipeline of background compilation.
	Compiler jitworker.Stats
	Refined  uint64
	Regions  engine.RegionStats
	// Pace is what budgets of harts took.
	Pace engine.Pace
	// Cache is the code that there is.
	Cache codecache.Stats
	// Store is what is kept of it for later runs; nil: nothing.
	Store *codestore.Stats
}

// exitStats count returns from native code to Go.
type exitStats struct{ Polls, JumpMiss, Links, Operation uint64 }

// leftOut is an operation that was left to the interpreter.
type leftOut struct {
	Operation string
	Count     uint64
}

// jitStats are the statistics of native execution; instructions are all harts'.
func (m *Machine) jitStats(instructions uint64) *jitStats {
	e := m.core.Native.Stats()
	s := &jitStats{Compiler: e.Workers, Refined: e.Refined, Regions: e.Regions, Cache: e.Cache, Store: e.Store, Pace: e.Pace}
	var left [code.NumOps]uint64
	for _, h := range m.core.Harts {
		n := h.Counters().Native
		s.Native += n.Insns
		s.Exits.Polls += n.Exits[code.NativePoll]
		s.Exits.JumpMiss += n.Exits[code.NativeJump]
		s.Exits.Links += n.Exits[code.NativeLink]
		s.Exits.Operation += n.Exits[code.NativeUop] + n.Exits[code.NativeRest]
		for op := range left {
			left[op] += h.Core.NativeExits[op].Load()
		}
	}
	s.Native = min(s.Native, instructions) // they are read one after the other
	s.Interpreted = instructions - s.Native
	if instructions > 0 {
		s.NativeShare = float64(s.Native) / float64(instructions)
	}
	s.missed(m.core.Blocks.Missed.Load())
	s.Entries = s.Exits.Polls + s.Exits.JumpMiss + s.Exits.Links + s.Exits.Operation
	s.LeftOut = sortLeftOut(&left)
	return s
}

// missed records how many instructions were interpreted for want of code that had been evicted.
func (s *jitStats) missed(n uint64) {
	s.Missed, s.HitShare = min(n, s.Interpreted), 1
	if s.Missed > 0 {
		s.HitShare = float64(s.Native) / float64(s.Native+s.Missed)
	}
}

// sortLeftOut sorts the counts of operations; several may share a name.
func sortLeftOut(counts *[code.NumOps]uint64) (list []leftOut) {
	byName := map[string]uint64{}
	for op, n := range counts {
		if n > 0 {
			byName[code.Of(isa.Op(op)).Name] += n
		}
	}
	for name, n := range byName {
		list = append(list, leftOut{name, n})
	}
	slices.SortFunc(list, func(a, b leftOut) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Operation, b.Operation))
	})
	return list
}
