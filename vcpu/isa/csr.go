package isa

import "strconv"

// CSR is the number of a control and status register.
type CSR uint16

// Unprivileged registers (unprivileged manual, "F" and "Zicntr and Zihpm").
// CSR_HPMCOUNTER3 is the first of 29 in a row.
const (
	CSR_FFLAGS       CSR = 0x001
	CSR_FRM          CSR = 0x002
	CSR_FCSR         CSR = 0x003
	CSR_CYCLE        CSR = 0xc00
	CSR_TIME         CSR = 0xc01
	CSR_INSTRET      CSR = 0xc02
	CSR_HPMCOUNTER3  CSR = 0xc03
	CSR_HPMCOUNTER31 CSR = 0xc1f
)

// Supervisor registers (privileged manual, "Control and Status Registers").
const (
	CSR_SSTATUS       CSR = 0x100
	CSR_SIE           CSR = 0x104
	CSR_STVEC         CSR = 0x105
	CSR_SCOUNTEREN    CSR = 0x106
	CSR_SENVCFG       CSR = 0x10a
	CSR_SCOUNTINHIBIT CSR = 0x120
	CSR_SSCRATCH      CSR = 0x140
	CSR_SEPC          CSR = 0x141
	CSR_SCAUSE        CSR = 0x142
	CSR_STVAL         CSR = 0x143
	CSR_SIP           CSR = 0x144
	CSR_STIMECMP      CSR = 0x14d
	CSR_SATP          CSR = 0x180
	CSR_SCONTEXT      CSR = 0x5a8
	CSR_SCOUNTOVF     CSR = 0xda0
)

// Machine registers (privileged manual, "Control and Status Registers"). The
// first of a row stands with its last: PMP configuration has even numbers only
// on RV64.
const (
	CSR_MVENDORID     CSR = 0xf11
	CSR_MARCHID       CSR = 0xf12
	CSR_MIMPID        CSR = 0xf13
	CSR_MHARTID       CSR = 0xf14
	CSR_MCONFIGPTR    CSR = 0xf15
	CSR_MSTATUS       CSR = 0x300
	CSR_MISA          CSR = 0x301
	CSR_MEDELEG       CSR = 0x302
	CSR_MIDELEG       CSR = 0x303
	CSR_MIE           CSR = 0x304
	CSR_MTVEC         CSR = 0x305
	CSR_MCOUNTEREN    CSR = 0x306
	CSR_MENVCFG       CSR = 0x30a
	CSR_MSTATEEN0     CSR = 0x30c
	CSR_MSTATEEN1     CSR = 0x30d
	CSR_MSTATEEN2     CSR = 0x30e
	CSR_MSTATEEN3     CSR = 0x30f
	CSR_MCOUNTINHIBIT CSR = 0x320
	CSR_MCYCLECFG     CSR = 0x321
	CSR_MINSTRETCFG   CSR = 0x322
	CSR_MSCRATCH      CSR = 0x340
	CSR_MEPC          CSR = 0x341
	CSR_MCAUSE        CSR = 0x342
	CSR_MTVAL         CSR = 0x343
	CSR_MIP           CSR = 0x344
	CSR_MTINST        CSR = 0x34a
	CSR_MTVAL2        CSR = 0x34b
	CSR_MNSCRATCH     CSR = 0x740
	CSR_MNEPC         CSR = 0x741
	CSR_MNCAUSE       CSR = 0x742
	CSR_MNSTATUS      CSR = 0x744
	CSR_MSECCFG       CSR = 0x747
	CSR_MCYCLE        CSR = 0xb00
	CSR_MINSTRET      CSR = 0xb02
	CSR_PMPCFG0       CSR = 0x3a0
	CSR_PMPCFG15      CSR = 0x3af
	CSR_PMPADDR0      CSR = 0x3b0
	CSR_PMPADDR63     CSR = 0x3ef
	CSR_MHPMCOUNTER3  CSR = 0xb03
	CSR_MHPMCOUNTER31 CSR = 0xb1f
	CSR_MHPMEVENT3    CSR = 0x323
	CSR_MHPMEVENT31   CSR = 0x33f
)

// Trigger and debug registers (debug specification). Their names serve the
// disassembler; a hart need not have them.
const (
	CSR_TSELECT   CSR = 0x7a0
	CSR_TDATA1    CSR = 0x7a1
	CSR_TDATA2    CSR = 0x7a2
	CSR_TDATA3    CSR = 0x7a3
	CSR_TINFO     CSR = 0x7a4
	CSR_TCONTROL  CSR = 0x7a5
	CSR_MCONTEXT  CSR = 0x7a8
	CSR_DCSR      CSR = 0x7b0
	CSR_DPC       CSR = 0x7b1
	CSR_DSCRATCH0 CSR = 0x7b2
	CSR_DSCRATCH1 CSR = 0x7b3
)

// csrNames are the registers with a name of their own, of extensions that are
// not covered too, so that a disassembly reads well.
var csrNames = map[CSR]string{
	CSR_FFLAGS:        "fflags",
	CSR_FRM:           "frm",
	CSR_FCSR:          "fcsr",
	CSR_CYCLE:         "cycle",
	CSR_TIME:          "time",
	CSR_INSTRET:       "instret",
	CSR_SSTATUS:       "sstatus",
	CSR_SIE:           "sie",
	CSR_STVEC:         "stvec",
	CSR_SCOUNTEREN:    "scounteren",
	CSR_SENVCFG:       "senvcfg",
	CSR_SCOUNTINHIBIT: "scountinhibit",
	CSR_SSCRATCH:      "sscratch",
	CSR_SEPC:          "sepc",
	CSR_SCAUSE:        "scause",
	CSR_STVAL:         "stval",
	CSR_SIP:           "sip",
	CSR_STIMECMP:      "stimecmp",
	CSR_SATP:          "satp",
	CSR_SCONTEXT:      "scontext",
	CSR_SCOUNTOVF:     "scountovf",
	CSR_MVENDORID:     "mvendorid",
	CSR_MARCHID:       "marchid",
	CSR_MIMPID:        "mimpid",
	CSR_MHARTID:       "mhartid",
	CSR_MCONFIGPTR:    "mconfigptr",
	CSR_MSTATUS:       "mstatus",
	CSR_MISA:          "misa",
	CSR_MEDELEG:       "medeleg",
	CSR_MIDELEG:       "mideleg",
	CSR_MIE:           "mie",
	CSR_MTVEC:         "mtvec",
	CSR_MCOUNTEREN:    "mcounteren",
	CSR_MENVCFG:       "menvcfg",
	CSR_MSTATEEN0:     "mstateen0",
	CSR_MSTATEEN1:     "mstateen1",
	CSR_MSTATEEN2:     "mstateen2",
	CSR_MSTATEEN3:     "mstateen3",
	CSR_MCOUNTINHIBIT: "mcountinhibit",
	CSR_MCYCLECFG:     "mcyclecfg",
	CSR_MINSTRETCFG:   "minstretcfg",
	CSR_MSCRATCH:      "mscratch",
	CSR_MEPC:          "mepc",
	CSR_MCAUSE:        "mcause",
	CSR_MTVAL:         "mtval",
	CSR_MIP:           "mip",
	CSR_MTINST:        "mtinst",
	CSR_MTVAL2:        "mtval2",
	CSR_MNSCRATCH:     "mnscratch",
	CSR_MNEPC:         "mnepc",
	CSR_MNCAUSE:       "mncause",
	CSR_MNSTATUS:      "mnstatus",
	CSR_MSECCFG:       "mseccfg",
	CSR_MCYCLE:        "mcycle",
	CSR_MINSTRET:      "minstret",
	CSR_TSELECT:       "tselect",
	CSR_TDATA1:        "tdata1",
	CSR_TDATA2:        "tdata2",
	CSR_TDATA3:        "tdata3",
	CSR_TINFO:         "tinfo",
	CSR_TCONTROL:      "tcontrol",
	CSR_MCONTEXT:      "mcontext",
	CSR_DCSR:          "dcsr",
	CSR_DPC:           "dpc",
	CSR_DSCRATCH0:     "dscratch0",
	CSR_DSCRATCH1:     "dscratch1",
	0x011:             "ssp",
	0x015:             "seed",
	0x017:             "jvt",
	0x008:             "vstart",
	0x009:             "vxsat",
	0x00a:             "vxrm",
	0x00f:             "vcsr",
	0xc20:             "vl",
	0xc21:             "vtype",
	0xc22:             "vlenb",
	0x10c:             "sstateen0",
	0x10d:             "sstateen1",
	0x10e:             "sstateen2",
	0x10f:             "sstateen3",
	0x150:             "siselect",
	0x151:             "sireg",
	0x15c:             "stopei",
	0xdb0:             "stopi",
	0x181:             "srmcfg",
	0x600:             "hstatus",
	0x602:             "hedeleg",
	0x603:             "hideleg",
	0x604:             "hie",
	0x605:             "htimedelta",
	0x606:             "hcounteren",
	0x607:             "hgeie",
	0x60a:             "henvcfg",
	0x60c:             "hstateen0",
	0x60d:             "hstateen1",
	0x60e:             "hstateen2",
	0x60f:             "hstateen3",
	0x643:             "htval",
	0x644:             "hip",
	0x645:             "hvip",
	0x64a:             "htinst",
	0x680:             "hgatp",
	0x6a8:             "hcontext",
	0xe12:             "hgeip",
	0x200:             "vsstatus",
	0x204:             "vsie",
	0x205:             "vstvec",
	0x240:             "vsscratch",
	0x241:             "vsepc",
	0x242:             "vscause",
	0x243:             "vstval",
	0x244:             "vsip",
	0x24d:             "vstimecmp",
	0x280:             "vsatp",
	0x350:             "miselect",
	0x351:             "mireg",
	0x35c:             "mtopei",
	0xfb0:             "mtopi",
	0x308:             "mvien",
	0x309:             "mvip",
}

// csrRows are the registers that stand in numbered rows.
var csrRows = []struct {
	first, last CSR
	name        string
	number      int // of the first
}{
	{CSR_PMPCFG0, CSR_PMPCFG15, "pmpcfg", 0},
	{CSR_PMPADDR0, CSR_PMPADDR63, "pmpaddr", 0},
	{CSR_HPMCOUNTER3, CSR_HPMCOUNTER31, "hpmcounter", 3},
	{CSR_MHPMCOUNTER3, CSR_MHPMCOUNTER31, "mhpmcounter", 3},
	{CSR_MHPMEVENT3, CSR_MHPMEVENT31, "mhpmevent", 3},
}

// CSRName returns the name of CSR number n, or the number as "0x..." if the
// manuals give it none.
func CSRName(n uint16) string {
	c := CSR(n)
	if name, ok := csrNames[c]; ok {
		return name
	}
	for _, r := range csrRows {
		if c >= r.first && c <= r.last {
			return r.name + strconv.Itoa(int(c-r.first)+r.number)
		}
	}
	return "0x" + strconv.FormatUint(uint64(n), 16)
}

// String returns CSRName of c.
func (c CSR) String() string { return CSRName(uint16(c)) }
