package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	allBits = ^uint64(0)
	word32  = 1<<32 - 1
	epcMask = ^uint64(1)
	tvecs   = ^uint64(2) // modes 0 (direct) and 1 (vectored)
)

// csrRows are the control and status registers of a hart, by the manuals' groups.
var csrRows = []csrRow{
	// "F": engines execute the instructions on these.
	{first: isa.CSR_FFLAGS, last: isa.CSR_FCSR, gate: (*Hart).floatOn,
		read:  func(h *Hart, n isa.CSR) uint64 { return interp.ReadFloatCSR(h.S, n) },
		write: func(h *Hart, n isa.CSR, v, _ uint64) { interp.WriteFloatCSR(h.S, n, v) }},

	// Zicntr and Zihpm.
	{first: isa.CSR_CYCLE, gate: (*Hart).counterEnabled, read: (*Hart).readCounter},
	{first: isa.CSR_TIME, gate: (*Hart).counterEnabled, read: (*Hart).readTime},
	{first: isa.CSR_INSTRET, last: isa.CSR_HPMCOUNTER31, gate: (*Hart).counterEnabled, read: (*Hart).readCounter},

	// Supervisor.
	{first: isa.CSR_SSTATUS,
		read:  func(h *Hart, _ isa.CSR) uint64 { return h.status() & (sstatusRead | statusSD) },
		write: func(h *Hart, _ isa.CSR, v, _ uint64) { h.setStatus(v, sstatusWrite) }},
	{first: isa.CSR_SIE,
		read: func(h *Hart, _ isa.CSR) uint64 { return h.csrs.mie & h.csrs.mideleg },
		write: func(h *Hart, _ isa.CSR, v, _ uint64) {
			h.csrs.mie = h.csrs.mie&^h.csrs.mideleg | v&h.csrs.mideleg&ipAll
		}},
	{first: isa.CSR_STVEC, at: func(h *Hart) *uint64 { return &h.csrs.stvec }, writes: tvecs},
	{first: isa.CSR_SCOUNTEREN, at: func(h *Hart) *uint64 { return &h.csrs.scounteren }, writes: word32},
	{first: isa.CSR_SENVCFG, at: func(h *Hart) *uint64 { return &h.csrs.senvcfg }, writes: senvWrite, legal: legalEnv, then: (*Hart).switchEnv},
	{first: isa.CSR_SSCRATCH, at: func(h *Hart) *uint64 { return &h.S.SScratch }, writes: allBits},
	{first: isa.CSR_SEPC, at: func(h *Hart) *uint64 { return &h.S.SEPC }, writes: epcMask},
	{first: isa.CSR_SCAUSE, at: func(h *Hart) *uint64 { return &h.S.SCause }, writes: allBits},
	{first: isa.CSR_STVAL, at: func(h *Hart) *uint64 { return &h.S.STVal }, writes: allBits},
	{first: isa.CSR_SIP,
		read:  func(h *Hart, _ isa.CSR) uint64 { return h.pending() & h.csrs.mideleg },
		probe: func(h *Hart, _ isa.CSR) uint64 { return h.probePending() & h.csrs.mideleg },
		write: (*Hart).writeSIP},
	{first: isa.CSR_STIMECMP, gate: (*Hart).stimecmpAllowed, at: func(h *Hart) *uint64 { return &h.csrs.stimecmp }, writes: allBits, then: (*Hart).timerSet},
	{first: isa.CSR_SATP, gate: (*Hart).satpAllowed, at: func(h *Hart) *uint64 { return &h.csrs.satp }, writes: allBits, legal: legalSATP, then: (*Hart).switchView},
	{first: isa.CSR_SCOUNTOVF, read: (*Hart).readOverflows, probe: (*Hart).probeOverflows},

	// Machine.
	{first: isa.CSR_MVENDORID, last: isa.CSR_MIMPID, read: reads(0)},
	{first: isa.CSR_MHARTID, at: func(h *Hart) *uint64 { return &h.csrs.hartid }},
	{first: isa.CSR_MCONFIGPTR, read: reads(0)},
	{first: isa.CSR_MSTATUS,
		read:  func(h *Hart, _ isa.CSR) uint64 { return h.status() },
		write: func(h *Hart, _ isa.CSR, v, _ uint64) { h.setStatus(v, mstatusWrite) }},
	{first: isa.CSR_MISA, read: reads(misa)},
	{first: isa.CSR_MEDELEG, at: func(h *Hart) *uint64 { return &h.csrs.medeleg }, writes: delegable},
	{first: isa.CSR_MIDELEG, at: func(h *Hart) *uint64 { return &h.csrs.mideleg }, writes: ipDelegable},
	{first: isa.CSR_MIE, at: func(h *Hart) *uint64 { return &h.csrs.mie }, writes: ipAll},
	{first: isa.CSR_MTVEC, at: func(h *Hart) *uint64 { return &h.csrs.mtvec }, writes: tvecs},
	{first: isa.CSR_MCOUNTEREN, at: func(h *Hart) *uint64 { return &h.csrs.mcounteren }, writes: word32},
	{first: isa.CSR_MENVCFG, at: func(h *Hart) *uint64 { return &h.csrs.menvcfg }, writes: menvWrite, legal: legalEnv, then: (*Hart).menvcfgWritten},
	{first: isa.CSR_MSCRATCH, at: func(h *Hart) *uint64 { return &h.csrs.mscratch }, writes: allBits},
	{first: isa.CSR_MEPC, at: func(h *Hart) *uint64 { return &h.csrs.mepc }, writes: epcMask},
	{first: isa.CSR_MCAUSE, at: func(h *Hart) *uint64 { return &h.csrs.mcause }, writes: allBits},
	{first: isa.CSR_MTVAL, at: func(h *Hart) *uint64 { return &h.csrs.mtval }, writes: allBits},
	{first: isa.CSR_MIP,
		read:  func(h *Hart, _ isa.CSR) uint64 { return h.pending() },
		probe: func(h *Hart, _ isa.CSR) uint64 { return h.probePending() },
		write: (*Hart).writeMIP, base: (*Hart).softBits},

	// Counters, as M-mode sees them, and what they count.
	{first: isa.CSR_MCYCLE, read: (*Hart).readCounter, write: (*Hart).writeCounter},
	{first: isa.CSR_MINSTRET, last: isa.CSR_MHPMCOUNTER31, read: (*Hart).readCounter, write: (*Hart).writeCounter},
	{first: isa.CSR_MCOUNTINHIBIT,
		read:  func(h *Hart, _ isa.CSR) uint64 { return uint64(h.csrs.counters.inhibit) },
		write: func(h *Hart, _ isa.CSR, v, _ uint64) { h.setInhibit(v) }},
	{first: isa.CSR_MCYCLECFG, last: isa.CSR_MINSTRETCFG, read: (*Hart).readEvent, probe: (*Hart).probeEvent, write: (*Hart).writeEvent},
	{first: isa.CSR_MHPMEVENT3, last: isa.CSR_MHPMEVENT31, read: (*Hart).readEvent, probe: (*Hart).probeEvent, write: (*Hart).writeEvent},

	// Physical memory protection: of RV64's configuration registers the even ones.
	{first: isa.CSR_PMPCFG0, last: isa.CSR_PMPCFG0 + shardedtlb.PMPEntries/8, step: 2,
		read: func(h *Hart, n isa.CSR) uint64 { return h.MMU.PMP().ReadCfg(int(n - isa.CSR_PMPCFG0)) },
		write: func(h *Hart, n isa.CSR, v, _ uint64) {
			h.MMU.PMP().WriteCfg(int(n-isa.CSR_PMPCFG0), v)
			h.MMU.PMPChanged()
		}},
	{first: isa.CSR_PMPADDR0, last: isa.CSR_PMPADDR0 + shardedtlb.PMPEntries - 1,
		read: func(h *Hart, n isa.CSR) uint64 { return h.MMU.PMP().ReadAddr(int(n - isa.CSR_PMPADDR0)) },
		write: func(h *Hart, n isa.CSR, v, _ uint64) {
			h.MMU.PMP().WriteAddr(int(n-isa.CSR_PMPADDR0), v)
			h.MMU.PMPChanged()
		}},

	// Smrnmi.
	{first: isa.CSR_MNSCRATCH, exists: (*Hart).takesNMI, at: func(h *Hart) *uint64 { return &h.csrs.mnscratch }, writes: allBits},
	{first: isa.CSR_MNEPC, exists: (*Hart).takesNMI, at: func(h *Hart) *uint64 { return &h.csrs.mnepc }, writes: epcMask},
	{first: isa.CSR_MNCAUSE, exists: (*Hart).takesNMI, at: func(h *Hart) *uint64 { return &h.csrs.mncause }, writes: allBits},
	{first: isa.CSR_MNSTATUS, exists: (*Hart).takesNMI, at: func(h *Hart) *uint64 { return &h.csrs.mnstatus }, writes: nmiMNPP | nmiEnable, legal: legalNMIStatus, then: (*Hart).switchView},

	// Smaia and Ssaia, of harts without the hypervisor extension: no interrupt is virtual.
	{first: isa.CSR_MISELECT, exists: (*Hart).hasAIA, at: func(h *Hart) *uint64 { return &h.csrs.miselect }, writes: selectable},
	{first: isa.CSR_SISELECT, exists: (*Hart).hasAIA, at: func(h *Hart) *uint64 { return &h.csrs.siselect }, writes: selectable},
	{first: isa.CSR_MIREG, exists: (*Hart).hasAIA, gate: (*Hart).selectedExists, read: (*Hart).readSelected, write: (*Hart).writeSelected},
	{first: isa.CSR_SIREG, exists: (*Hart).hasAIA, gate: (*Hart).selectedExists, read: (*Hart).readSelected, write: (*Hart).writeSelected},
	{first: isa.CSR_MTOPEI, exists: (*Hart).hasIMSIC, read: (*Hart).topExternal, take: (*Hart).claimExternal},
	{first: isa.CSR_STOPEI, exists: (*Hart).hasIMSIC, read: (*Hart).topExternal, take: (*Hart).claimExternal},
	{first: isa.CSR_MTOPI, exists: (*Hart).hasAIA,
		read:  func(h *Hart, _ isa.CSR) uint64 { return topInterrupt(h.pending() & h.csrs.mie &^ h.csrs.mideleg) },
		probe: func(h *Hart, _ isa.CSR) uint64 { return topInterrupt(h.probePending() & h.csrs.mie &^ h.csrs.mideleg) }},
	{first: isa.CSR_STOPI, exists: (*Hart).hasAIA,
		read:  func(h *Hart, _ isa.CSR) uint64 { return topInterrupt(h.pending() & h.csrs.mie & h.csrs.mideleg) },
		probe: func(h *Hart, _ isa.CSR) uint64 { return topInterrupt(h.probePending() & h.csrs.mie & h.csrs.mideleg) }},
	{first: isa.CSR_MVIEN, exists: (*Hart).hasAIA, read: reads(0)},
	{first: isa.CSR_MVIP, exists: (*Hart).hasAIA, read: (*Hart).readMVIP, write: (*Hart).writeMVIP},

	// Sdtrig.
	{first: isa.CSR_TSELECT, at: func(h *Hart) *uint64 { return &h.triggers.selected }, writes: allBits, legal: legalSelection},
	{first: isa.CSR_TDATA1, at: func(h *Hart) *uint64 { return &h.triggers.current().data1 }, writes: allBits, legal: legalTrigger, then: (*Hart).triggerWritten},
	{first: isa.CSR_TDATA2, at: func(h *Hart) *uint64 { return &h.triggers.current().data2 }, writes: allBits},
	{first: isa.CSR_TDATA3, at: func(h *Hart) *uint64 { return &h.triggers.current().data3 }, writes: allBits, legal: legalExtra},
	{first: isa.CSR_TINFO, read: reads(TriggerInfo)},
}
