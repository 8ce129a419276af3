package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// csrFile is the control and status registers that engines do not touch.
type csrFile struct {
	hartid uint64

	medeleg, mideleg, mie         uint64
	mtvec, mscratch, mepc, mcause uint64
	mtval, menvcfg, mcounteren    uint64
	stvec, senvcfg, scounteren    uint64
	satp, stimecmp                uint64
	softPending                   uint64 // SEIP and STIP as written by M-mode, LCOFIP

	mnscratch, mnepc, mncause, mnstatus uint64 // Smrnmi
	miselect, siselect                  uint64 // Smaia, Ssaia

	counters counterFile
}

// Exceptions that can be delegated: all but ECALL from M-mode and reserved causes.
const delegable = 0xb3ff

// reset gives the registers their power-on values. What the device tree promises to
// supervisor software that finds no firmware, updates of A and D bits (Svadu without
// Svade) and page-based memory types (Svpbmt), is on from the start.
func (c *csrFile) reset(id int) {
	*c = csrFile{hartid: uint64(id), stimecmp: never, menvcfg: envADUE | envPBMTE}
	c.counters.reset()
}

// delegateAll sets what an M-mode firmware would before it starts S-mode.
func (c *csrFile) delegateAll() {
	c.medeleg = delegable &^ (1 << causeEcallS)
	c.mideleg = ipDelegable
	c.counters.inhibit = ProgrammableCounters
	for n := firstHPM; n < numCounters; n++ {
		c.counters.each[n].config = hpmOF | hpmMINH
	}
	c.mcounteren, c.scounteren = 0xffffffff, counterCYTMIR
	c.menvcfg = envSTCE | envPBMTE | envADUE | envCBZE | envCBCFE | envCBIE
}

const (
	counterTM     = 1 << 1
	counterCYTMIR = 7 // cycle, time and instret, which user programs read
)

// softBits are the bits of mip that software may write: the lines of devices are not the guest's to latch.
func (h *Hart) softBits() uint64 { return h.csrs.softPending | h.lines.Load()&ipSSIP }

// writeSIP writes the bits of mip that are delegated and software's.
func (h *Hart) writeSIP(_ isa.CSR, v, touched uint64) {
	c := &h.csrs
	h.setSoftLine(ipSSIP&c.mideleg&touched, v)
	overflow := ipLCOFIP & c.mideleg & touched
	c.softPending = c.softPending&^overflow | v&overflow
}

func (h *Hart) writeMIP(_ isa.CSR, v, touched uint64) {
	c := &h.csrs
	h.setSoftLine(ipSSIP&touched, v)
	writable := uint64(ipSEIP | ipSTIP | ipLCOFIP)
	if c.menvcfg&envSTCE != 0 {
		writable &^= ipSTIP // the comparator's
	}
	c.softPending = c.softPending&^writable | v&writable
}

// menvcfgWritten makes a new menvcfg effective.
func (h *Hart) menvcfgWritten() {
	h.timers = ipSTIP // STCE may have changed: look
	h.switchEnv()
	h.setEnv()
}

// legalEnv keeps the old CBIE field if the new one is reserved.
func legalEnv(_ *Hart, old, v uint64) uint64 {
	if v&envCBIE == 2<<4 {
		return v&^envCBIE | old&envCBIE
	}
	return v
}

// legalSATP keeps satp as it is if the new mode is none that the hart has.
func legalSATP(h *Hart, old, v uint64) uint64 {
	if h.satpModes>>(v>>60)&1 == 0 {
		return old
	}
	return v
}

// setSoftLine writes the bits of mask, which software and others share, from v.
func (h *Hart) setSoftLine(mask, v uint64) {
	h.lines.Or(mask & v)
	h.lines.And(^(mask &^ v))
}

// stimecmpAllowed is the Sstc extension's gate for S-mode.
func (h *Hart) stimecmpAllowed(isa.CSR) bool {
	return h.priv == shardedtlb.M || h.csrs.menvcfg&envSTCE != 0 && h.csrs.mcounteren&counterTM != 0
}

// trapsVM reports whether mstatus.TVM forbids S-mode to manage translation.
func (h *Hart) trapsVM() bool { return h.priv == shardedtlb.S && h.S.MStatus&statusTVM != 0 }

func (h *Hart) satpAllowed(isa.CSR) bool { return !h.trapsVM() }

// floatOn reports whether the floating-point registers may be accessed.
func (h *Hart) floatOn(isa.CSR) bool { return h.S.MStatus&statusFS != 0 }
