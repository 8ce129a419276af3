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

// fewTimed is how many budgets of a kind have to have been timed.
const fewTimed = 8

// slowness is how many native instructions one that is interpreted takes, by the medians of budgets that were nearly all of a
// kind; interpretedCost where it is not known.
func (s span) slowness() float64 {
	interpreted, native := s.times("jit.thousand_interpreted"), s.times("jit.thousand_native")
	if interpreted.Count < fewTimed || native.Count < fewTimed || native.P50 <= 0 {
		return interpretedCost
	}
	return max(1, float64(interpreted.P50)/float64(native.P50))
}

// speed is the share of the speed that there would be if all instructions were native code's.
func (s span) speed() float64 {
	all, native := s.number("instructions"), s.number("jit.native_instructions")
	return share(all, native+s.slowness()*(all-native))
}
