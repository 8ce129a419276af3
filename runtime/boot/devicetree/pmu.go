package devicetree

// PMU describes the harts' programmable performance counters, so that firmware can tell a
// kernel which events they count.
type PMU struct {
	// Counters has a bit for each programmable counter, mhpmcounter3 at bit 3.
	Counters uint32
	// Events are the numbers of general and cache events (SBI specification, PMU
	// extension). mhpmevent takes the same numbers.
	Events []uint32
	// Raw and RawMask say which numbers mhpmevent takes besides: those that agree with Raw in
	// the bits of RawMask.
	Raw, RawMask uint64
}

// Events of the fixed counters, and the counters' bits.
const (
	pmuCycles, pmuInstructions = 1, 2
	fixedCycle, fixedInstret   = 1 << 0, 1 << 2
)

// pmu adds the node that firmware reads (Linux's devicetree binding riscv,pmu).
func (b *builder) pmu() {
	if b.PMU.Counters == 0 {
		return
	}
	var counters, selectors []uint32
	for _, e := range b.PMU.Events {
		with := b.PMU.Counters
		switch e {
		case pmuCycles:
			with |= fixedCycle
		case pmuInstructions:
			with |= fixedInstret
		}
		counters = append(counters, e, e, with)
		selectors = append(selectors, e, 0, e)
	}
	n := b.tree.Root.Add("pmu")
	n.SetStrings("compatible", "riscv,pmu")
	n.SetCells("riscv,event-to-mhpmcounters", counters...)
	n.SetCells("riscv,event-to-mhpmevent", selectors...)
	raw, mask := b.PMU.Raw, b.PMU.RawMask
	n.SetCells("riscv,raw-event-to-mhpmcounters", uint32(raw>>32), uint32(raw), uint32(mask>>32), uint32(mask), b.PMU.Counters)
}
