package vcpu

// benefit measures what an instruction takes interpreted and in native code, from
// budgets that were nearly all the one or the other. The compiler's threshold
// follows from it.
type benefit struct {
	interpreted, native float64 // nanoseconds an instruction, smoothed; 0: not yet known
	samples             uint32  // since the last report
}

const (
	// pure is the share of a budget's instructions that makes it a sample of one kind.
	pure = 0.95
	// smoothing is the weight of a new sample.
	smoothing = 1.0 / 16
	// reportEvery is the number of samples between two reports.
	reportEvery = 64
)

// sample takes a budget of insns instructions, native of them in native code, that
// took ns nanoseconds; true asks for a report.
func (b *benefit) sample(insns, native uint64, ns float64) bool {
	each := ns / float64(insns)
	switch share := float64(native) / float64(insns); {
	case share >= pure:
		smooth(&b.native, each)
	case share <= 1-pure:
		smooth(&b.interpreted, each)
	default:
		return false
	}
	b.samples++
	if b.samples < reportEvery || b.native == 0 || b.interpreted == 0 {
		return false
	}
	b.samples = 0
	return true
}

func smooth(mean *float64, v float64) {
	if *mean == 0 {
		*mean = v
		return
	}
	*mean += (v - *mean) * smoothing
}
