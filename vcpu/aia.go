package vcpu

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// Smaia and Ssaia: the CSRs of the Advanced Interrupt Architecture for M and S level. What the specification leaves open:
// all priorities of major interrupts are read-only zero, so that their order is the default one and the priority that mtopi
// and stopi show is 1; mvien is read-only zero, so that mvip shows the bits of mip that software writes, and there is nothing to
// filter.

// InterruptFile is the registers of one of the hart's two interrupt files in an IMSIC, which the owner of the hart accesses.
// What it receives, others bring it.
type InterruptFile interface {
	// Top is the value of mtopei or stopei.
	Top() uint64
	// Claim is Top, and makes that interrupt not pending in the same step.
	Claim() uint64
	// Has reports whether mireg or sireg leads to a register when miselect or siselect is reg. The other methods are for those.
	Has(reg uint64) bool
	Read(reg uint64) uint64
	// Write writes v; of pending and enable bits only those of touched.
	Write(reg, v, touched uint64)
}

// interruptFiles are those of M and S level, nil without an IMSIC.
type interruptFiles struct{ machine, supervisor InterruptFile }

// ConnectIMSIC gives the hart, which has Params.AIA and has not run yet, its interrupt files. They drive LineMEIP and LineSEIP.
func (h *Hart) ConnectIMSIC(machine, supervisor InterruptFile) {
	h.files = interruptFiles{machine, supervisor}
}

func (h *Hart) hasAIA() bool   { return h.aia }
func (h *Hart) hasIMSIC() bool { return h.aia && h.files.machine != nil }

// Values of miselect and siselect.
const (
	selectable = 1<<9 - 1 // the bits that they have

	selectPriorities = 0x30 // of major interrupts, eight in each even one
	selectPriorityE  = 0x40
	selectExternal   = 0x70 // the interrupt file
	selectExternalE  = 0x100
)

// level returns what the CSR n of M or S level selects, and from where.
func (h *Hart) level(n isa.CSR) (selected uint64, f InterruptFile) {
	if n.Level() == isa.CSR_MIREG.Level() {
		return h.csrs.miselect, h.files.machine
	}
	return h.csrs.siselect, h.files.supervisor
}

// selectedExists reports whether mireg or sireg leads to a register.
func (h *Hart) selectedExists(n isa.CSR) bool {
	switch reg, f := h.level(n); {
	case reg >= selectPriorities && reg < selectPriorityE:
		return reg%2 == 0
	case reg >= selectExternal && reg < selectExternalE && f != nil:
		return f.Has(reg)
	}
	return false
}

// readSelected reads it; 0 where there is none, for who looks from outside.
func (h *Hart) readSelected(n isa.CSR) uint64 {
	if reg, f := h.level(n); reg >= selectExternal && h.selectedExists(n) {
		return f.Read(reg)
	}
	return 0
}

func (h *Hart) writeSelected(n isa.CSR, v, touched uint64) {
	if reg, f := h.level(n); reg >= selectExternal && h.selectedExists(n) {
		f.Write(reg, v, touched)
	}
}

func (h *Hart) topExternal(n isa.CSR) uint64 {
	_, f := h.level(n)
	return f.Top()
}

func (h *Hart) claimExternal(n isa.CSR) uint64 {
	_, f := h.level(n)
	return f.Claim()
}

// topInterrupt is the value of mtopi or stopi if the interrupts p are pending and enabled at that level.
func topInterrupt(p uint64) uint64 {
	const identityShift, priority = 16, 1
	if p == 0 {
		return 0
	}
	return mostUrgent(p)<<identityShift | priority
}

// virtualBits are the bits of mvip, each another name for one of mip that software may write.
func (h *Hart) virtualBits() uint64 {
	if h.csrs.menvcfg&envSTCE != 0 {
		return ipSSIP | ipSEIP
	}
	return ipSSIP | ipSEIP | ipSTIP
}

func (h *Hart) readMVIP(isa.CSR) uint64 { return h.softBits() & h.virtualBits() }

func (h *Hart) writeMVIP(_ isa.CSR, v, touched uint64) {
	c, bits := &h.csrs, h.virtualBits()&touched
	h.setSoftLine(bits&ipSSIP, v)
	bits &^= ipSSIP
	c.softPending = c.softPending&^bits | v&bits
}
