package vcpu

import "github.com/hartwood-vm/hartwood/vcpu/hart"

// Fields of mstatus (privileged manual, "Machine Status Registers").
const (
	statusSIE      = hart.StatusSIE
	statusMIE      = 1 << 3
	statusSPIE     = 1 << 5
	statusMPIE     = 1 << 7
	statusSPP      = 1 << 8
	statusMPPShift = 11
	statusMPP      = 3 << statusMPPShift
	statusFS       = hart.FSMask
	statusMPRV     = 1 << 17
	statusSUM      = 1 << 18
	statusMXR      = 1 << 19
	statusTVM      = 1 << 20
	statusTW       = 1 << 21
	statusTSR      = 1 << 22
	statusUXL64    = hart.StatusUXL64
	statusSXL64    = 2 << 34
	statusSD       = hart.StatusSD

	statusFixed  = statusUXL64 | statusSXL64
	sstatusWrite = hart.SStatus
	sstatusRead  = sstatusWrite | statusUXL64
	mstatusWrite = sstatusWrite | statusMIE | statusMPIE | statusMPP | statusMPRV | statusTVM | statusTW | statusTSR
)

// Interrupt bits of mip and mie.
const (
	ipSSIP = 1 << 1
	ipMSIP = 1 << 3
	ipSTIP = 1 << 5
	ipMTIP = 1 << 7
	ipSEIP = 1 << 9
	ipMEIP = 1 << 11
	// ipLCOFIP is the overflow of a performance counter (Sscofpmf).
	ipLCOFIP = 1 << 13

	ipSupervisor = ipSSIP | ipSTIP | ipSEIP
	ipDelegable  = ipSupervisor | ipLCOFIP
	ipAll        = ipDelegable | ipMSIP | ipMTIP | ipMEIP
)

// Interrupt lines for SetLine.
const (
	LineSSIP = ipSSIP // supervisor software interrupt
	LineMSIP = ipMSIP // machine software interrupt
	LineSEIP = ipSEIP // supervisor external interrupt
	LineMEIP = ipMEIP // machine external interrupt
)

// Fields of menvcfg and senvcfg.
const (
	envFIOM  = 1 << 0
	envCBIE  = 3 << 4
	envCBCFE = 1 << 6
	envCBZE  = 1 << 7
	envADUE  = 1 << 61
	envPBMTE = 1 << 62
	envSTCE  = 1 << 63

	senvWrite = envFIOM | envCBIE | envCBCFE | envCBZE
	menvWrite = senvWrite | envADUE | envPBMTE | envSTCE
)

// misa: RV64 IMAFDC with S and U.
const misa = 2<<62 | 1<<('I'-'A') | 1<<('M'-'A') | 1<<('A'-'A') | 1<<('F'-'A') | 1<<('D'-'A') |
	1<<('C'-'A') | 1<<('S'-'A') | 1<<('U'-'A')

// status returns mstatus with its derived SD bit.
func (h *Hart) status() uint64 {
	ms := h.S.MStatus | statusFixed
	if ms&statusFS == hart.FSDirty {
		ms |= statusSD
	}
	return ms
}

// setStatus writes the fields of mstatus that mask selects.
func (h *Hart) setStatus(v, mask uint64) {
	old := h.S.MStatus
	if v&mask&statusMPP == 2<<statusMPPShift { // reserved: MPP keeps its value (WARL)
		mask &^= statusMPP
	}
	h.S.MStatus = old&^mask | v&mask
	if (old^h.S.MStatus)&(statusMPRV|statusMPP|statusSUM|statusMXR) != 0 {
		h.switchView()
	}
}
