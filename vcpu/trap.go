package vcpu

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Causes that do not come from an engine (privileged manual, mcause).
const (
	causeIllegal    = 2
	causeBreakpoint = 3
	causeEcallU     = 8
	causeEcallS     = 9
	causeEcallM     = 11
	interruptBit    = 1 << 63
	exceptionCauses = 32 // as many as there may be before the custom ones
)

// pending is the value of mip, and what is known of timers from now on.
func (h *Hart) pending() (p uint64) {
	p, h.timers = h.pendingNow()
	return p
}

// probePending is the value of mip.
func (h *Hart) probePending() uint64 {
	p, _ := h.pendingNow()
	return p
}

// pendingNow is the value of mip, and what of it are comparators that have been reached.
func (h *Hart) pendingNow() (p, timers uint64) {
	p = h.lines.Load()&^lineNMI | h.csrs.softPending
	now := h.env.Time()
	if now >= h.mtimecmp.Load() {
		timers |= ipMTIP
	}
	if h.csrs.menvcfg&envSTCE != 0 {
		p &^= ipSTIP
		if now >= h.csrs.stimecmp {
			timers |= ipSTIP
		}
	}
	return p | timers, timers
}

// pollInterrupt is takeInterrupt for between two polls, when the clock has not
// been read since: a comparator that has been reached meanwhile waits for the poll.
func (h *Hart) pollInterrupt() {
	if h.mayBePending() != 0 {
		h.takeInterrupt()
	}
}

// mayBePending is not 0 if an interrupt that mie enables, or a non-maskable one, was pending at the
// last poll or has become so since; timers count as of the poll.
func (h *Hart) mayBePending() uint64 {
	return (h.lines.Load() | h.csrs.softPending | h.timers) & (h.csrs.mie | lineNMI)
}

// takeInterrupt enters the trap of the most urgent interrupt that may be taken now.
func (h *Hart) takeInterrupt() {
	if h.nmiPending() && !h.masksAll() {
		h.takeNMI()
		return
	}
	if h.csrs.mie == 0 {
		return
	}
	switch m, s := h.takeable(h.pending() & h.csrs.mie); {
	case m != 0:
		h.trap(interruptBit|mostUrgent(m), 0)
	case s != 0:
		h.trap(interruptBit|mostUrgent(s), 0)
	}
}

// takeable returns which of the interrupts p the hart's mode and global enables let it
// take, those for M-mode and those for S-mode.
func (h *Hart) takeable(p uint64) (m, s uint64) {
	if h.masksAll() {
		return 0, 0
	}
	ms := h.S.MStatus
	if h.priv < shardedtlb.M || ms&statusMIE != 0 {
		m = p &^ h.csrs.mideleg
	}
	if h.priv < shardedtlb.S || h.priv == shardedtlb.S && ms&statusSIE != 0 {
		s = p & h.csrs.mideleg
	}
	return m, s
}

// mostUrgent picks by the order MEI, MSI, MTI, SEI, SSI, STI, LCOFI.
func mostUrgent(p uint64) uint64 {
	for _, b := range [...]uint64{ipMEIP, ipMSIP, ipMTIP, ipSEIP, ipSSIP, ipSTIP, ipLCOFIP} {
		if p&b != 0 {
			return uint64(bits.TrailingZeros64(b))
		}
	}
	panic("BUG: no interrupt pending")
}

// trap enters the handler for cause; S.PC is the interrupted instruction.
func (h *Hart) trap(cause, tval uint64) {
	c := &h.csrs
	from := h.priv
	if h.triggers.traps {
		h.countTrap(cause)
	}
	if h.thread != nil {
		h.leaveThread()
	}
	h.traps.Store(h.traps.Load() + 1)
	deleg := c.medeleg
	if cause&interruptBit != 0 {
		deleg = c.mideleg
		h.interrupts++
	} else {
		h.exceptions[cause&(exceptionCauses-1)]++
	}
	ms := h.S.MStatus
	if h.priv <= shardedtlb.S && deleg>>(cause&63)&1 != 0 {
		h.trapped(shardedtlb.S, cause, tval)
		h.S.SCause, h.S.SEPC, h.S.STVal = cause, h.S.PC, tval
		ms = ms&^(statusSPIE|statusSPP|statusSIE) | ms&statusSIE<<4 | uint64(h.priv)<<8
		h.priv = shardedtlb.S
		h.S.PC = vector(c.stvec, cause)
	} else {
		h.trapped(shardedtlb.M, cause, tval)
		c.mcause, c.mepc, c.mtval = cause, h.S.PC, tval
		ms = ms&^(statusMPIE|statusMPP|statusMIE) | ms&statusMIE<<4 | uint64(h.priv)<<statusMPPShift
		h.priv = shardedtlb.M
		h.S.PC = vector(c.mtvec, cause)
	}
	h.S.MStatus = ms
	h.switchView()
	if h.triggers.traps && h.trapTriggers(cause, from) {
		h.trap(causeBreakpoint, 0)
	}
}

func vector(tvec, cause uint64) uint64 {
	base := tvec &^ 3
	if tvec&1 != 0 && cause&interruptBit != 0 {
		return base + 4*(cause&63)
	}
	return base
}

// mret and sret return from a trap; false if the instruction is illegal here.
func (h *Hart) mret() bool {
	if h.priv != shardedtlb.M {
		return false
	}
	h.S.Count++ // it retires in the mode that it leaves
	ms := h.S.MStatus
	h.priv = shardedtlb.Priv(ms >> statusMPPShift & 3)
	ms = ms&^(statusMIE|statusMPIE|statusMPP) | ms&statusMPIE>>4 | statusMPIE
	if h.priv != shardedtlb.M {
		ms &^= statusMPRV
	}
	h.S.MStatus = ms
	h.S.PC = h.csrs.mepc
	h.switchView()
	h.findThread()
	return true
}

func (h *Hart) sret() bool {
	ms := h.S.MStatus
	if h.priv < shardedtlb.S || h.priv == shardedtlb.S && ms&statusTSR != 0 {
		return false
	}
	h.S.Count++ // it retires in the mode that it leaves
	h.priv = shardedtlb.Priv(ms >> 8 & 1)
	ms = ms&^(statusSIE|statusSPIE|statusSPP|statusMPRV) | ms&statusSPIE>>4 | statusSPIE
	h.S.MStatus = ms
	h.S.PC = h.S.SEPC
	h.switchView()
	h.findThread()
	return true
}

// findThread looks whether a return from a trap leads to a thread that has attached.
func (h *Hart) findThread() {
	if h.threads != nil && h.threads.count.Load() != 0 {
		h.enterThread()
	}
}
