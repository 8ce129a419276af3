package vcpu

import (
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// What the built-in firmware may do to a hart besides: all of it by the hart's owner.

// CountsEvent reports whether programmable performance counters count the event of that
// number.
func CountsEvent(number uint64) bool { return readers[number] != nil }

// Exceptions returns how often an exception of that cause has been raised.
func (h *Hart) Exceptions(cause int) uint64 { return h.exceptions[cause%exceptionCauses] }

// underFirmware sets up the hart as an M-mode firmware does before it starts S-mode.
func (h *Hart) underFirmware() {
	h.csrs.delegateAll()
	h.selectCounters()
	h.triggers.reset()
	h.armTriggers()
	h.setEnv()
}

// misaligned handles a misaligned access that S-mode has asked the firmware to handle. Loads
// and stores are carried out; what cannot be is S-mode's own after all.
func (h *Hart) misaligned() next {
	cause, tval := h.Core.Cause, h.Core.Tval
	e, ok := h.Core.StepMisaligned()
	if ok && e != interp.ExitException {
		h.exceptions[cause]++
		return goOn
	}
	if ok { // it fails for another reason
		cause, tval = h.Core.Cause, h.Core.Tval
	}
	deleg := h.csrs.medeleg
	h.csrs.medeleg |= misalignedAccess
	h.trap(cause, tval)
	h.csrs.medeleg = deleg
	return goOn
}

// misalignedAccess has the exceptions that misaligned handles, as bits of medeleg.
const misalignedAccess = 1<<interp.CauseLoadMisaligned | 1<<interp.CauseStoreMisaligned
