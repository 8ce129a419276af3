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
	stvec, sscratch, sepc, scause uint64
	stval, senvcfg, scounteren    uint64
	satp, stimecmp                uint64
	softPending                   uint64 // SEIP and STIP as written by M-mode, LCOFIP

	mnscratch, mnepc, mncause, mnstatus uint64 // Smrnmi

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
	epcMask       = ^uint64(1)
)

// csrRead returns the value of a CSR other than fcsr and its fields, which are the
// engine's; ok is false if it does not exist or the privilege does not suffice.
func (h *Hart) csrRead(n isa.CSR) (v uint64, ok bool) {
	c := &h.csrs
	switch n {
	case isa.CSR_TIME:
		return h.env.Time(), h.counterEnabled(timeNumber)
	case isa.CSR_SCOUNTOVF:
		return h.overflows() & h.counterMask(), true

	case isa.CSR_SSTATUS:
		return h.status() & (sstatusRead | statusSD), true
	case isa.CSR_SIE:
		return c.mie & c.mideleg, true
	case isa.CSR_STVEC:
		return c.stvec, true
	case isa.CSR_SCOUNTEREN:
		return c.scounteren, true
	case isa.CSR_SENVCFG:
		return c.senvcfg, true
	case isa.CSR_SSCRATCH:
		return c.sscratch, true
	case isa.CSR_SEPC:
		return c.sepc, true
	case isa.CSR_SCAUSE:
		return c.scause, true
	case isa.CSR_STVAL:
		return c.stval, true
	case isa.CSR_SIP:
		return h.pending() & c.mideleg, true
	case isa.CSR_STIMECMP:
		return c.stimecmp, h.stimecmpAllowed()
	case isa.CSR_SATP:
		return c.satp, !h.trapsVM()

	case isa.CSR_MVENDORID, isa.CSR_MARCHID, isa.CSR_MIMPID, isa.CSR_MCONFIGPTR:
		return 0, true
	case isa.CSR_MHARTID:
		return c.hartid, true
	case isa.CSR_MSTATUS:
		return h.status(), true
	case isa.CSR_MISA:
		return misa, true
	case isa.CSR_MEDELEG:
		return c.medeleg, true
	case isa.CSR_MIDELEG:
		return c.mideleg, true
	case isa.CSR_MIE:
		return c.mie, true
	case isa.CSR_MTVEC:
		return c.mtvec, true
	case isa.CSR_MCOUNTEREN:
		return c.mcounteren, true
	case isa.CSR_MENVCFG:
		return c.menvcfg, true
	case isa.CSR_MCOUNTINHIBIT:
		return uint64(c.counters.inhibit), true
	case isa.CSR_MCYCLECFG:
		return h.readEvent(cycleNumber), true
	case isa.CSR_MINSTRETCFG:
		return h.readEvent(instNumber), true
	case isa.CSR_MSCRATCH:
		return c.mscratch, true
	case isa.CSR_MEPC:
		return c.mepc, true
	case isa.CSR_MCAUSE:
		return c.mcause, true
	case isa.CSR_MTVAL:
		return c.mtval, true
	case isa.CSR_MIP:
		return h.pending(), true

	case isa.CSR_MNSCRATCH, isa.CSR_MNEPC, isa.CSR_MNCAUSE, isa.CSR_MNSTATUS:
		return *h.nmiRegister(n), h.takesNMI()

	case isa.CSR_TSELECT:
		return h.triggers.selected, true
	case isa.CSR_TDATA1:
		return h.triggers.current().data1, true
	case isa.CSR_TDATA2:
		return h.triggers.current().data2, true
	case isa.CSR_TDATA3:
		return h.triggers.current().data3, true
	case isa.CSR_TINFO:
		return TriggerInfo, true
	}
	return h.csrReadRow(n)
}

// csrReadRow reads the registers that come in rows.
func (h *Hart) csrReadRow(n isa.CSR) (v uint64, ok bool) {
	switch {
	case n >= isa.CSR_PMPADDR0 && n < isa.CSR_PMPADDR0+16:
		return h.MMU.PMP().ReadAddr(int(n - isa.CSR_PMPADDR0)), true
	case n == isa.CSR_PMPCFG0 || n == isa.CSR_PMPCFG0+2:
		return h.MMU.PMP().ReadCfg(int(n - isa.CSR_PMPCFG0)), true
	case n >= isa.CSR_MCYCLE && n <= isa.CSR_MHPMCOUNTER31 && n != isa.CSR_MCYCLE+timeNumber:
		return h.readCounter(uint(n - isa.CSR_MCYCLE)), true
	case n >= isa.CSR_CYCLE && n <= isa.CSR_HPMCOUNTER31:
		return h.readCounter(uint(n - isa.CSR_CYCLE)), h.counterEnabled(uint(n - isa.CSR_CYCLE))
	case n >= isa.CSR_MHPMEVENT3 && n <= isa.CSR_MHPMEVENT31:
		return h.readEvent(uint(n-isa.CSR_MHPMEVENT3) + firstHPM), true
	}
	return 0, false
}

// csrWrite writes a CSR that csrRead has allowed; WARL fields keep to legal values.
// touched are the bits that the instruction set, cleared or wrote: others may
// change the rest of a register of pending bits at the same moment.
func (h *Hart) csrWrite(n isa.CSR, v, touched uint64) {
	c := &h.csrs
	switch n {
	case isa.CSR_SSTATUS:
		h.setStatus(v, sstatusWrite)
	case isa.CSR_SIE:
		c.mie = c.mie&^c.mideleg | v&c.mideleg&ipAll
	case isa.CSR_STVEC:
		c.stvec = tvec(v)
	case isa.CSR_SCOUNTEREN:
		c.scounteren = v & 0xffffffff
	case isa.CSR_SENVCFG:
		c.senvcfg = legalEnv(c.senvcfg, v&senvWrite)
		h.switchEnv()
	case isa.CSR_SSCRATCH:
		c.sscratch = v
	case isa.CSR_SEPC:
		c.sepc = v & epcMask
	case isa.CSR_SCAUSE:
		c.scause = v
	case isa.CSR_STVAL:
		c.stval = v
	case isa.CSR_SIP:
		h.setSoftLine(ipSSIP&c.mideleg&touched, v)
		overflow := ipLCOFIP & c.mideleg & touched
		c.softPending = c.softPending&^overflow | v&overflow
	case isa.CSR_STIMECMP:
		h.SetTimer(v)
	case isa.CSR_SATP:
		if h.satpModes>>(v>>60)&1 != 0 {
			c.satp = v
			h.switchView()
		}

	case isa.CSR_MSTATUS:
		h.setStatus(v, mstatusWrite)
	case isa.CSR_MEDELEG:
		c.medeleg = v & delegable
	case isa.CSR_MIDELEG:
		c.mideleg = v & ipDelegable
	case isa.CSR_MIE:
		c.mie = v & ipAll
	case isa.CSR_MTVEC:
		c.mtvec = tvec(v)
	case isa.CSR_MCOUNTEREN:
		c.mcounteren = v & 0xffffffff
	case isa.CSR_MENVCFG:
		c.menvcfg = legalEnv(c.menvcfg, v&menvWrite)
		h.timers = ipSTIP // STCE may have changed: look
		h.switchEnv()
		h.setEnv()
	case isa.CSR_MCOUNTINHIBIT:
		h.setInhibit(v)
	case isa.CSR_MCYCLECFG:
		h.writeEvent(cycleNumber, v)
	case isa.CSR_MINSTRETCFG:
		h.writeEvent(instNumber, v)
	case isa.CSR_MSCRATCH:
		c.mscratch = v
	case isa.CSR_MEPC:
		c.mepc = v & epcMask
	case isa.CSR_MCAUSE:
		c.mcause = v
	case isa.CSR_MTVAL:
		c.mtval = v
	case isa.CSR_MIP:
		h.setSoftLine(ipSSIP&touched, v)
		writable := uint64(ipSEIP | ipSTIP | ipLCOFIP)
		if c.menvcfg&envSTCE != 0 {
			writable &^= ipSTIP // the comparator's
		}
		c.softPending = c.softPending&^writable | v&writable

	case isa.CSR_MNSCRATCH, isa.CSR_MNCAUSE:
		*h.nmiRegister(n) = v
	case isa.CSR_MNEPC:
		c.mnepc = v & epcMask
	case isa.CSR_MNSTATUS:
		h.setNMIStatus(v)

	case isa.CSR_TSELECT:
		if v < Triggers {
			h.triggers.selected = v
		}
	case isa.CSR_TDATA1:
		h.setTrigger(v)
	case isa.CSR_TDATA2:
		h.triggers.current().data2 = v
	case isa.CSR_TDATA3:
		h.triggers.current().data3 = legalExtra(v)
	default:
		h.csrWriteRow(n, v)
	}
}

func (h *Hart) csrWriteRow(n isa.CSR, v uint64) {
	switch {
	case n >= isa.CSR_PMPADDR0 && n < isa.CSR_PMPADDR0+16:
		h.MMU.PMP().WriteAddr(int(n-isa.CSR_PMPADDR0), v)
		h.MMU.PMPChanged()
	case n == isa.CSR_PMPCFG0 || n == isa.CSR_PMPCFG0+2:
		h.MMU.PMP().WriteCfg(int(n-isa.CSR_PMPCFG0), v)
		h.MMU.PMPChanged()
	case n >= isa.CSR_MCYCLE && n <= isa.CSR_MHPMCOUNTER31:
		h.writeCounter(uint(n-isa.CSR_MCYCLE), v)
	case n >= isa.CSR_MHPMEVENT3 && n <= isa.CSR_MHPMEVENT31:
		h.writeEvent(uint(n-isa.CSR_MHPMEVENT3)+firstHPM, v)
	}
}

// legalEnv keeps the old CBIE field if the new one is reserved.
func legalEnv(old, v uint64) uint64 {
	if v&envCBIE == 2<<4 {
		return v&^envCBIE | old&envCBIE
	}
	return v
}

// tvec makes v a legal trap vector: modes 0 (direct) and 1 (vectored).
func tvec(v uint64) uint64 { return v &^ 2 }

// setSoftLine writes the bits of mask, which software and others share, from v.
func (h *Hart) setSoftLine(mask, v uint64) {
	h.lines.Or(mask & v)
	h.lines.And(^(mask &^ v))
}

// counterEnabled checks mcounteren and scounteren for counter n.
func (h *Hart) counterEnabled(n uint) bool {
	bit := uint64(1) << n
	if h.priv < shardedtlb.M && h.csrs.mcounteren&bit == 0 {
		return false
	}
	return h.priv != shardedtlb.U || h.csrs.scounteren&bit != 0
}

// counterMask returns the counters that the current mode may know of, M or S.
func (h *Hart) counterMask() uint64 {
	if h.priv == shardedtlb.M {
		return allCounters
	}
	return h.csrs.mcounteren
}

// stimecmpAllowed is the Sstc extension's gate for S-mode.
func (h *Hart) stimecmpAllowed() bool {
	return h.priv == shardedtlb.M || h.csrs.menvcfg&envSTCE != 0 && h.csrs.mcounteren&counterTM != 0
}

// trapsVM reports whether mstatus.TVM forbids S-mode to manage translation.
func (h *Hart) trapsVM() bool { return h.priv == shardedtlb.S && h.S.MStatus&statusTVM != 0 }
