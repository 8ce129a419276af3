package monitor

// What things cost, in instructions of native code. They are of the size that docs/BENCHMARKS.md has: what matters is which of
// two figures has cost more, and that the same run gives the same answer however busy the host is.
const (
	interpretedCost = 10  // an instruction that is interpreted
	missCost        = 30  // an access that the first level does not answer, and the second does
	walkCost        = 200 // a walk of page tables
)

// work is what a span has cost, by what for.
type work struct {
	native, interpreted, evicted, misses, walks float64
}

func (s span) work() (w work) {
	all := s.number("instructions")
	w.native = s.number("jit.native_instructions")
	w.evicted = interpretedCost * min(s.number("jit.missed_instructions"), all-w.native)
	w.interpreted = interpretedCost*(all-w.native) - w.evicted
	w.misses = missCost * (s.number("tlb.fetch_misses") + s.number("tlb.load_misses") + s.number("tlb.store_misses"))
	w.walks = walkCost * s.number("tlb.walks")
	return w
}

// of is a part of all that was done.
func (w work) of(part float64) float64 {
	return share(part, w.native+w.interpreted+w.evicted+w.misses+w.walks)
}

// fewTimed is how many instructions of either kind have to have been timed.
const fewTimed = 5e6

// counted is the share of the speed that there would be if all instructions were native code's, an interpreted one counting for
// interpretedCost.
func (s span) counted() float64 {
	all, native := s.number("instructions"), s.number("jit.native_instructions")
	return share(all, native+interpretedCost*(all-native))
}

// speed is the same by the clock: what instructions took in budgets that native code executed nearly alone, over what they took in
// all; what is counted where too few were timed.
func (s span) speed() float64 {
	all, native := s.number("jit.pace.instructions"), s.number("jit.pace.native_instructions")
	if min(all, native) < fewTimed {
		return s.counted()
	}
	return share(s.number("jit.pace.native_ns")/native, s.number("jit.pace.all_ns")/all)
}
