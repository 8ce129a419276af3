package vcpu

import "github.com/hartwood-vm/hartwood/vcpu/interp"

const (
	// Budget is the number of instructions between two polls at first and at least:
	// some 100 µs interpreted. Native code gets up to maxBudget, so that about the
	// same time lies between its polls.
	Budget    = 1 << 15
	maxBudget = 1 << 19
	// shortBudget and longBudget are times, in ticks of the clock, below which a
	// budget is doubled and above which it is halved.
	shortBudget = 40e-6 * TimeFrequency
	longBudget  = 100e-6 * TimeFrequency
	// tornBudget is a time in which the host has done something else, too.
	tornBudget = 4 * longBudget
	// haste is the budget of a hart that has just got its worker, while an urgent one
	// waits.
	haste = 1 << 12
	// maxEvents bounds traps and system instructions between two polls; they may
	// retire nothing.
	maxEvents = 1 << 12
)

// execute runs up to polls budgets; it returns true if the hart has to wait.
// The caller owns h.
func (h *Hart) execute(polls int) (wait bool) {
	for done := range polls {
		// Arm first, then look at everything that may have been asked: a kick that
		// comes before is overwritten, one that comes after ends the budget.
		h.state.CompareAndSwap(stateWoken, stateRunning)
		share := h.share()
		h.S.Arm(share)
		h.drain()
		if h.mustWait() {
			return true
		}
		if h.interrupt.Load() && h.interrupt.Swap(false) {
			return false
		}
		// The message just answered may have been what an urgent hart waited for. A little
		// is everybody's all the same, so that urgent ones starve nobody.
		if h.env.Urgent() {
			if done > 0 {
				return false
			}
			h.S.Arm(min(share, haste))
		}
		h.takeInterrupt()
		n := h.timedBurst()
		h.publish()
		h.MMU.PublishStats()
		switch n {
		case leave:
			if h.linger(); h.mustWait() {
				return true
			}
		case yield:
			if h.env.Contended() {
				return false
			}
		}
	}
	return false
}

// lingerLooks is how often a hart whose call is blocked looks whether it is done
// before it gives up its worker: a few microseconds. A remote fence that finds its
// targets running takes less.
const lingerLooks = 4000

// linger waits a little for a blocked call. Others may wait for this hart
// meanwhile, so it keeps answering messages.
func (h *Hart) linger() {
	for i := 0; i < lingerLooks && h.blocked.Load(); i++ {
		if !h.box.empty() {
			h.drain()
		}
	}
}

// mustWait reports whether the hart cannot go on, and clears the reason if it is gone.
func (h *Hart) mustWait() bool {
	if r := h.start.Load(); r == &off {
		return true
	} else if r != nil {
		if h.firmware != nil {
			h.underFirmware()
			h.ForgetStealTime()
		}
		h.begin(r)
		h.start.Store(nil)
	}
	if h.blocked.Load() {
		return true
	}
	if h.waiting {
		if h.pending()&h.csrs.mie == 0 && !h.nmiPending() {
			return true
		}
		h.waiting = false
		h.suspended.Store(false)
		if r := h.resume; r != nil {
			h.resume = nil
			h.begin(r)
		}
	}
	return h.stillStalled()
}

// begin lets a stopped hart start: interrupts and translation off, as the SBI
// specification's HSM chapter wants.
func (h *Hart) begin(r *startRequest) {
	h.S.MStatus &^= statusSIE | statusMIE
	h.csrs.satp = 0
	h.waiting = false
	h.S.PC, h.priv = r.pc, r.priv
	h.SetX(10, r.a0)
	h.SetX(11, r.a1)
	h.switchView()
}

// timedBurst is burst, after which the budget is fitted to the time it took.
func (h *Hart) timedBurst() next {
	if h.fixedBudget != 0 {
		return h.burst()
	}
	first, native, start := h.S.Count, h.Core.Native.Insns, h.env.Time()
	n := h.burst()
	if insns := h.S.Count - first; insns >= h.budget {
		t := h.env.Time() - start
		native, ns := h.Core.Native.Insns-native, float64(t)*(1e9/TimeFrequency)
		if h.benefit.sample(insns, native, ns) {
			h.Core.ReportBenefit(h.benefit.interpreted, h.benefit.native)
		}
		if t < tornBudget {
			h.Core.ReportTimed(insns, native, uint64(ns))
		}
		switch {
		case t < shortBudget:
			h.budget = min(2*h.budget, maxBudget)
		case t > longBudget:
			h.budget = max(h.budget/2, Budget)
		}
	}
	return n
}

// burst executes until the poll word or a system instruction ends it.
func (h *Hart) burst() next {
	for range maxEvents {
		n := goOn
		h.S.Masked = h.mayBePending()
		switch h.Core.Run() {
		case interp.ExitPoll:
			return goOn
		case interp.ExitException:
			n = h.exception()
		case interp.ExitSystem:
			n = h.system(h.Core.Insn)
		}
		switch n {
		case lookAgain:
			h.pollInterrupt()
		case yield, leave:
			return n
		}
	}
	return goOn
}
