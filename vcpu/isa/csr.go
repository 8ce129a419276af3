package isa

// CSR is the number of a control and status register.
type CSR uint16

// NumCSRs is the number of numbers.
const NumCSRs = 1 << 12

// Level returns the lowest privilege that may access c, encoded as in mstatus.MPP; 2 is the hypervisor extension's
// (privileged manual, "CSR Address Mapping Conventions").
func (c CSR) Level() uint8 { return uint8(c >> 8 & 3) }

// ReadOnly reports whether any write to c is illegal.
func (c CSR) ReadOnly() bool { return c>>10&3 == 3 }

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
	CSR_SISELECT      CSR = 0x150
	CSR_SIREG         CSR = 0x151
	CSR_STOPEI        CSR = 0x15c
	CSR_SATP          CSR = 0x180
	CSR_SCONTEXT      CSR = 0x5a8
	CSR_SCOUNTOVF     CSR = 0xda0
	CSR_STOPI         CSR = 0xdb0
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
	CSR_MTOPI         CSR = 0xfb0
	CSR_MSTATUS       CSR = 0x300
	CSR_MISA          CSR = 0x301
	CSR_MEDELEG       CSR = 0x302
	CSR_MIDELEG       CSR = 0x303
	CSR_MIE           CSR = 0x304
	CSR_MTVEC         CSR = 0x305
	CSR_MCOUNTEREN    CSR = 0x306
	CSR_MVIEN         CSR = 0x308
	CSR_MVIP          CSR = 0x309
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
	CSR_MISELECT      CSR = 0x350
	CSR_MIREG         CSR = 0x351
	CSR_MTOPEI        CSR = 0x35c
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

// String returns CSRName of c.
func (c CSR) String() string { return CSRName(uint16(c)) }
