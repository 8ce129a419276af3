package runtime

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// JITStats say how much of the guest ran as native code, and what that took.
type JITStats struct {
	// Native and Interpreted add up to the machine's instructions; NativeShare is from
	// 0 to 1. An instruction that native code leaves to the interpreter counts there.
	Native      uint64  `json:"native_instructions"`
	Interpreted uint64  `json:"interpreted_instructions"`
	NativeShare float64 `json:"native_share"`
	// Entries is how often a hart went from Go to native code, and Exits why it came back.
	Entries uint64    `json:"entries"`
	Exits   ExitStats `json:"exits"`
	// LeftOut are the operations that native code left to the interpreter, the most
	// frequent first.
	LeftOut []LeftOut `json:"left_out,omitempty"`
	// Compiler is the pipeline of background compilation.
	Compiler jitworker.Stats `json:"compiler"`
	// Refined is how many blocks were compiled anew, for speed, because samples found them hot.
	Refined uint64 `json:"refined"`
	// Cache is the code that there is.
	Cache codecache.Stats `json:"cache"`
}

// ExitStats count returns from native code to Go.
type ExitStats struct {
	Polls     uint64 `json:"polls"`      // the budget was used up, or somebody wanted the hart's attention
	JumpMiss  uint64 `json:"jump_miss"`  // an indirect jump to code that the hart's table does not have
	Links     uint64 `json:"links"`      // an exit to a block that it is not linked to
	Operation uint64 `json:"operations"` // an operation of LeftOut
}

// LeftOut is an operation that was left to the interpreter.
type LeftOut struct {
	Operation string `json:"operation"`
	Count     uint64 `json:"count"`
}

// jitStats are the statistics of native execution; instructions are all harts'.
func (m *Machine) jitStats(instructions uint64) *JITStats {
	e := m.jit.Stats()
	s := &JITStats{Compiler: e.Workers, Refined: e.Refined, Cache: e.Cache}
	var left [code.NumOps]uint64
	for _, h := range m.harts {
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
	s.Entries = s.Exits.Polls + s.Exits.JumpMiss + s.Exits.Links + s.Exits.Operation
	s.LeftOut = leftOut(&left)
	return s
}

// leftOut sorts the counts of operations; several may share a name.
func leftOut(counts *[code.NumOps]uint64) (list []LeftOut) {
	byName := map[string]uint64{}
	for op, n := range counts {
		if n > 0 {
			byName[code.Of(isa.Op(op)).Name] += n
		}
	}
	for name, n := range byName {
		list = append(list, LeftOut{name, n})
	}
	slices.SortFunc(list, func(a, b LeftOut) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Operation, b.Operation))
	})
	return list
}
