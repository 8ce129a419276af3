package isa

import "strconv"

// csrNames has the name of every register that the manuals give RV64, a row each, by the lowest privilege that may
// access it: the ones that a hart does not have too, so that a disassembly reads well. Nobody else names a register:
// who needs a name calls CSRName.
var csrNames = [...]struct {
	number CSR // the register's, or the first's of several
	name   string
	count  uint8 // of registers whose names end in a number, which follow each other; 0: it is one by itself
}{
	// Unprivileged, which the mode U may use.
	{CSR_FFLAGS, "fflags", 0},
	{CSR_FRM, "frm", 0},
	{CSR_FCSR, "fcsr", 0},
	{0x008, "vstart", 0},
	{0x009, "vxsat", 0},
	{0x00a, "vxrm", 0},
	{0x00f, "vcsr", 0},
	{0x011, "ssp", 0},
	{0x015, "seed", 0},
	{0x017, "jvt", 0},
	{CSR_CYCLE, "cycle", 0},
	{CSR_TIME, "time", 0},
	{CSR_INSTRET, "instret", 0},
	{CSR_HPMCOUNTER3, "hpmcounter", 29},
	{0xc20, "vl", 0},
	{0xc21, "vtype", 0},
	{0xc22, "vlenb", 0},

	// Of the supervisor.
	{CSR_SSTATUS, "sstatus", 0},
	{CSR_SIE, "sie", 0},
	{CSR_STVEC, "stvec", 0},
	{CSR_SCOUNTEREN, "scounteren", 0},
	{CSR_SENVCFG, "senvcfg", 0},
	{0x10c, "sstateen0", 0},
	{0x10d, "sstateen1", 0},
	{0x10e, "sstateen2", 0},
	{0x10f, "sstateen3", 0},
	{CSR_SCOUNTINHIBIT, "scountinhibit", 0},
	{CSR_SSCRATCH, "sscratch", 0},
	{CSR_SEPC, "sepc", 0},
	{CSR_SCAUSE, "scause", 0},
	{CSR_STVAL, "stval", 0},
	{CSR_SIP, "sip", 0},
	{CSR_STIMECMP, "stimecmp", 0},
	{0x14e, "sctrctl", 0},
	{0x14f, "sctrstatus", 0},
	{CSR_SISELECT, "siselect", 0},
	{CSR_SIREG, "sireg", 0},
	{0x152, "sireg2", 0},
	{0x153, "sireg3", 0},
	{0x155, "sireg4", 0},
	{0x156, "sireg5", 0},
	{0x157, "sireg6", 0},
	{CSR_STOPEI, "stopei", 0},
	{0x15f, "sctrdepth", 0},
	{CSR_SATP, "satp", 0},
	{0x181, "srmcfg", 0},
	{CSR_SCONTEXT, "scontext", 0},
	{CSR_SCOUNTOVF, "scountovf", 0},
	{CSR_STOPI, "stopi", 0},

	// Of the hypervisor extension. A vs... register is an s... register's twin, 0x100 behind it.
	{0x200, "vsstatus", 0},
	{0x204, "vsie", 0},
	{0x205, "vstvec", 0},
	{0x240, "vsscratch", 0},
	{0x241, "vsepc", 0},
	{0x242, "vscause", 0},
	{0x243, "vstval", 0},
	{0x244, "vsip", 0},
	{0x24d, "vstimecmp", 0},
	{0x24e, "vsctrctl", 0},
	{0x250, "vsiselect", 0},
	{0x251, "vsireg", 0},
	{0x252, "vsireg2", 0},
	{0x253, "vsireg3", 0},
	{0x255, "vsireg4", 0},
	{0x256, "vsireg5", 0},
	{0x257, "vsireg6", 0},
	{0x25c, "vstopei", 0},
	{0x280, "vsatp", 0},
	{0x600, "hstatus", 0},
	{0x602, "hedeleg", 0},
	{0x603, "hideleg", 0},
	{0x604, "hie", 0},
	{0x605, "htimedelta", 0},
	{0x606, "hcounteren", 0},
	{0x607, "hgeie", 0},
	{0x608, "hvien", 0},
	{0x609, "hvictl", 0},
	{0x60a, "henvcfg", 0},
	{0x60c, "hstateen0", 0},
	{0x60d, "hstateen1", 0},
	{0x60e, "hstateen2", 0},
	{0x60f, "hstateen3", 0},
	{0x643, "htval", 0},
	{0x644, "hip", 0},
	{0x645, "hvip", 0},
	{0x646, "hviprio1", 0},
	{0x647, "hviprio2", 0},
	{0x64a, "htinst", 0},
	{0x680, "hgatp", 0},
	{0x6a8, "hcontext", 0},
	{0xe12, "hgeip", 0},
	{0xeb0, "vstopi", 0},

	// Of the machine.
	{CSR_MSTATUS, "mstatus", 0},
	{CSR_MISA, "misa", 0},
	{CSR_MEDELEG, "medeleg", 0},
	{CSR_MIDELEG, "mideleg", 0},
	{CSR_MIE, "mie", 0},
	{CSR_MTVEC, "mtvec", 0},
	{CSR_MCOUNTEREN, "mcounteren", 0},
	{CSR_MVIEN, "mvien", 0},
	{CSR_MVIP, "mvip", 0},
	{CSR_MENVCFG, "menvcfg", 0},
	{CSR_MSTATEEN0, "mstateen0", 0},
	{CSR_MSTATEEN1, "mstateen1", 0},
	{CSR_MSTATEEN2, "mstateen2", 0},
	{CSR_MSTATEEN3, "mstateen3", 0},
	{CSR_MCOUNTINHIBIT, "mcountinhibit", 0},
	{CSR_MCYCLECFG, "mcyclecfg", 0},
	{CSR_MINSTRETCFG, "minstretcfg", 0},
	{CSR_MHPMEVENT3, "mhpmevent", 29},
	{CSR_MSCRATCH, "mscratch", 0},
	{CSR_MEPC, "mepc", 0},
	{CSR_MCAUSE, "mcause", 0},
	{CSR_MTVAL, "mtval", 0},
	{CSR_MIP, "mip", 0},
	{CSR_MTINST, "mtinst", 0},
	{CSR_MTVAL2, "mtval2", 0},
	{0x34e, "mctrctl", 0},
	{CSR_MISELECT, "miselect", 0},
	{CSR_MIREG, "mireg", 0},
	{0x352, "mireg2", 0},
	{0x353, "mireg3", 0},
	{0x355, "mireg4", 0},
	{0x356, "mireg5", 0},
	{0x357, "mireg6", 0},
	{CSR_MTOPEI, "mtopei", 0},
	{CSR_PMPCFG0, "pmpcfg", 16},
	{CSR_PMPADDR0, "pmpaddr", 64},
	{CSR_MNSCRATCH, "mnscratch", 0},
	{CSR_MNEPC, "mnepc", 0},
	{CSR_MNCAUSE, "mncause", 0},
	{CSR_MNSTATUS, "mnstatus", 0},
	{CSR_MSECCFG, "mseccfg", 0},
	{CSR_TSELECT, "tselect", 0},
	{CSR_TDATA1, "tdata1", 0},
	{CSR_TDATA2, "tdata2", 0},
	{CSR_TDATA3, "tdata3", 0},
	{CSR_TINFO, "tinfo", 0},
	{CSR_TCONTROL, "tcontrol", 0},
	{CSR_MCONTEXT, "mcontext", 0},
	{0x7aa, "mscontext", 0},
	{CSR_DCSR, "dcsr", 0},
	{CSR_DPC, "dpc", 0},
	{CSR_DSCRATCH0, "dscratch0", 0},
	{CSR_DSCRATCH1, "dscratch1", 0},
	{CSR_MCYCLE, "mcycle", 0},
	{CSR_MINSTRET, "minstret", 0},
	{CSR_MHPMCOUNTER3, "mhpmcounter", 29},
	{CSR_MVENDORID, "mvendorid", 0},
	{CSR_MARCHID, "marchid", 0},
	{CSR_MIMPID, "mimpid", 0},
	{CSR_MHARTID, "mhartid", 0},
	{CSR_MCONFIGPTR, "mconfigptr", 0},
	{CSR_MTOPI, "mtopi", 0},
}

// firstNumber is the number at the end of the first name of a row whose registers do not begin with number 0: counters 0
// to 2 have names of their own.
var firstNumber = map[string]int{"hpmcounter": 3, "mhpmcounter": 3, "mhpmevent": 3}

// nameOfCSR is csrNames by number.
var nameOfCSR = func() (names [NumCSRs]string) {
	enter := func(c CSR, name string) {
		if names[c] != "" {
			panic("BUG: CSR " + names[c] + " has a second name, " + name)
		}
		names[c] = name
	}
	for _, r := range csrNames {
		if r.count == 0 {
			enter(r.number, r.name)
		}
		for i := range int(r.count) {
			enter(r.number+CSR(i), r.name+strconv.Itoa(firstNumber[r.name]+i))
		}
	}
	return names
}()

// CSRName returns the name of CSR number n, or the number as "0x..." if the manuals give it none.
func CSRName(n uint16) string {
	if n < NumCSRs && nameOfCSR[n] != "" {
		return nameOfCSR[n]
	}
	return "0x" + strconv.FormatUint(uint64(n), 16)
}
