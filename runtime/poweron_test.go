package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A program that M-mode starts in S-mode without touching menvcfg finds what the device
// tree names: page tables without A and D bits work (Svadu alone), and so do the memory
// types of Svpbmt.
func TestPowerOnIsAsTheDeviceTreeSays(t *testing.T) {
	const (
		leaf   = 0x0f             // V R W X, neither A nor D
		io     = 2 << 61          // Svpbmt: strongly ordered
		gib    = 0x8000_0000 >> 2 // the page number of RAM's first GiB, in place
		status = 1 << 11          // MPP: S
		sv39   = 8 << 60
	)
	p := asm.New(RAMBase)
	p.LA(asm.T0, "trap").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	p.LI(asm.T0, ^uint64(0)).CSR(isa.CSRRW, 0, isa.CSR_PMPADDR0, asm.T0)
	p.LI(asm.T0, 0x1f).CSR(isa.CSRRW, 0, isa.CSR_PMPCFG0, asm.T0)
	p.LA(asm.T0, "table").I(isa.SRLI, asm.T0, asm.T0, 12).LI(asm.T1, sv39).R(isa.OR, asm.T0, asm.T0, asm.T1)
	p.CSR(isa.CSRRW, 0, isa.CSR_SATP, asm.T0).Op(isa.SFENCE_VMA)
	p.LI(asm.T0, status).CSR(isa.CSRRS, 0, isa.CSR_MSTATUS, asm.T0)
	p.LA(asm.T0, "super").CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T0).Op(isa.MRET)
	p.Label("super").LA(asm.T0, "word").LI(asm.T1, 1).S(isa.SD, asm.T1, asm.T0, 0)
	p.LI(asm.T1, 1<<30).R(isa.SUB, asm.T0, asm.T0, asm.T1).I(isa.LD, asm.T1, asm.T0, 0)
	p.Op(isa.ECALL)
	p.Align(4).Label("trap").CSR(isa.CSRRS, asm.T2, isa.CSR_MCAUSE, 0).I(isa.ADDI, asm.T2, asm.T2, -9)
	p.LI(asm.T0, testSwitch).LI(asm.T1, 0x5555).Branch(isa.BEQ, asm.T2, 0, "end").LI(asm.T1, 1<<16|0x3333)
	p.Label("end").S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
	p.Align(8).Label("word").Double(0)
	p.Align(4096).Label("table").Double(0).Double(gib | leaf | io).Double(gib | leaf)
	p.Org(p.Addr("table") + 4096)
	res, _ := runGuest(t, bare(p, 1))
	if res.Reason != PoweredOff {
		t.Errorf("%s, code %d: S-mode was not left by its ECALL", res.Reason, res.ExitCode)
	}
}
