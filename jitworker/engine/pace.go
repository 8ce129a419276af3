package engine

import "sync/atomic"

// Pace is how many nanoseconds the instructions of budgets took: of all that were timed, and of those that were native code's
// nearly alone.
type Pace struct{ Instructions, Nanos, NativeInstructions, NativeNanos uint64 }

// pace adds up budgets. All words are written by harts and read by Stats.
type pace struct {
	all, native struct{ insns, nanos atomic.Uint64 }
}

// alone is the share of a budget's instructions, one of so many, that may have been interpreted in one that native code
// executed nearly alone.
const alone = 1000

// add adds a budget.
func (p *pace) add(insns, native, nanos uint64) {
	p.all.insns.Add(insns)
	p.all.nanos.Add(nanos)
	if (insns-native)*alone <= insns {
		p.native.insns.Add(insns)
		p.native.nanos.Add(nanos)
	}
}

func (p *pace) read() Pace {
	return Pace{p.all.insns.Load(), p.all.nanos.Load(), p.native.insns.Load(), p.native.nanos.Load()}
}
