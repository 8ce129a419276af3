package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Resumable non-maskable interrupts (privileged manual, "Smrnmi"). There is one kind of
// them, without a number. What the manual leaves open: an interrupt that comes while one is
// pending is the same one, and an exception in M-mode while NMIE is 0 goes where mtvec
// says, as any other, so that trap takes no notice.

// Fields of mnstatus. MNPP stands where mstatus has MPP; NMIE is set in harts without Smrnmi.
const (
	nmiEnable = 1 << 3
	nmiMNPP   = statusMPP
)

// lineNMI stands in Hart.lines beside the bits of mip while a non-maskable interrupt is
// pending; guests see none of it.
const lineNMI = 1 << 63

// NMI makes a non-maskable interrupt pending; false if the hart is without Smrnmi. Safe from
// any goroutine.
func (h *Hart) NMI() bool {
	if h.takesNMI() {
		h.SetLine(lineNMI, true)
	}
	return h.takesNMI()
}

// takesNMI reports whether the hart has Smrnmi.
func (h *Hart) takesNMI() bool { return h.nmiVector != 0 }

func (h *Hart) nmiPending() bool { return h.lines.Load()&lineNMI != 0 }

// masksAll reports whether NMIE is 0, so that no interrupt can be taken.
func (h *Hart) masksAll() bool { return h.csrs.mnstatus&nmiEnable == 0 }

// resetNMI gives mnstatus its power-on value.
func (h *Hart) resetNMI() {
	h.csrs.mnstatus = nmiEnable
	if h.takesNMI() {
		h.csrs.mnstatus = 0
	}
}

// legalNMIStatus is what mnstatus becomes: software sets NMIE and cannot clear it.
func legalNMIStatus(_ *Hart, old, v uint64) uint64 {
	if v&nmiMNPP == 2<<statusMPPShift { // reserved: MNPP keeps its value (WARL)
		v = v&^nmiMNPP | old&nmiMNPP
	}
	return v | old&nmiEnable
}

// takeNMI enters the handler of the interrupt that is pending. mstatus and what a trap
// handler of M-mode has not saved yet stay as they are.
func (h *Hart) takeNMI() {
	h.lines.And(^uint64(lineNMI))
	if h.triggers.traps {
		h.countTrap(interruptBit)
	}
	if h.thread != nil {
		h.leaveThread()
	}
	h.traps.Store(h.traps.Load() + 1)
	h.interrupts++
	h.trapped(shardedtlb.M, interruptBit, 0)
	c := &h.csrs
	c.mnepc, c.mncause = h.S.PC, interruptBit
	c.mnstatus = uint64(h.priv) << statusMPPShift
	h.priv = shardedtlb.M
	h.S.PC = h.nmiVector
	h.switchView()
}

// mnret returns from there; false if the instruction is illegal here.
func (h *Hart) mnret() bool {
	if h.priv != shardedtlb.M || !h.takesNMI() {
		return false
	}
	h.S.Count++ // it retires in the mode that it leaves
	c := &h.csrs
	h.priv = shardedtlb.Priv(c.mnstatus >> statusMPPShift & 3)
	c.mnstatus |= nmiEnable
	if h.priv != shardedtlb.M {
		h.S.MStatus &^= statusMPRV
	}
	h.S.PC = c.mnepc
	h.switchView()
	h.findThread()
	return true
}
