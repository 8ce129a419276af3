package vcpu

// mcycle and minstret both count retired instructions. The registers are the
// State's Count plus an offset, or a frozen value while mcountinhibit says so.
// A write takes effect after the writing instruction has retired.

func (h *Hart) cycle() uint64 {
	if h.csrs.mcountinhibit&inhibitCY != 0 {
		return h.csrs.cycleFrozen
	}
	return h.S.Count + h.csrs.cycleOffset
}

func (h *Hart) instret() uint64 {
	if h.csrs.mcountinhibit&inhibitIR != 0 {
		return h.csrs.instretFrozen
	}
	return h.S.Count + h.csrs.instretOffset
}

func (h *Hart) setCycle(v uint64) {
	h.csrs.cycleFrozen = v
	h.csrs.cycleOffset = v - (h.S.Count + 1)
}

func (h *Hart) setInstret(v uint64) {
	h.csrs.instretFrozen = v
	h.csrs.instretOffset = v - (h.S.Count + 1)
}

// setInhibit writes mcountinhibit. The writing instruction itself still counts as
// the old value says.
func (h *Hart) setInhibit(v uint64) {
	cycle, instret := h.cycle(), h.instret()
	if h.csrs.mcountinhibit&inhibitCY == 0 {
		cycle++
	}
	if h.csrs.mcountinhibit&inhibitIR == 0 {
		instret++
	}
	h.csrs.mcountinhibit = v
	h.setCycle(cycle)
	h.setInstret(instret)
}
